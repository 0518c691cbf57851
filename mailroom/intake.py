"""What sources cause: cells of sets, deletions of rows; and the tick, which hides the small ones.

Each tick writes one slot and one row: a waiting one of each, else a random one, taken or free, under a fresh
nonce. Text cells and deletions wait for ticks, never more than five of a kind; file cells are gathered and
written 16 at a time (all of them when a set is committed), so that an upload costs two syncs a 16 cells.
"""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from mailroom.errors import StaleEpoch
from mailroom.ring import Place, RowWrite
from mailroom.scratch import BATCH
from mailroom.stores import Stores
from sluis.bank import SlotContent
from sluis.epoch import Epoch
from sluis.errors import BadField, Expired, StoreFull, TooLarge
from sluis.limits import CELL_SIZE, EPOCH_DAYS, ID_SIZE, MAX_LIVE_ROWS, MAX_SET_CELLS, TAGS_PER_LOGIN
from sluis.ring import Row, unused_row

WAITING_MAX = 5
TEXT_CELLS_MAX = 8

assert EPOCH_DAYS > 1


@dataclass(eq=False)
class OpenSet:
    """A set on its way in: how many cells were handed over, how many of them wait, where the others lie."""

    set_id: bytes
    text: bool
    count: int = 0
    waiting: int = 0
    slots: list[tuple[int, int]] = field(default_factory=list)  # (serial of the bank, slot)
    committing: bool = False
    ended: bool = False


@dataclass(eq=False)
class Deletion:
    """A row to be overwritten; `done` once it is."""

    tag: bytes
    done: bool = False


_Cell = tuple[OpenSet, SlotContent]


