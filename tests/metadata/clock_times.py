"""Clock times in files: as numbers of the usual widths, orders and units, and as text; a day is none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

DAY_S = 86_400
_UNITS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
# Four bytes in the other order are left out: no format here has them, and random keys hit them by chance.
_NUMBERS = ((">u4", ("s",)), *((kind, tuple(_UNITS)) for kind in (">u8", "<u8", ">f8", "<f8")))
_TEXT = re.compile(rb"\b(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?\b|\b\d{8}T\d{6}\b|\b\d{10}(?:\.\d+)?\b")
_MIDNIGHT = re.compile(rb"00:00(?::00)?|\d{8}T000000")


@dataclass(frozen=True)
class Window:
    """The seconds since 1970 in which something happened."""

    first: float
    last: float

    def numbers(self, data: bytes) -> Iterator[str]:
        """Every number that is a moment of this window and no midnight (UTC), and where it stands."""
        for kind, units in _NUMBERS:
            width = int(kind[-1])
            for shift in range(min(width, len(data))):
                whole = (len(data) - shift) // width * width
                values = np.frombuffer(data[shift : shift + whole], np.dtype(kind))
                for unit in units:
                    factor = _UNITS[unit]
                    inside = (values >= int(self.first * factor)) & (values <= int(self.last * factor))
                    for place in np.flatnonzero(inside):
                        if int(values[place]) % (DAY_S * factor):
                            yield f"{kind} {unit} at {shift + int(place) * width}"

    def texts(self, data: bytes) -> Iterator[str]:
        """Every time of day, or number of seconds of this window, that stands in a text."""
        for found in _TEXT.finditer(data):
            said = found[0]
            if said.isdigit() and not self.first <= int(said) <= self.last:
                continue
            if not _MIDNIGHT.fullmatch(said):
                yield f"{said.decode()!r} at {found.start()}"
