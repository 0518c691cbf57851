"""Banks: their life through starts, exports and acknowledgements, and what never changes."""

import threading

import pytest

from mailroom.errors import MailroomDown, StaleEpoch
from mailroom.intake import TEXT_CELLS_MAX
from mailroom.state import BankState, State
from mailroom.store import Mailroom
from sluis.epoch import ChainEnd, Epoch, erasable
from sluis.errors import BadField, Expired, SluisError, StoreFull, TooLarge, Truncated
from sluis.limits import CELL_SIZE, EPOCH_DAYS, SiteProfile
from sluis.primitives import random_id
from tests.support.mailroom_stage import CERTIFICATE, DAY, TINY, Stage
from tests.support.ram_disk import RamDisk

CELL = bytes(CELL_SIZE)


def states(stage: Stage) -> list[BankState]:
    return [bank.state for bank in State.load(stage.disk).banks]


def sizes(stage: Stage) -> dict[str, int]:
    return {name: len(content) for name, content in stage.ram.image().items()}


def fill(room: Mailroom, *, text: bool) -> int:
    """Puts cells until the store is full; how many went in."""
    epoch = room.status().epoch
    for count in range(room.stores.site.slots + 1):
        try:
            room.put(room.open_set(random_id(), text=text), epoch, 0, CELL)
        except StoreFull:
            room.intake.drain()
            return count
    raise AssertionError("the store took more cells than it has slots")


def test_before_the_first_release_nothing_is_taken_in() -> None:
    stage = Stage.make()
    room = stage.start()
    status = room.status()
    assert (status.ready, status.reason, status.newest_release) == (False, "no-release", 0)
    assert (status.epoch_public, status.certificate, status.file_room) == (b"", b"", False)
    assert states(stage) == [BankState.FREE] * 3
    with pytest.raises(StoreFull):
        room.make_export()
    with pytest.raises(StoreFull):
        room.put(room.open_set(random_id(), text=True), Epoch(1, DAY), 0, CELL)
    room.tick()


def test_the_first_release_opens_the_first_bank() -> None:
    stage = Stage.make()
    room = stage.opened()
    status = room.status()
    assert (status.ready, status.reason, status.epoch) == (True, "", Epoch(1, DAY))
    assert stage.newest is not None
    assert status.epoch_public == stage.newest.epoch_keys[0]
    assert (status.certificate, status.keys_run_out, status.site) == (CERTIFICATE, False, TINY)
    assert (status.file_room, status.file_cells_free) == (True, 12)
    assert room.operator_status().open_since_day == DAY


def test_what_sources_sent_comes_out_of_the_export() -> None:
    stage = Stage.make()
    room = stage.opened()
    text = stage.send(room, b"a report", text=True)
    file = stage.send(room, bytes(range(256)) * 700, text=False)
    assert stage.export(room) == 1
    slots = stage.slots()
    assert stage.workstation.stream(slots, text) == b"a report"
    assert stage.workstation.stream(slots, file) == bytes(range(256)) * 700


def test_a_bank_goes_round() -> None:
    stage = Stage.make()
    room = stage.opened()
    assert states(stage).count(BankState.OPEN) == 1
    stage.day += 3
    assert stage.export(room) == 1
    assert sorted(states(stage)) == [BankState.FREE, BankState.OPEN, BankState.CLOSED]
    closed = room.operator_status().closed[0]
    assert (closed.serial, closed.opening_day, closed.closing_day) == (1, DAY, DAY + 3)
    assert closed.header_hash == stage.header(1).hash
    assert room.operator_status().open_since_day == DAY + 3
    assert stage.export(room) == 2
    assert stage.header(2).previous == stage.header(1).hash
    report = room.import_release(stage.next_release(acknowledged=stage.acknowledged(1)))
    assert (report.sequence, report.freed_serials) == (2, (1,))
    assert sorted(states(stage)) == [BankState.FREE, BankState.OPEN, BankState.CLOSED]
    assert stage.export(room) == 3
    report = room.import_release(stage.next_release(acknowledged=stage.acknowledged(3)))
    assert report.freed_serials == (2, 3)
    assert stage.header(3).release == 2
    assert room.operator_status().free_banks == 2


