"""A mailroom in memory, with the methods of mailroom.client.SourceClient and SetWriter.

It keeps cells and rows, follows the store's rules (stale epochs, no eviction, a share of the slots for texts
only, aborted sets freed at once, always 16 rows) and holds the private keys too, so that a test can read what
arrived as a workstation would.
"""

import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from mailroom.client import StaleEpoch, StoreStatus
from sluis.cells import join_cells, open_cell
from sluis.epoch import Epoch
from sluis.errors import BadField, StoreFull
from sluis.limits import CELL_SIZE, DEMO, MAX_LIVE_ROWS, ROWS_PER_RELEASE, TAGS_PER_LOGIN, SiteProfile
from sluis.ring import Row, unused_row
from sluis.sealing import OpeningKey


@dataclass
class StoredSet:
    """A committed set: sealed cells by index, with the epoch of each."""

    set_id: bytes
    text: bool
    cells: dict[int, tuple[Epoch, bytes]] = field(default_factory=dict)


class MailroomSimulator:
    """`certificate` is the OpenPGP key that is given out; `site` says how many cells there is room for."""

    def __init__(
        self,
        instance_id: bytes,
        certificate: bytes,
        day: int,
        *,
        site: SiteProfile = DEMO,
        keep_cells: bool = True,
    ) -> None:
        self.instance_id = instance_id
        self.certificate = certificate
        self.site = site
        self.slots = site.slots
        self.sets: list[StoredSet] = []
        self.taken = 0
        self.open_sets = 0
        self.floor = day
        self.reason = ""
        self.deleted: list[bytes] = []
        self.fetched: list[tuple[bytes, ...]] = []
        self.before_put: Callable[[int], None] = lambda index: None
        self.rows = [unused_row() for _ in range(ROWS_PER_RELEASE)]
        self._placed = 0
        self._keep_cells = keep_cells
        self._keys: dict[Epoch, OpeningKey] = {}
        self._lock = threading.RLock()
        self.release(1, day)

    def release(self, sequence: int, day: int) -> None:
        """Takes in a release whose key for `day` is the one that seals from now on."""
        with self._lock:
            self.epoch = Epoch(sequence, day)
            self._keys[self.epoch], _ = OpeningKey.generate()

    def status(self) -> StoreStatus:
        """As SourceClient.status."""
        with self._lock:
            free = self.slots - self.taken
            return StoreStatus(
                training=True,
                instance_id=self.instance_id,
                ready=not self.reason,
                reason=self.reason,
                epoch=self.epoch,
                epoch_public=self._keys[self.epoch].public,
                certificate=self.certificate,
                newest_release=self.epoch.release,
                keys_run_out=False,
                file_room=free > self.site.text_only_slots,
                file_cells_free=max(0, free - self.site.text_only_slots),
                site=self.site,
            )

    def open_set(self, set_id: bytes, *, text: bool) -> "SimulatedSetWriter":
        """As SourceClient.open_set."""
        return SimulatedSetWriter(self, set_id, text=text)

    def fetch_rows(self, tags: Sequence[bytes]) -> list[Row]:
        """Always 16 rows in random order: those that are asked for, and others."""
        assert len(tags) == TAGS_PER_LOGIN
        with self._lock:
            self.fetched.append(tuple(tags))
            live = [row for row in self.rows if row.tag in tags]
            others = [row for row in self.rows if row.tag not in tags]
        rows = (live + secrets.SystemRandom().sample(others, MAX_LIVE_ROWS))[:MAX_LIVE_ROWS]
        secrets.SystemRandom().shuffle(rows)
        return rows

    def delete_row(self, tag: bytes) -> None:
        """Overwrites the row by an unused one."""
        with self._lock:
            self.deleted.append(tag)
            self.rows = [unused_row() if row.tag == tag else row for row in self.rows]

    def place(self, row: Row) -> None:
        """Puts a reply's row where an unused one was, as a release would."""
        with self._lock:
            self.rows[self._placed % len(self.rows)] = row
            self._placed += 1

    def message(self, number: int = -1) -> bytes:
        """The OpenPGP message in a committed set."""
        stored = self.sets[number]

        def opened() -> Iterator[bytes]:
            cells = (
                open_cell(self._keys[epoch], self.instance_id, cell)
                for _, (epoch, cell) in sorted(stored.cells.items())
            )
            yield from join_cells(cells, stored.set_id)

        return b"".join(opened())

    def _put(self, stored: StoredSet, epoch: Epoch, index: int, cell: bytes) -> None:
        self.before_put(index)
        with self._lock:
            if epoch.release != self.epoch.release and epoch.day < self.floor:
                raise StaleEpoch("sealed to a key that may be gone soon")
            room = self.slots - (0 if stored.text else self.site.text_only_slots)
            if self.taken >= room:
                raise StoreFull("no slot is free")
            if len(cell) != CELL_SIZE or index in stored.cells:
                raise BadField("not a cell of this set")
            stored.cells[index] = (epoch, cell if self._keep_cells else b"")
            self.taken += 1

    def _close(self, stored: StoredSet, *, commit: bool) -> None:
        with self._lock:
            self.open_sets -= 1
            if commit:
                self.sets.append(stored)
            else:
                self.taken -= len(stored.cells)


class SimulatedSetWriter:
    """As SetWriter: leaving it without `commit` aborts."""

    def __init__(self, mailroom: MailroomSimulator, set_id: bytes, *, text: bool) -> None:
        self._mailroom = mailroom
        self._stored = StoredSet(set_id, text)
        self._open = True
        mailroom.open_sets += 1

    def put(self, epoch: Epoch, index: int, cell: bytes) -> None:
        assert self._open, "a cell for a set that was closed"
        self._mailroom._put(self._stored, epoch, index, cell)

    def commit(self) -> None:
        assert self._open
        self._open = False
        self._mailroom._close(self._stored, commit=True)

    def abort(self) -> None:
        if self._open:
            self._open = False
            self._mailroom._close(self._stored, commit=False)

    def __enter__(self) -> "SimulatedSetWriter":
        return self

    def __exit__(self, *exc: object) -> None:
        self.abort()
