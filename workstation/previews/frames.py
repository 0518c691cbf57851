"""What comes out of the sandbox, read as if an enemy had written it; and pictures of it, encoded here.

A stream of records, numbers in 4 bytes, big endian: "P" width height, and width * height * 3 bytes of red,
green and blue; "N" how many pages there are in all; "D" length, and so many bytes of a file; "R" why it did
not work, in 16 bytes padded with zeros; "E" the end, without which nothing is complete.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from workstation.previews.limits import Limits, Refusal, Refused

_SMALL = 16
_DATA_MAX = 65_536
_TOLD = frozenset({Refusal.PASSWORD, Refusal.UNREADABLE, Refusal.TOO_LARGE, Refusal.NO_PROGRAM})


@dataclass(frozen=True)
class Picture:
    """One picture of `width` times `height` pixels, as a PNG file (ISO/IEC 15948) that was encoded here."""

    width: int
    height: int
    png: bytes = field(repr=False)


@dataclass(frozen=True)
class Total:
    """How many pages the document says it has."""

    pages: int


@dataclass(frozen=True)
class Data:
    """The next bytes of a file."""

    content: bytes = field(repr=False)


Record = Picture | Total | Data


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_of(width: int, height: int, rows: Iterator[bytes]) -> bytes:
    """A PNG of 8-bit red, green and blue; `rows` are `height` times `width` * 3 bytes."""
    packer = zlib.compressobj(level=3)
    packed = [piece for row in rows for piece in (packer.compress(b"\0" + row),) if piece]
    packed.append(packer.flush())
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = _chunk(b"IHDR", head) + _chunk(b"IDAT", b"".join(packed)) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


class _Source:
    """Takes an exact number of bytes from blocks."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._held = bytearray()

    def take(self, size: int) -> bytes:
        while len(self._held) < size:
            block = next(self._blocks, None)
            if block is None:
                raise Refused(Refusal.UNREADABLE)
            self._held += block
        taken = bytes(self._held[:size])
        del self._held[:size]
        return taken

    def number(self) -> int:
        return int.from_bytes(self.take(4), "big")


def records(blocks: Iterator[bytes], limits: Limits) -> Iterator[Record]:
    """The records up to the end; raises Refused for what the sandbox says, and for everything malformed."""
    source = _Source(blocks)
    while (mark := source.take(1)) != b"E":
        if mark == b"P":
            width, height = source.number(), source.number()
            if not (0 < width <= limits.side and 0 < height <= limits.side):
                raise Refused(Refusal.UNREADABLE)
            rows = (source.take(width * 3) for _ in range(height))
            yield Picture(width, height, png_of(width, height, rows))
        elif mark == b"N":
            yield Total(source.number())
        elif mark == b"D":
            length = source.number()
            if length > _DATA_MAX:
                raise Refused(Refusal.UNREADABLE)
            yield Data(source.take(length))
        else:
            told = source.take(_SMALL).rstrip(b"\0").decode("ascii", "replace") if mark == b"R" else ""
            raise Refused(Refusal(told) if told in _TOLD else Refusal.UNREADABLE)