def test_no_free_bank_is_refused_and_nothing_is_evicted() -> None:
    stage = Stage.make()
    room = stage.opened()
    kept = [stage.send(room, b"one", text=True)]
    stage.export(room)
    kept.append(stage.send(room, b"two", text=True))
    stage.export(room)
    kept.append(stage.send(room, b"three", text=True))
    before = stage.ram.image()
    with pytest.raises(StoreFull):
        room.make_export()
    assert stage.ram.image() == before
    assert room.status().ready  # the open bank stays open
    kept.append(stage.send(room, b"four", text=True))
    stage.run = RamDisk()
    room = stage.start()  # closes the last bank, and cannot open another
    assert states(stage) == [BankState.CLOSED] * 3
    assert room.status().reason == room.operator_status().reason == "store-full"
    assert room.operator_status().open_since_day is None
    with pytest.raises(StoreFull):
        room.put(room.open_set(random_id(), text=True), Epoch(1, DAY), 0, CELL)
    with pytest.raises(StoreFull):
        room.make_export()
    stage.take(room, 3)
    slots = stage.slots()
    words = [stage.workstation.stream(slots, set_id) for set_id in kept]
    assert words == [b"one", b"two", b"three", b"four"]
    room.import_release(stage.next_release(acknowledged=stage.acknowledged(3)))
    assert room.status().ready
    assert room.operator_status().free_banks == 2


def test_an_export_is_the_same_bytes_whenever_it_is_asked_for() -> None:
    stage = Stage.make()
    room = stage.opened()
    stage.send(room, b"words", text=True)
    serial = stage.export(room)
    first = stage.exports[serial]
    assert len(first) == room.export_size() == TINY.bank_size
    stage.send(room, b"more words", text=True)
    parts = [room.read_export(serial, at, 100_000) for at in range(0, len(first), 100_000)]
    assert b"".join(parts) == first
    for run in (stage.run, RamDisk()):
        stage.run = run
        room = stage.start()
        assert room.read_export(serial, 0, len(first)) == first
    assert room.read_export(serial, len(first) - 3, 100) == first[-3:]
    for other in (0, 3, 9):
        with pytest.raises(BadField):
            room.read_export(other, 0, 10)


def test_sizes_are_the_same_empty_and_full() -> None:
    stage = Stage.make()
    at_first = sizes(stage)
    room = stage.opened()
    assert sizes(stage) == at_first
    fill(room, text=False)
    fill(room, text=True)
    assert sizes(stage) == at_first
    stage.export(room)
    room.import_release(stage.next_release(acknowledged=stage.acknowledged(1)))
    stage.start()
    assert sizes(stage) == at_first


def test_a_quarter_of_the_slots_is_for_text_only() -> None:
    stage = Stage.make()
    room = stage.opened()
    assert fill(room, text=False) == 12
    status = room.status()
    assert (status.ready, status.file_room, status.file_cells_free) == (True, False, 0)
    assert fill(room, text=True) == 4
    assert room.status().reason == "store-full"
    stage.export(room)
    assert len(stage.slots()) == 16
    assert room.status().ready


def test_waiting_cells_count_as_taken() -> None:
    stage = Stage.make()
    room = stage.opened()
    fill(room, text=False)
    cells = [room.open_set(random_id(), text=True) for _ in range(4)]
    for one in cells:
        room.put(one, Epoch(1, DAY), 0, CELL)
    assert [one.waiting for one in cells] == [1] * 4
    with pytest.raises(StoreFull):
        room.put(room.open_set(random_id(), text=True), Epoch(1, DAY), 0, CELL)
    for _ in range(4):
        room.tick()
    for one in cells:
        room.commit(one)
    stage.export(room)
    assert len(stage.slots()) == 16


