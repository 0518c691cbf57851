"""A copy for a referral, without what a file says of its making: names, places, times, devices.

mat2 does it, in the sandbox; the copy is sealed in the vault as another file, and the original stays.
What the content itself shows, mat2 does not know: a face, a letterhead, a name in the text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain
from typing import Protocol

from workstation.previews.frames import Data
from workstation.previews.kinds import HEAD, Found, recognise
from workstation.previews.limits import Refusal, Refused
from workstation.previews.render import run_inside
from workstation.previews.sandbox import Sandbox

_SUFFIXES = {
    "png_pipe": "png",
    "jpeg_pipe": "jpg",
    "webp_pipe": "webp",
    "tiff_pipe": "tiff",
    "gif": "gif",
}
_KNOWN = frozenset(
    {
        "pdf",
        "png",
        "jpg",
        "tiff",
        "gif",
        "svg",
        "docx",
        "xlsx",
        "pptx",
        "odt",
        "ods",
        "odp",
        "odg",
        "mp3",
        "flac",
        "ogg",
        "wav",
        "mp4",
        "avi",
    }
)


class Sink(Protocol):
    """Where the copy goes: a writer of the vault."""

    def write(self, data: bytes) -> None:
        """Takes the next bytes."""


def _never() -> bool:
    return False


def beginning(chunks: Iterable[bytes], size: int) -> tuple[bytes, Iterable[bytes]]:
    """At least the first `size` bytes (all, if there are fewer), and the whole again."""
    rest = iter(chunks)
    head = b""
    for chunk in rest:
        head += chunk
        if len(head) >= size:
            break
    return head, chain([head], rest)


def strip_into(
    sink: Sink, sandbox: Sandbox, chunks: Iterable[bytes], stopped: Callable[[], bool] = _never
) -> int:
    """Writes the copy into `sink`, and gives its size; the caller finishes it, or aborts it when this raises.

    Raises Refused: UNKNOWN_KIND for what mat2 cannot clean, NO_PROGRAM without mat2, all of the sandbox.
    """
    head, whole = beginning(chunks, HEAD)
    found = recognise(head[:HEAD])
    if not isinstance(found, Found):
        raise Refused(found)
    suffix = _SUFFIXES.get(found.format, found.format)
    if suffix not in _KNOWN:
        raise Refused(Refusal.UNKNOWN_KIND)
    size = 0
    for record in run_inside(sandbox, "inside_strip.py", (suffix,), whole, stopped):
        if not isinstance(record, Data):
            raise Refused(Refusal.UNREADABLE)
        sink.write(record.content)
        size += len(record.content)
    if not size:
        raise Refused(Refusal.UNREADABLE)
    return size
