"""The power fails at every step of the mailroom's life, and nothing that was acknowledged is lost.

A life is played once on a disk in memory. Before each of its writes, syncs and renames the test looks at what
a cut at that moment would leave (unsynced sectors lost, torn, reordered) and starts a mailroom on it. As the
run folder is gone, that start closes the open bank, so everything lies in exports, which are taken apart as
the workstation does it.
"""

import random
import secrets
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import pytest

from mailroom.disk import Disk
from mailroom.ring import RowWrite
from mailroom.scratch import Scratch, SlotWrite
from mailroom.state import bank_file
from mailroom.store import Mailroom
from sluis.bank import SlotContent, slot_offset
from sluis.errors import Replayed, SluisError
from sluis.limits import REPLY_CELL_SIZE
from sluis.ring import Row
from sluis.sealing import throwaway_seal
from tests.support.mailroom_stage import Stage
from tests.support.ram_disk import RamDisk

Way = Callable[[Stage, random.Random], RamDisk]


@dataclass
class Promises:
    """What the mailroom said is done, at this moment of the life."""

    sets: dict[bytes, bytes] = field(default_factory=dict)
    deleted: list[bytes] = field(default_factory=list)
    live: list[bytes] = field(default_factory=list)
    releases: list[tuple[int, bytes]] = field(default_factory=list)
    arriving: tuple[int, list[bytes]] = (0, [])  # a release that is being taken in, and the tags of its rows


def reply_row() -> Row:
    return Row(secrets.token_bytes(32), throwaway_seal(REPLY_CELL_SIZE))


def as_it_is(_room: Mailroom) -> None:
    """Nothing is broken on purpose."""


class Life:
    """Everything a mailroom does, once; `Promises` grow as it answers."""

    def __init__(self, stage: Stage, change: Callable[[Mailroom], None], last_ticks: int) -> None:
        self.stage = stage
        self.promises = Promises()
        self._change = change
        self._last_ticks = last_ticks
        self._streams = random.Random(7)

    def _send(self, room: Mailroom, size: int, *, text: bool) -> None:
        stream = self._streams.randbytes(size)
        self.promises.sets[self.stage.send(room, stream, text=text)] = stream

    def _take_in(self, room: Mailroom, data: bytes, rows: Sequence[Row] = ()) -> None:
        assert self.stage.newest is not None
        self.promises.arriving = (self.stage.newest.sequence, [row.tag for row in rows])
        room.import_release(data)
        self.promises.releases.append((self.stage.newest.sequence, data))
        self.promises.live += [row.tag for row in rows]

    def play(self) -> None:
        stage, promises = self.stage, self.promises
        room = stage.start()
        self._change(room)
        self._take_in(room, stage.next_release())
        self._send(room, 300, text=True)
        self._send(room, 100_000, text=False)
        abandoned = stage.put(room, self._streams.randbytes(60_000), text=False)
        self._send(room, 10, text=False)
        room.abort(abandoned)
        waiting_stream = self._streams.randbytes(500)
        waiting = stage.put(room, waiting_stream, text=True)
        stage.export(room)
        room.commit(waiting)
        promises.sets[waiting.set_id] = waiting_stream
        rows = [reply_row() for _ in range(4)]
        release = stage.next_release(rows=rows, acknowledged=stage.acknowledged(1))
        self._take_in(room, release, rows)
        deletion = room.intake.delete(rows[0].tag)
        promises.live.remove(rows[0].tag)
        room.tick()
        assert deletion.done
        promises.deleted.append(rows[0].tag)
        stage.day += 1
        self._straddle(room)
        promises.live.remove(rows[1].tag)
        release = stage.next_release(skip=1, tombstones=[rows[1].tag], acknowledged=stage.acknowledged(2))
        self._take_in(room, release)
        promises.deleted.append(rows[1].tag)
        self._send(room, 70_000, text=True)
        for _ in range(self._last_ticks):
            room.tick()

    def _straddle(self, room: Mailroom) -> None:
        """A file whose upload goes on while its bank closes."""
        stage = self.stage
        stream = self._streams.randbytes(70_000)
        file = room.open_set(secrets.token_bytes(16), text=False)
        epoch = room.status().epoch
        room.put(file, epoch, 0, stage.workstation.cells(epoch, file.set_id, stream)[0])
        stage.export(room)
        epoch = room.status().epoch
        room.put(file, epoch, 1, stage.workstation.cells(epoch, file.set_id, stream)[1])
        room.commit(file)
        self.promises.sets[file.set_id] = stream


def broken_promises(life: Life, disk: RamDisk) -> list[str]:
    """Starts a mailroom on what is left, and compares it with what was promised."""
    stage, promises = life.stage, life.promises
    after = Stage(stage.workstation, stage.request, stage.site, disk, RamDisk(), stage.day, stage.newest)
    try:
        room = after.start()
    except SluisError as error:
        return [f"no start: {error.code}"]
    broken = []
    for bank in room.operator_status().closed:
        after.take(room, bank.serial)
        if after.exports[bank.serial] != stage.exports.get(bank.serial, after.exports[bank.serial]):
            broken.append("an export is another one than before")
    after.exports |= stage.exports
    try:
        slots = after.slots()
    except SluisError:
        return [*broken, "a slot or an export does not open"]
    for set_id, stream in promises.sets.items():
        if not is_whole(after, slots, set_id, stream):
            broken.append("a set that was acknowledged is not whole")
    return broken + broken_ring(room, promises)


def is_whole(after: Stage, slots: list[SlotContent], set_id: bytes, stream: bytes) -> bool:
    try:
        return after.workstation.stream(slots, set_id) == stream
    except SluisError:
        return False