def test_an_aborted_set_frees_its_slots_at_once() -> None:
    stage = Stage.make()
    room = stage.opened()
    kept = stage.send(room, b"kept", text=True)
    cells = stage.put(room, bytes(250_000), text=False)
    room.intake.drain()
    assert room.status().file_cells_free == 12 - 1 - cells.count
    room.abort(cells)
    assert room.status().file_cells_free == 11
    room.abort(cells)
    stage.run = RamDisk()
    room = stage.start()
    stage.take(room, 1)
    assert {slot.set_id for slot in stage.slots()} == {kept}


def test_an_orderly_end_finishes_what_is_committed_and_frees_all_other_slots() -> None:
    stage = Stage.make()
    room = stage.opened()
    text, file = stage.put(room, b"committed", text=True), stage.put(room, bytes(250_000), text=False)
    room.intake.drain()
    late = stage.put(room, b"not committed", text=True)
    waiting = stage.put(room, b"asked for", text=True)
    asking = threading.Thread(target=room.commit, args=(waiting,))
    asking.start()
    with room.stores.changed:
        while not waiting.committing:
            assert room.stores.changed.wait(0.01) or asking.is_alive()
    room.commit(text)
    room.stop()
    asking.join(20)
    assert waiting.ended
    for ended in (file, late):
        room.abort(ended)
        with pytest.raises(MailroomDown):
            room.commit(ended)
    room = stage.start()
    assert room.status().file_cells_free == 12 - 2
    stage.export(room)
    assert {slot.set_id for slot in stage.slots()} == {text.set_id, waiting.set_id}


def test_an_aborted_set_leaves_nothing_waiting() -> None:
    stage = Stage.make()
    room = stage.opened()
    text, file = stage.put(room, b"no", text=True), stage.put(room, b"no", text=False)
    room.abort(text)
    room.abort(file)
    with pytest.raises(BadField):
        room.commit(text)
    with pytest.raises(BadField):
        room.put(file, Epoch(1, DAY), 1, CELL)
    room.tick()
    stage.export(room)
    assert stage.slots() == []


def test_a_set_may_lie_in_two_banks_and_only_its_later_part_can_be_freed() -> None:
    stage = Stage.make()
    room = stage.opened()
    file, stream = room.open_set(random_id(), text=False), bytes(200_000)
    epoch = room.status().epoch
    cells = stage.workstation.cells(epoch, file.set_id, stream)
    for index, cell in enumerate(cells[:2]):
        room.put(file, epoch, index, cell)
    stage.export(room)
    for index, cell in enumerate(cells[2:], 2):
        room.put(file, epoch, index, cell)
    room.commit(file)
    stage.run = RamDisk()
    room = stage.start()
    stage.take(room, 2)
    assert stage.workstation.stream(stage.slots(), file.set_id) == stream


def test_the_part_of_an_aborted_set_in_a_closed_bank_stays_and_is_incomplete() -> None:
    stage = Stage.make()
    room = stage.opened()
    file = stage.put(room, b"first half", text=False)
    stage.export(room)
    room.put(file, room.status().epoch, 1, CELL)
    room.abort(file)
    stage.run = RamDisk()
    room = stage.start()
    stage.take(room, 2)
    assert [slot.index for slot in stage.slots()] == [0]


def test_text_waits_for_ticks_and_at_most_five_cells_do() -> None:
    stage = Stage.make()
    room = stage.opened()
    sets = [stage.put(room, b"word", text=True) for _ in range(7)]
    assert [cells.waiting for cells in sets] == [0, 0, 1, 1, 1, 1, 1]
    for _ in range(5):
        room.tick()
    for cells in sets:
        room.commit(cells)


