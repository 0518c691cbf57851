"""The one strict parser and its writer (docs/protocol.md, "Encoding").

Fields stand in a fixed order, integers are big-endian and unsigned, variable fields carry their length
first and have an upper bound that is checked before anything is taken. There is no optional, no repeated
and no unknown field, and nothing may follow the end: each value has exactly one encoding.
"""

from __future__ import annotations

import unicodedata

from sluis.errors import BadField, NotOurs, TrailingBytes, Truncated, UnknownVersion
from sluis.limits import LAST_DAY

MAGIC_SIZE = 8


def _checked_day(value: int, what: str) -> int:
    if value > LAST_DAY:
        raise BadField(f"{what} tells of a day after 2106-02-06")
    return value


class Writer:
    """Builds one object; raises BadField when a value does not fit its field."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def magic(self, magic: bytes, version: int) -> Writer:
        """8 bytes that name the format, 2 that give its version."""
        if len(magic) != MAGIC_SIZE:
            raise BadField("a magic has 8 bytes")
        self._parts.append(magic)
        return self.u16(version)

    def _int(self, value: int, size: int) -> Writer:
        if not 0 <= value < 1 << (8 * size):
            raise BadField(f"an integer does not fit {size} bytes")
        self._parts.append(value.to_bytes(size, "big"))
        return self

    def u8(self, value: int) -> Writer:
        """1 byte."""
        return self._int(value, 1)

    def u16(self, value: int) -> Writer:
        """2 bytes, big-endian."""
        return self._int(value, 2)

    def u32(self, value: int) -> Writer:
        """4 bytes, big-endian."""
        return self._int(value, 4)

    def u64(self, value: int) -> Writer:
        """8 bytes, big-endian."""
        return self._int(value, 8)

    def day(self, value: int) -> Writer:
        """4 bytes: days since 1970-01-01, UTC, at most LAST_DAY."""
        return self.u32(_checked_day(value, "a day"))

    def fixed(self, value: bytes, size: int) -> Writer:
        """Exactly `size` bytes, without a length."""
        if len(value) != size:
            raise BadField(f"a field of {size} bytes has {len(value)}")
        self._parts.append(bytes(value))
        return self

    def var(self, value: bytes, limit: int) -> Writer:
        """At most `limit` bytes (limit < 65,536) behind a 2-byte length."""
        if len(value) > limit:
            raise BadField(f"a field of at most {limit} bytes has {len(value)}")
        self.u16(len(value))
        self._parts.append(bytes(value))
        return self

    def text(self, value: str, limit: int) -> Writer:
        """Text in NFC as UTF-8 of at most `limit` bytes behind a 2-byte length."""
        return self.var(unicodedata.normalize("NFC", value).encode("utf-8"), limit)

    def pad(self, size: int) -> Writer:
        """Zero bytes up to a total of `size`."""
        missing = size - sum(map(len, self._parts))
        if missing < 0:
            raise BadField(f"an object of {size} bytes is {-missing} too long")
        self._parts.append(bytes(missing))
        return self

    def bytes(self) -> bytes:
        """What was written so far."""
        return b"".join(self._parts)


class Reader:
    """Takes one object apart; raises a FormatError as soon as a byte is not what it must be."""

    def __init__(self, data: bytes, what: str) -> None:
        self._data = data
        self._at = 0
        self._what = what

    @property
    def at(self) -> int:
        """Bytes taken so far."""
        return self._at

    def magic(self, magic: bytes, versions: tuple[int, ...] = (1,)) -> int:
        """Checks the 8 magic bytes and returns the version, one of `versions`."""
        if self._data[self._at : self._at + MAGIC_SIZE] != magic:
            raise NotOurs(f"this is not {self._what}")
        self._at += MAGIC_SIZE
        version = self.u16()
        if version not in versions:
            raise UnknownVersion(self._what, version)
        return version

    def fixed(self, size: int) -> bytes:
        """Exactly `size` bytes."""
        end = self._at + size
        if end > len(self._data):
            raise Truncated(f"{self._what} ends after {len(self._data)} bytes")
        value = self._data[self._at : end]
        self._at = end
        return bytes(value)

    def u8(self) -> int:
        """1 byte."""
        return self.fixed(1)[0]

    def u16(self) -> int:
        """2 bytes, big-endian."""
        return int.from_bytes(self.fixed(2), "big")

    def u32(self) -> int:
        """4 bytes, big-endian."""
        return int.from_bytes(self.fixed(4), "big")

    def u64(self) -> int:
        """8 bytes, big-endian."""
        return int.from_bytes(self.fixed(8), "big")

    def day(self) -> int:
        """4 bytes: days since 1970-01-01, UTC, at most LAST_DAY."""
        return _checked_day(self.u32(), self._what)

    def count(self, limit: int) -> int:
        """A 1-byte count of at most `limit`, checked before anything is allocated."""
        value = self.u8()
        if value > limit:
            raise BadField(f"{self._what} counts {value} where at most {limit} may be")
        return value

    def var(self, limit: int) -> bytes:
        """At most `limit` bytes behind a 2-byte length."""
        size = self.u16()
        if size > limit:
            raise BadField(f"{self._what} has a field of {size} bytes where at most {limit} may be")
        return self.fixed(size)

    def text(self, limit: int) -> str:
        """UTF-8 text in NFC of at most `limit` bytes; any other encoding of it is refused."""
        raw = self.var(limit)
        try:
            value = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            raise BadField(f"{self._what} has text that is not UTF-8") from error
        if unicodedata.normalize("NFC", value) != value:
            raise BadField(f"{self._what} has text that is not in NFC")
        return value

    def zeros_to(self, size: int) -> None:
        """Only zero bytes up to a total of `size`."""
        if any(self.fixed(size - self._at)):
            raise BadField(f"{self._what} has padding that is not zero")

    def end(self) -> None:
        """Nothing may follow."""
        if self._at != len(self._data):
            raise TrailingBytes(f"{self._what} has {len(self._data) - self._at} bytes too many")
