"""Which bytes of an export to send (RFC 9110, section 14): a broken download goes on where it broke."""

from __future__ import annotations

from dataclasses import dataclass

from werkzeug.http import parse_if_range_header, parse_range_header


class Unsatisfiable(Exception):
    """The range asked for lies outside the file: answer 416."""


@dataclass(frozen=True)
class Span:
    """The bytes from `start` up to, not including, `stop` of `size`."""

    start: int
    stop: int
    size: int

    @property
    def length(self) -> int:
        """Number of bytes."""
        return self.stop - self.start

    @property
    def whole(self) -> bool:
        """True when this is all of the file."""
        return self.length == self.size

    @property
    def content_range(self) -> str:
        """The value of Content-Range for a 206."""
        return f"bytes {self.start}-{self.stop - 1}/{self.size}"


def choose_span(size: int, etag: str, range_header: str | None, if_range: str | None) -> Span | None:
    """The one span to answer with 206, or None to answer 200 with everything; raises Unsatisfiable.

    Several ranges at once, another unit, a malformed header, or an If-Range that names another version (or a
    date, or a weak tag) get the whole file, as the RFC allows.
    """
    asked = parse_range_header(range_header)
    if asked is None or asked.units != "bytes" or len(asked.ranges) != 1:
        return None
    if if_range is not None and (
        if_range.strip().startswith("W/") or parse_if_range_header(if_range).etag != etag
    ):
        return None
    bounds = asked.range_for_length(size)
    if bounds is None:
        raise Unsatisfiable
    return Span(bounds[0], bounds[1], size)
