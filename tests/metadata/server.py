"""A small server on a file system in memory, with a clock of its own: a day passes as fast as it can tick.

The room, its stores and its seals are the real ones. File times are set from the test's clock: ticks come at
whole seconds, what sources do falls in between.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import mailroom.intake
from mailroom.banks import OpenBank
from mailroom.disk import Disk
from mailroom.intake import OpenSet
from mailroom.ring import make_ring_file
from sluis.limits import ROWS_PER_RELEASE, SiteProfile
from sluis.ring import Row, unused_row
from tests.support.mailroom_stage import DAY, Stage

_MEMORY = Path("/dev/shm")
_SECOND = 1_000_000_000
_DAY = 86_400 * _SECOND


class Clock:
    """Nanoseconds since 1970, by which the disk dates its files."""

    def __init__(self) -> None:
        self.now = DAY * _DAY + _DAY // 3

    def next_second(self) -> None:
        self.now = (self.now // _SECOND + 1) * _SECOND

    def some_time(self) -> None:
        """A moment later, within the same second."""
        left = _SECOND - 1 - self.now % _SECOND
        self.now += secrets.randbelow(left // 4 + 1)


class ClockedDisk(Disk):
    """A real folder whose files are dated by the test's clock."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        super().__init__(folder)
        self._clock = clock

    def create(self, name: str) -> None:
        super().create(name)
        self._date(name)

    def write(self, name: str, offset: int, data: bytes) -> None:
        super().write(name, offset, data)
        self._date(name)

    def _date(self, name: str) -> None:
        os.utime(self._handle(name), ns=(self._clock.now, self._clock.now))


class Server:
    """A room with its first release."""

    def __init__(self, folder: Path, slots: int) -> None:
        self.folder = folder
        self.clock = Clock()
        stage = Stage.make(SiteProfile(1, "demo", slots, 1_048_576, banks=3))
        stage.ram.dump(folder)
        for path in folder.iterdir():
            path.chmod(0o600)
        stage.disk = ClockedDisk(folder, self.clock)
        self.stage = stage
        self.slots = slots
        self.room = stage.opened()
        self.filler = [unused_row() for _ in range(ROWS_PER_RELEASE)]

    def next_bank(self) -> None:
        """An export; it is acknowledged, so that its bank is free again."""
        self.clock.next_second()
        stores = self.room.stores
        serial = self.room.make_export()
        bank = stores.state.banks[stores.state.closed_index(serial)]
        assert stores.released is not None
        stores.released = replace(
            stores.released, acknowledged_serial=serial, acknowledged_hash=bank.header_hash
        )
        stores.released.save(stores.disk)
        self.room._imports.finish()

    def empty_bank(self) -> None:
        """The open bank again with all slots free, for tests that do not look into slots."""
        stores = self.room.stores
        bank = stores.bank
        assert bank is not None
        stores.scratch.begin(bank.index, bank.serial, self.slots)
        stores.bank = OpenBank(
            stores.disk, bank.index, bank.serial, bank.key, bank.floor, list(range(self.slots))
        )

    def install(self, fresh: Sequence[Row]) -> None:
        """The newest release's rows, as an import puts them there: `fresh` ones at random places."""
        rows = list(self.filler)
        for place, row in zip(
            secrets.SystemRandom().sample(range(len(rows)), len(fresh)), fresh, strict=True
        ):
            rows[place] = row
        ring = self.room.stores.ring
        ring.install([make_ring_file(ring.newest, rows)], ring.newest)
        ring.reload([ring.newest])

    def put(self, stream: bytes, *, text: bool) -> OpenSet:
        """A source hands over a set; a file is committed at once, a text waits for its ticks."""
        self.clock.some_time()
        cells = self.stage.put(self.room, stream, text=text)
        if not text:
            self.room.commit(cells)
        return cells

    def tick(self) -> None:
        self.clock.next_second()
        self.room.tick()

    def run(self, ticks: int, actions: Sequence[Callable[[], object]] = ()) -> None:
        """So many ticks, each action before a random one of them, never before the last if there are more."""
        due = sorted(secrets.randbelow(max(1, ticks - 1)) for _ in actions)
        waiting = list(zip(due, actions, strict=True))
        for number in range(ticks):
            while waiting and waiting[0][0] <= number:
                waiting.pop(0)[1]()
            self.tick()


@contextmanager
def server(slots: int) -> Iterator[Server]:
    """A server in a folder in memory.

    A tick without a deletion makes an unused row only to throw it away (its time must not tell); here it
    throws the same one away each time, which no disk can show and which makes ticks three times as fast.
    """
    thrown_away = unused_row()
    with TemporaryDirectory(dir=_MEMORY) as folder:
        made = Server(Path(folder), slots)
        with patch.object(mailroom.intake, "unused_row", lambda: thrown_away):
            yield made
        made.stage.disk.close()