def test_bounds_of_a_set() -> None:
    stage = Stage.make()
    room = stage.opened()
    with pytest.raises(BadField):
        room.open_set(b"short", text=True)
    cells = room.open_set(random_id(), text=True)
    for index, cell in ((1, CELL), (0, CELL[1:])):
        with pytest.raises(BadField):
            room.put(cells, Epoch(1, DAY), index, cell)
    for index in range(TEXT_CELLS_MAX):
        room.put(cells, Epoch(1, DAY), index, CELL)
    with pytest.raises(TooLarge):
        room.put(cells, Epoch(1, DAY), TEXT_CELLS_MAX, CELL)


def test_only_keys_that_the_workstation_keeps_are_taken() -> None:
    """A seed may be erased once a bank closed after its day; such a cell must not come in a later bank."""
    stage = Stage.make()
    room = stage.opened()
    cells = room.open_set(random_id(), text=False)
    room.put(cells, Epoch(1, DAY), 0, CELL)
    stage.day += 2
    stage.export(room)
    assert erasable(Epoch(1, DAY), DAY + EPOCH_DAYS - 1, [ChainEnd(stage.header(1).closing_day, 1)])
    for stale in (Epoch(1, DAY), Epoch(1, DAY + 1), Epoch(2, DAY + 2), Epoch(0, DAY + 2), Epoch(1, DAY + 45)):
        with pytest.raises(StaleEpoch):
            room.put(cells, stale, 1, CELL)
    room.put(cells, Epoch(1, DAY + 2), 1, CELL)
    room.put(cells, Epoch(1, DAY + 44), 2, CELL)
    room.import_release(stage.next_release())
    room.put(cells, Epoch(1, DAY + 3), 3, CELL)  # of this bank's days, under the release before
    room.commit(cells)


def test_after_the_last_key_it_goes_on_being_used_until_the_release_expires() -> None:
    stage = Stage.make()
    room = stage.opened()
    stage.day = DAY + 50
    stage.export(room)
    status = room.status()
    assert (status.ready, status.keys_run_out, status.epoch) == (True, True, Epoch(1, DAY + 44))
    kept = stage.send(room, b"late words", text=True)
    stage.day = DAY + 91
    assert room.status().reason == "expired"
    cells = room.open_set(random_id(), text=True)
    with pytest.raises(Expired):
        room.put(cells, Epoch(1, DAY + 44), 0, CELL)
    stage.export(room)  # closes, although no bank can be opened
    assert stage.workstation.stream(stage.slots(), kept) == b"late words"
    assert stage.header(2).closing_day == DAY + 90  # nothing was taken in after that
    assert room.operator_status().open_since_day is None
    room.import_release(stage.next_release())
    assert room.status().epoch == Epoch(2, DAY + 91)


def test_a_clock_set_back_seals_to_no_erased_key() -> None:
    stage = Stage.make()
    room = stage.opened()
    stage.day = DAY + 10
    stage.export(room)
    stage.day = DAY - 400
    assert room.status().epoch == Epoch(1, DAY + 10)
    stage.run = RamDisk()
    room = stage.start()
    assert room.operator_status().closed[1].closing_day == DAY + 10
    assert room.status().epoch == Epoch(1, DAY + 10)


def test_a_clock_that_jumped_ahead_does_not_shut_the_room_for_good() -> None:
    stage = Stage.make()
    room = stage.opened()
    stage.day = DAY + 4_000
    stage.export(room)
    stage.day = DAY + 1
    room.import_release(stage.next_release())
    assert room.status().ready


@pytest.mark.parametrize("run_survives", [True, False])
def test_a_restart_goes_on_or_closes_the_bank(run_survives: bool) -> None:
    stage = Stage.make()
    room = stage.opened()
    kept = stage.send(room, b"before the restart", text=True)
    free = room.status().file_cells_free
    if not run_survives:
        stage.run = RamDisk()
    stage.day += 1
    room = stage.start()
    status = room.operator_status()
    if run_survives:
        assert (status.closed, status.open_since_day) == ((), DAY)
        assert room.status().file_cells_free == free
        stage.export(room)
    else:
        assert [bank.serial for bank in status.closed] == [1]
        assert status.open_since_day == DAY + 1
        stage.take(room, 1)
    assert stage.workstation.stream(stage.slots(), kept) == b"before the restart"


