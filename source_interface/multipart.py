"""Reads multipart/form-data (RFC 7578) part by part, straight from the connection.

Nothing is ever spooled: fields are kept in memory up to a bound, files are handed on piece by piece. Stock
form parsers put a part of some size into a temporary file, in the clear; so none is used here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Event, Field, File, MultipartDecoder, NeedData
from werkzeug.wsgi import get_input_stream

from sluis.errors import SluisError

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

PIECE = 65_536
MOST_PARTS = 200
FIELD_MAX = 8_192
TEXT_FIELD_MAX = 1_048_576
# More than a piece of a file and all that the head of a part can hold; what does not fit is no form of ours.
_BUFFER_MAX = 4 * PIECE
_BOUNDARY_MAX = 200
_BOUNDARY_TAIL = 1_024


SILENT = (OSError, ClientDisconnected)
"""What reading raises when the connection ends or falls silent."""


class Malformed(SluisError):
    """Not a multipart form, or a broken one."""

    code = "malformed"


class BrokenOff(SluisError):
    """The connection ended, or fell silent, before the form did."""

    code = "broken-off"


class Source(Protocol):
    """What a form is read from: `body_of` a request, or any binary file."""

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes; fewer only at the end."""
        ...


@dataclass(frozen=True)
class TextPart:
    """A field; `cut` says that it was longer than its bound and only its beginning is here."""

    name: str
    value: str
    cut: bool


class FilePart:
    """A file on its way; `pieces()` must be read to the end before the next part (the reader sees to it)."""

    def __init__(self, name: str, file_name: str, pieces: Iterator[bytes]) -> None:
        self.name = name
        self.file_name = file_name
        self._pieces = pieces

    def pieces(self) -> Iterator[bytes]:
        """What is left of the file, in pieces of at most 64 KiB."""
        return self._pieces


class FormReader:
    """The parts of one form, in the order in which the browser sent them.

    `most_bytes` bounds the whole body. Iterating raises Malformed or BrokenOff; parts before that stand.
    """

    def __init__(self, source: Source, content_type: str, most_bytes: int) -> None:
        kind, options = parse_options_header(content_type)
        boundary = options.get("boundary", "")
        if kind != "multipart/form-data" or not 0 < len(boundary) <= _BOUNDARY_MAX:
            raise Malformed("not a multipart form")
        try:
            encoded = boundary.encode("ascii")
        except UnicodeEncodeError as error:
            raise Malformed("a boundary is ASCII") from error
        self._source = source
        self._left = most_bytes
        self._inside_boundary = re.compile(rb"--%s(?:-|[^\S\r\n]+)\Z" % re.escape(encoded))
        self._decoder = MultipartDecoder(encoded, _BUFFER_MAX, max_parts=MOST_PARTS)

    def parts(self) -> Iterator[TextPart | FilePart]:
        """Yields each part once."""
        while True:
            event = self._next()
            if isinstance(event, Epilogue):
                return
            if isinstance(event, Field):
                yield self._text(_name(event.name))
            elif isinstance(event, File):
                part = FilePart(_name(event.name), event.filename, self._data())
                yield part
                for _ in part.pieces():  # whatever was not wanted
                    pass

    def _text(self, name: str) -> TextPart:
        bound = TEXT_FIELD_MAX if name == "text" else FIELD_MAX
        kept = bytearray()
        cut = False
        for piece in self._data():
            room = bound - len(kept)
            cut = cut or len(piece) > room
            kept += piece[:room]
        # A character that the bound has cut in two, or that is no UTF-8, shows as U+FFFD.
        return TextPart(name, kept.decode("utf-8", "replace"), cut)

    def _data(self) -> Iterator[bytes]:
        more = True
        while more:
            event = self._next()
            if not isinstance(event, Data):
                raise Malformed("a part without an end")
            more = event.more_data
            if event.data:
                yield event.data

    def _next(self) -> Event:
        while True:
            try:
                event = self._decoder.next_event()
            except (ValueError, RequestEntityTooLarge):
                # The decoder says so too when the input ends early; its text may quote the form.
                raise (BrokenOff if self._decoder.complete else Malformed)(
                    "the form does not parse"
                ) from None
            if not isinstance(event, NeedData):
                return event
            self._feed()

    def _feed(self) -> None:
        self._receive(PIECE)
        # Werkzeug 3.1.9 takes the line break before a boundary for data when a piece ends inside what follows
        # the boundary; so no piece ever does.
        while self._inside_boundary.search(self._decoder.buffer, len(self._decoder.buffer) - _BOUNDARY_TAIL):
            if not self._receive(1):
                return

    def _receive(self, most: int) -> int:
        try:
            piece = self._source.read(min(most, self._left))
        except SILENT as error:
            raise BrokenOff("the connection fell silent") from error
        self._left -= len(piece)
        try:
            self._decoder.receive_data(piece or None)
        except RequestEntityTooLarge:
            raise Malformed("the head of a part has no end") from None
        return len(piece)


def _name(name: str | None) -> str:
    if not name:
        raise Malformed("a part without a name")
    return name


def body_of(environ: WSGIEnvironment) -> Source:
    """The body of a request, ending where its length says."""
    return get_input_stream(environ)


def drain(source: Source, most_bytes: int) -> None:
    """Reads and forgets what the browser still sends, up to `most_bytes`, so that it waits for the answer."""
    try:
        while most_bytes > 0 and (piece := source.read(min(PIECE, most_bytes))):
            most_bytes -= len(piece)
    except SILENT:
        return