def broken_ring(room: Mailroom, promises: Promises) -> list[str]:
    ring = room.stores.ring
    broken = ["a row that was deleted is back" for tag in promises.deleted if ring.find(tag)]
    sequence, tags = promises.arriving
    being_taken_in = all(number != sequence for number, _ in promises.releases)
    if being_taken_in and room.stores.newest_release == sequence and not all(map(ring.find, tags)):
        broken.append("a release is there without its rows")
    if not promises.releases:
        return broken
    sequence, data = promises.releases[-1]
    if room.stores.newest_release < sequence:
        broken.append("a release that was taken in is not")
    if room.stores.newest_release == sequence:
        broken += ["a reply is lost" for tag in promises.live if ring.find(tag) is None]
        with pytest.raises(Replayed):
            room.import_release(data)
    return broken


def lost(stage: Stage, chance: random.Random) -> RamDisk:
    """Nothing unsynced reached the medium."""
    return stage.ram.after_power_cut(chance, 0.0)


def torn(stage: Stage, chance: random.Random) -> RamDisk:
    """Any of it did."""
    return stage.ram.after_power_cut(chance)


def nearly_there(stage: Stage, chance: random.Random) -> RamDisk:
    """Nearly all of it did."""
    return stage.ram.after_power_cut(chance, 0.97)


def killed(stage: Stage, chance: random.Random) -> RamDisk:
    """The process is killed, another goes on with what the page cache holds, then the power fails."""
    assert isinstance(stage.run, RamDisk)
    disk = stage.ram.killed()
    room = Mailroom(disk, stage.run.killed(), stage.site, lambda: stage.day)
    room.tick()
    return disk.after_power_cut(chance, 0.0)


def torn_twice(stage: Stage, chance: random.Random) -> RamDisk:
    """The power fails again while the mailroom starts."""
    disk = stage.ram.after_power_cut(chance)
    cut_a_start(disk, RamDisk(), stage, chance)
    return disk.after_power_cut(chance)


def cut_a_start(disk: RamDisk, run: RamDisk, stage: Stage, chance: random.Random) -> None:
    """A start and some ticks, until the power goes at some step of it."""
    left = chance.randrange(80)

    def before_step(_what: str) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise OSError("the power is gone")

    disk.before_step = before_step
    with suppress(OSError):
        room = Mailroom(disk, run, stage.site, lambda: stage.day)
        for _ in range(10):
            room.tick()


def killed_then_torn(stage: Stage, chance: random.Random) -> RamDisk:
    """The process is killed, and the power fails while the next one goes on with the open bank."""
    assert isinstance(stage.run, RamDisk)
    disk = stage.ram.killed()
    cut_a_start(disk, stage.run.killed(), stage, chance)
    return disk.after_power_cut(chance)


def cut_everywhere(
    ways: Sequence[Way],
    change: Callable[[Mailroom], None] = as_it_is,
    *,
    enough: int = 1,
    last_ticks: int = 3,
    seed: int = 1,
) -> dict[str, int]:
    """Plays a life and cuts it at each step in the next of the ways; how often which promise was broken.

    Looks no further once `enough` promises were broken.
    """
    chance = random.Random(seed)
    stage = Stage.make()
    life = Life(stage, change, last_ticks)
    found: Counter[str] = Counter()
    steps = 0

    def before_step(_what: str) -> None:
        nonlocal steps
        if found.total() < enough:
            found.update(broken_promises(life, ways[steps % len(ways)](stage, chance)))
        steps += 1

    stage.ram.before_step = before_step
    assert isinstance(stage.run, RamDisk)
    stage.run.before_step = before_step
    life.play()
    assert steps > 150
    return dict(found)


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_when_writes_are_torn_and_reordered() -> None:
    assert cut_everywhere([torn]) == {}


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_by_other_cuts() -> None:
    assert cut_everywhere([lost, killed, nearly_there, torn_twice, killed_then_torn], seed=2) == {}


class NeverSynced(Disk):
    """A store's disk on which sync() returns at once."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk

    def read(self, name: str, offset: int, length: int) -> bytes:
        return self._disk.read(name, offset, length)

    def write(self, name: str, offset: int, data: bytes) -> None:
        self._disk.write(name, offset, data)

    def sync(self, name: str) -> None:
        return


def acknowledging_early(room: Mailroom) -> None:
    """Broken on purpose: cells and rows are acknowledged before they are synced."""
    room.stores.scratch._disk = NeverSynced(room.stores.disk)


class InPlace(Scratch):
    """Broken on purpose: slots are overwritten without a copy in the scratch."""

    def begin(self, index: int, serial: int, slots: int) -> None:
        self._bank, self._serial = index, serial

    def write(self, slots: Sequence[SlotWrite], row: RowWrite | None = None) -> None:
        for write in slots:
            self._disk.write(bank_file(self._bank), slot_offset(write.slot), write.sealed)
        if slots:
            self._disk.sync(bank_file(self._bank))
        if row is not None:
            self._write_row(row)


def writing_in_place(room: Mailroom) -> None:
    """Broken on purpose; ticks over slots that are taken show it."""
    room.stores.scratch = InPlace(room.stores.disk)


@pytest.mark.slow
def test_acknowledging_before_the_sync_is_caught() -> None:
    found = cut_everywhere([lost], acknowledging_early, enough=1_000)
    assert found["a set that was acknowledged is not whole"] > 10
    assert found["a row that was deleted is back"] > 0


@pytest.mark.slow
def test_writing_without_the_scratch_is_caught() -> None:
    found = cut_everywhere([torn], writing_in_place, enough=3, last_ticks=20)
    assert found["a slot or an export does not open"] > 0