def test_the_bank_key_is_in_the_run_folder_only_while_the_bank_is_open() -> None:
    stage = Stage.make()
    room = stage.opened()
    assert room.stores.bank is not None
    key = room.stores.bank.key
    assert isinstance(stage.run, RamDisk)
    assert key in stage.run.image()["bank.key"]
    assert not any(key in content for content in stage.ram.image().values())
    stage.export(room)
    assert key not in stage.run.image()["bank.key"]
    stage.day += 91
    stage.export(room)
    assert stage.run.image() == {}


def test_a_damaged_slot_is_left_for_the_workstation_to_name() -> None:
    stage = Stage.make()
    room = stage.opened()
    fill(room, text=True)
    bank = State.load(stage.disk).find(BankState.OPEN)
    name = f"bank-{bank}"
    damaged = stage.disk.read(name, 10_000, 50)
    stage.disk.write(name, 10_000, bytes(byte ^ 1 for byte in damaged))
    for _ in range(100):
        room.tick()
    room = stage.start()
    room.make_export()
    stage.exports[1] = room.read_export(1, 0, room.export_size())
    with pytest.raises(SluisError) as told:
        stage.slots()
    assert told.value.code == "unopenable"


def test_a_tick_rewrites_one_slot_and_one_row() -> None:
    stage = Stage.make()
    room = stage.opened()
    for _ in range(30):
        before = stage.ram.image()
        room.tick()
        after = stage.ram.image()
        changed = sorted(name for name in after if after[name] != before[name])
        kinds = [name.split("-")[0] for name in changed]
        assert kinds == ["bank", "ring", "scratch"], changed


def test_ticks_keep_what_slots_hold() -> None:
    stage = Stage.make()
    room = stage.opened()
    kept = {stage.send(room, words, text=True): words for words in (b"a", b"b", b"c")}
    for _ in range(200):
        room.tick()
    stage.export(room)
    slots = stage.slots()
    assert {name: stage.workstation.stream(slots, name) for name in kept} == kept


def test_after_a_failed_write_nothing_is_acknowledged() -> None:
    stage = Stage.make()
    room = stage.opened()
    waiting = stage.put(room, b"words", text=True)
    file = stage.put(room, b"file", text=False)

    def fail(what: str) -> None:
        if what.startswith("sync"):
            raise OSError("the disk is gone")

    stage.ram.before_step = fail
    with pytest.raises(OSError, match="the disk is gone"):
        room.commit(file)
    stage.ram.before_step = lambda _what: None
    assert room.broken
    calls = (room.tick, room.status, room.operator_status, room.make_export, lambda: room.commit(waiting))
    for call in calls:
        with pytest.raises(MailroomDown):
            call()


def test_a_store_that_is_damaged_does_not_start() -> None:
    stage = Stage.make()
    stage.disk.write("state", 20, b"\xff")
    with pytest.raises(BadField):
        stage.start()
    stage = Stage.make()
    stage.disk.write("instance.record", 0, b"\xff")
    with pytest.raises(SluisError):
        stage.start()


def test_a_bank_has_at_least_as_many_slots_as_a_burst() -> None:
    stage = Stage.make()
    stage.site = SiteProfile(1, "demo", 15, 1, 3)
    with pytest.raises(ValueError, match="at least 16"):
        stage.start()


def test_an_incomplete_set_is_told_from_a_whole_one() -> None:
    stage = Stage.make()
    room = stage.opened()
    file = stage.put(room, bytes(150_000), text=False)
    room.intake.drain()
    stage.export(room)
    slots = [slot for slot in stage.slots() if slot.index != 1]
    with pytest.raises(Truncated):
        stage.workstation.stream(slots, file.set_id)
