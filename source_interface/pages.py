"""Pages of constant size: whatever a page says, its class alone decides how long it is.

Tor hides what is read, not how much. Three classes (docs/protocol.md, "Pages"), each as large as its largest
content; what is missing is filled with spaces inside a comment. Pages are never compressed, since then the
filling would vanish.
"""

from __future__ import annotations

from enum import IntEnum

from flask import Response, g, render_template, url_for
from markupsafe import escape

from sluis.limits import MAX_LIVE_ROWS, REPLY_TEXT_MAX, TEXT_MAX

_KIB = 1_024
_FRAME_SIZE = len(b"<!---->\n")
# Room for everything on a page but what the source or a counsellor wrote.
_FURNITURE = 28 * _KIB


class PageSize(IntEnum):
    """Bytes of a page's body, by class."""

    REDIRECT = 1 * _KIB
    PLAIN = 32 * _KIB
    FORM = 96 * _KIB
    MAILBOX = 128 * _KIB


assert TEXT_MAX + _FURNITURE <= PageSize.FORM
assert MAX_LIVE_ROWS * REPLY_TEXT_MAX + _FURNITURE <= PageSize.MAILBOX
# A text that is far too long comes back in a page that is as much larger: 512 KiB, 1 MiB, ... 8 MiB.
_OVERLONG: tuple[int, ...] = tuple(512 * _KIB * 2**step for step in range(5))


def pad(body: bytes, size: PageSize) -> bytes:
    """`body` and a comment of spaces, together exactly `size` bytes, or the next size that holds it."""
    for total in (size, *(one for one in _OVERLONG if one > size)):
        if len(body) + _FRAME_SIZE <= total:
            filling = b" " * (total - len(body) - _FRAME_SIZE)
            return body + b"<!--" + filling + b"-->\n"
    raise ValueError("a page larger than the largest size")


def page(template: str, size: PageSize, status: int = 200, **values: object) -> Response:
    """The rendered template, padded to its class."""
    return padded(rendered(template, **values), size, status)


def rendered(template: str, **values: object) -> bytes:
    """The rendered template, not padded yet."""
    return render_template(template, **values).encode("utf-8")


def padded(body: bytes, size: PageSize, status: int = 200) -> Response:
    """A page with this body, padded to its class."""
    return Response(pad(body, size), status, content_type="text/html; charset=utf-8")


def go(endpoint: str) -> Response:
    """See Other (303): the next page in the language of this one."""
    target = url_for(endpoint, language=g.language)
    link = f'<!doctype html>\n<title>.</title>\n<a href="{escape(target)}">{escape(target)}</a>\n'
    answer = Response(pad(link.encode(), PageSize.REDIRECT), 303, content_type="text/html; charset=utf-8")
    answer.headers["Location"] = target
    answer.autocorrect_location_header = False
    return answer