class Intake:
    """Takes in cells and deletions; `tick` is called once a second, and by nobody else at other times."""

    def __init__(self, stores: Stores, today: Callable[[], int]) -> None:
        self._stores = stores
        self._today = today
        self._texts: deque[_Cell] = deque()
        self._files: list[_Cell] = []
        self._deletions: deque[Deletion] = deque()
        self._open: set[OpenSet] = set()

    @property
    def free_slots(self) -> int:
        """Free slots of the open bank that no waiting cell will take."""
        bank = self._stores.bank
        return 0 if bank is None else bank.free_slots - len(self._texts) - len(self._files)

    @property
    def file_cells_free(self) -> int:
        """How many cells of files there is room for: a quarter of all slots is for text only."""
        return max(0, self.free_slots - self._stores.site.text_only_slots)

    def open_set(self, set_id: bytes, *, text: bool) -> OpenSet:
        """Begins a set; nothing is written."""
        if len(set_id) != ID_SIZE:
            raise BadField("a set id has 16 bytes")
        cells = OpenSet(set_id, text)
        with self._stores.lock:
            self._open.add(cells)
        return cells

    def put(self, cells: OpenSet, epoch: Epoch, index: int, cell: bytes) -> None:
        """Takes one cell (65,536 bytes) of the set; it is safe only when commit() has returned.

        Raises StaleEpoch, StoreFull, Expired, BadField for a wrong size or index, TooLarge for too many.
        """
        stores = self._stores
        with stores.lock:
            stores.check()
            if cells.ended or index != cells.count or len(cell) != CELL_SIZE:
                raise BadField("a cell of a wrong size, or out of order")
            if cells.count >= (TEXT_CELLS_MAX if cells.text else MAX_SET_CELLS):
                raise TooLarge("more cells than a set may have")
            self._check_epoch(epoch)
            if (self.free_slots if cells.text else self.file_cells_free) < 1:
                raise StoreFull("no slot is free for this cell")
            waiting = (cells, SlotContent(epoch, cells.set_id, index, cell))
            cells.count += 1
            cells.waiting += 1
            if cells.text:
                self._texts.append(waiting)
                self._write([self._texts.popleft() for _ in range(len(self._texts) - WAITING_MAX)])
            else:
                self._files.append(waiting)
                if len(self._files) >= BATCH:
                    self._write_files()

    def _check_epoch(self, epoch: Epoch) -> None:
        """Only keys that no closed bank lets the workstation erase (sluis.epoch.erasable).

        A day before this bank's opening could be erased when the bank before it is imported. The last key of
        the newest release is kept until an export made under a later release, whatever its day.
        """
        bank, released = self._stores.bank, self._stores.released
        if released is None or bank is None:
            raise StoreFull("no bank is open")
        if self._stores.reason(self._today()) == "expired":
            raise Expired("the keys of the last release have expired")
        if epoch.release == released.sequence:
            known = released.first_epoch_day <= epoch.day <= released.last_key_day
        else:
            known = 0 < epoch.release < released.sequence
        last = epoch == Epoch(released.sequence, released.last_key_day)
        if not known or not (epoch.day >= bank.floor or last):
            raise StaleEpoch("sealed to a key that may be erased before this bank is read")

    def commit(self, cells: OpenSet) -> None:
        """Returns when every cell of the set is on the medium; text cells wait for their ticks.

        Raises MailroomDown when that can not be known, BadField for a set that has ended.
        """
        stores = self._stores
        with stores.lock:
            if cells.ended:
                stores.check()  # the mailroom is ending, and has ended the set
                raise BadField("this set has ended")
            cells.committing = True
            if not cells.text:
                self._write_files()
            while cells.waiting:
                stores.check()
                stores.changed.wait()
            self._end(cells)

    def _end(self, cells: OpenSet) -> None:
        cells.ended = True
        self._open.discard(cells)

    def abort_unfinished(self) -> None:
        """Ends every set whose commit nobody asked for: before the process ends, which forgets them."""
        with self._stores.lock:
            for cells in [one for one in self._open if not one.committing]:
                self.abort(cells)

    def abort(self, cells: OpenSet) -> None:
        """Ends the set; its slots in the open bank are sealed as free ones at once. Twice does no harm."""
        stores = self._stores
        with stores.lock:
            if cells.ended:
                return
            self._end(cells)
            self._texts = deque(waiting for waiting in self._texts if waiting[0] is not cells)
            self._files = [waiting for waiting in self._files if waiting[0] is not cells]
            cells.waiting = 0
        while self._free_some(cells):
            continue  # the lock is free for others in between

    def _free_some(self, cells: OpenSet) -> bool:
        stores = self._stores
        with stores.lock:
            bank = stores.bank
            if bank is None or stores.broken:
                return False
            mine = [slot for serial, slot in cells.slots if serial == bank.serial][:BATCH]
            if not mine:
                return False
            stores.write([bank.seal(slot, None) for slot in mine])
            for slot in mine:
                bank.give_back(slot)
                cells.slots.remove((bank.serial, slot))
            return True

    def _write(self, cells: Sequence[_Cell], row: RowWrite | None = None) -> None:
        """Puts waiting cells into random free slots, on the medium."""
        bank = self._stores.bank
        for first in range(0, len(cells), BATCH):
            assert bank is not None  # cells are only taken while a bank is open, and leave before it closes
            batch = cells[first : first + BATCH]
            slots = [bank.take() for _ in batch]
            self._stores.write(
                [bank.seal(slot, content) for slot, (_, content) in zip(slots, batch, strict=True)], row
            )
            for slot, (owner, _) in zip(slots, batch, strict=True):
                owner.slots.append((bank.serial, slot))
                owner.waiting -= 1
            self._stores.changed.notify_all()

    def _write_files(self) -> None:
        files, self._files = self._files, []
        self._write(files)

    def drain(self) -> None:
        """Everything that waits goes onto the medium: before a bank closes, and before the process ends."""
        with self._stores.lock:
            self._write_files()
            texts, self._texts = list(self._texts), deque()
            self._write(texts)
            self.drain_deletions()

    def drain_deletions(self) -> None:
        """Overwrites every row that waits for it."""
        with self._stores.lock:
            while self._deletions:
                self._delete_now(self._deletions.popleft())

    def delete(self, tag: bytes) -> Deletion:
        """Has the row with this tag overwritten by an unused one; a tag that no row has costs the same."""
        deletion = Deletion(tag)
        with self._stores.lock:
            self._stores.check()
            self._deletions.append(deletion)
            while len(self._deletions) > WAITING_MAX:
                self._delete_now(self._deletions.popleft())
        return deletion

    def wait(self, deletion: Deletion) -> None:
        """Returns when the row is overwritten on the medium; raises MailroomDown."""
        with self._stores.lock:
            while not deletion.done:
                self._stores.check()
                self._stores.changed.wait()

    def _row(self, deletion: Deletion | None) -> tuple[RowWrite, Place | None, Row]:
        """What to write for a deletion, or None for a random row again."""
        ring, unused = self._stores.ring, unused_row()
        place = None if deletion is None else ring.find(deletion.tag)
        if place is None:
            return ring.sealed(ring.random_place()), None, unused
        return ring.sealed(place, unused), place, unused

    def _deleted(self, deletion: Deletion | None, place: Place | None, unused: Row) -> None:
        if place is not None:
            self._stores.ring.replaced(place, unused)
        if deletion is not None:
            deletion.done = True
        self._stores.changed.notify_all()

    def _delete_now(self, deletion: Deletion) -> None:
        write, place, unused = self._row(deletion)
        self._stores.write([], write)
        self._deleted(deletion, place, unused)

    def tick(self) -> None:
        """Writes exactly one slot (when a bank is open) and one row."""
        stores = self._stores
        with stores.lock:
            stores.check()
            deletion = self._deletions.popleft() if self._deletions else None
            write, place, unused = self._row(deletion)
            if self._texts:
                self._write([self._texts.popleft()], write)
            elif stores.bank is not None:
                stores.write([stores.bank.seal_again(secrets.randbelow(stores.site.slots))], write)
            else:
                stores.write([], write)
            self._deleted(deletion, place, unused)

    def fetch(self, tags: Sequence[bytes]) -> list[Row]:
        """16 rows in random order: those with one of the tags, the newest first if more, and other rows."""
        if len(tags) > TAGS_PER_LOGIN:
            raise BadField("more tags than a login has")
        stores = self._stores
        with stores.lock:
            stores.check()
            found = {place for place in map(stores.ring.find, tags) if place is not None}
            places = sorted(found, key=lambda place: -stores.ring.release_of(place))[:MAX_LIVE_ROWS]
            while len(places) < MAX_LIVE_ROWS:
                place = stores.ring.random_place()
                if place not in places:
                    places.append(place)
            secrets.SystemRandom().shuffle(places)
            return [stores.ring.read_or_unused(place) for place in places]
