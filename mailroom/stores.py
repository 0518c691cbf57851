"""What all parts of the mailroom share: the files, the keys, the open bank, one lock, and one way to fail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Condition, RLock

from mailroom.banks import OpenBank, RunKeys
from mailroom.disk import Disk
from mailroom.errors import MailroomDown
from mailroom.identity import Identity, TransferKeys
from mailroom.released import Released
from mailroom.ring import Ring, RowWrite, positions
from mailroom.scratch import Scratch, SlotWrite
from mailroom.state import State
from sluis.instance import RECORD_SIZE, EnrolmentRequest, InstanceRecord
from sluis.limits import SiteProfile
from sluis.ring import unused_row

RECORD_FILE = "instance.record"
REQUEST_FILE = "enrol.request"
MIN_SLOTS = 16


class Stores:
    """The opened stores, torn writes repaired, damaged rows replaced; no bank is open yet.

    `lock` guards every field. After a failed write `broken` is set for good: nothing is known of the disk any
    more, so nothing is acknowledged, and the process has to end.
    """

    def __init__(self, disk: Disk, run: Disk, site: SiteProfile) -> None:
        if site.slots < MIN_SLOTS:
            raise ValueError("a bank has at least 16 slots")
        self.disk = disk
        self.site = site
        self.lock = RLock()
        self.changed = Condition(self.lock)
        self.broken = False
        disk.sync_folder()  # what follows must not rest on a rename that a killed process did not sync
        disk.sweep()
        self.record = InstanceRecord.parse(disk.read(RECORD_FILE, 0, RECORD_SIZE))
        request = disk.read(REQUEST_FILE, 0, disk.size(REQUEST_FILE))
        self.request = EnrolmentRequest.parse(request, self.record.instance_id)
        self.identity = Identity.load(disk)
        self.transfer = TransferKeys(disk)
        self.state = State.load(disk)
        self.released = Released.load(disk)
        self.run_keys = RunKeys(run)
        self.bank: OpenBank | None = None
        self.scratch = Scratch(disk)
        self.scratch.repair(self.state, positions(self.newest_release))
        self.ring = Ring(disk, self.newest_release)
        for place in self.ring.damaged:
            row = unused_row()
            self.scratch.write([], self.ring.sealed(place, row))
            self.ring.replaced(place, row)

    @property
    def newest_release(self) -> int:
        """The sequence of the newest release, 0 before the first."""
        return 0 if self.released is None else self.released.sequence

    def check(self) -> None:
        """Raises MailroomDown once a write has failed."""
        if self.broken:
            raise MailroomDown("the mailroom's disk failed, or the mailroom is ending")

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Around every change of files: whatever goes wrong inside breaks the room."""
        self.check()
        try:
            yield
        except BaseException:
            with self.lock:
                self.broken = True
                self.changed.notify_all()
            raise

    def write(self, slots: Sequence[SlotWrite], row: RowWrite | None = None) -> None:
        """At most 16 slots of the open bank, and a row, onto the medium, with the lock held."""
        with self.changing():
            self.scratch.write(slots, row)

    def save(self, state: State) -> None:
        """A new state, on the medium first."""
        with self.lock, self.changing():
            state.save(self.disk)
            self.state = state

    def reason(self, day: int) -> str:
        """Why no cell can be taken in on this day: "" (it can), "no-release", "expired", "store-full"."""
        if self.released is None:
            return "no-release"
        if max(day, self.state.floor) > self.released.expiry_day:
            return "expired"
        return "" if self.bank is not None and self.bank.free_slots else "store-full"
