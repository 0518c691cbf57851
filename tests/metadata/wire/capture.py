"""What passed by on a line: bytes and Tor cells each way, with times, cut into actions."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from tests.metadata.wire.recorder import EVENT

T = TypeVar("T")
CELL = 514  # bytes of a cell on a link (tor-spec, "Cell Packet format")
_STILL_S = 0.05
_LONGEST_TAIL_S = 2.0
_POLL_S = 0.005
_SECOND = 1e9
_EVENT = np.dtype([("at", "<u8"), ("connection", "<u4"), ("size", "<i4"), ("inside", "<i4")])


@dataclass(frozen=True)
class Trace:
    """The events of one action, in order; `seconds` count from its begin, what goes up is negative."""

    seconds: NDArray[np.float64]
    sizes: NDArray[np.int64]
    inside: NDArray[np.int64]

    @property
    def down(self) -> int:
        """Bytes to the source."""
        return int(self.sizes[self.sizes > 0].sum())

    @property
    def up(self) -> int:
        """Bytes from the source."""
        return -int(self.sizes[self.sizes < 0].sum())

    @property
    def cells(self) -> tuple[int, int]:
        """Cells down and up."""
        inside = self.inside
        return round(inside[inside > 0].sum() / CELL), round(-inside[inside < 0].sum() / CELL)


class Watch:
    """One line's file of events."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def _size(self) -> int:
        return self._path.stat().st_size

    def begin(self) -> int:
        """Where what comes now will stand."""
        return self._size

    def settle(self) -> None:
        """Until nothing has passed by for a while: a reader reads before the next click."""
        end = time.monotonic() + _LONGEST_TAIL_S
        seen, since = self._size, time.monotonic()
        while time.monotonic() < min(end, since + _STILL_S):
            time.sleep(_POLL_S)
            if self._size != seen:
                seen, since = self._size, time.monotonic()

    def since(self, begin: int, first_ns: int) -> Trace:
        """All that came after `begin`."""
        with self._path.open("rb") as file:
            file.seek(begin)
            data = file.read()
        events = np.frombuffer(data[: len(data) // EVENT.size * EVENT.size], dtype=_EVENT)
        seconds = (events["at"].astype(np.int64) - first_ns) / _SECOND
        return Trace(seconds, events["size"].astype(np.int64), events["inside"].astype(np.int64))

    def act(self, act: Callable[[], T]) -> tuple[Trace, T]:
        """What passes by while this is done, and what it gives."""
        begin, first = self.begin(), time.monotonic_ns()
        given = act()
        self.settle()
        return self.since(begin, first), given
