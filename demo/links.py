"""Following the links of a site: every page to which they lead, one of each kind."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

# Ids and numbers in an address make no other kind of page.
_ID = re.compile(r"[0-9a-f]{16,}|(?<=/)\d+")
# A link that downloads a file says so, and leads to no page.
_LINK = re.compile(r"<a (?![^>]*\bdownload\b)[^>]*\bhref=\"(/[^\"#]+)")


def kind_of(path: str) -> str:
    """A path with a star for each id and number in it, without what follows it."""
    return _ID.sub("*", path.partition("?")[0].partition("#")[0])


def follow_links(start: str, below: str, opened: Callable[[str], str], seen: set[str] | None = None) -> None:
    """Opens `start` and all that its links, and theirs, lead to below the path `below`.

    `opened` opens a path and gives the page's source. Kinds in `seen` are not opened again.
    """
    waiting, known = [start], set(seen or ())
    while waiting:
        path = waiting.pop(0)
        kind = kind_of(path)
        if kind in known:
            continue
        known.add(kind)
        links = [html.unescape(one) for one in _LINK.findall(opened(path))]
        waiting += [one for one in links if one.startswith(below)]
