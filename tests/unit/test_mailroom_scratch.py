"""The scratch: torn writes are repaired, and its entries do not tell which slots are taken."""

from collections import Counter

from mailroom.scratch import BATCH, FILE, SIZE
from mailroom.state import BankState, State
from mailroom.store import Mailroom
from sluis.bank import slot_offset
from sluis.limits import SLOT_SIZE, SiteProfile
from sluis.primitives import random_id, sha256
from tests.support.mailroom_stage import Stage
from tests.support.ram_disk import RamDisk

ENTRY = (SIZE - 17 * 512) // BATCH
WIDE = SiteProfile(1, "demo", 64, 1_048_576, banks=2)
HEAD = 45  # checksum 32, bank 1, serial 8, slot 4


def entries(stage: Stage) -> list[tuple[int, int, int, bytes]]:
    """Bank, serial, slot and content of every whole entry, as somebody reads them who seized the disk."""
    found = []
    for place in range(BATCH):
        data = stage.disk.read(FILE, place * ENTRY, HEAD + SLOT_SIZE)
        if sha256(data[32:]) == data[:32]:
            numbers = (data[32], int.from_bytes(data[33:41], "big"), int.from_bytes(data[41:45], "big"))
            found.append((*numbers, data[HEAD:]))
    return found


def assert_sound(stage: Stage) -> list[int]:
    """Sixteen different slots of the open bank, each just as it lies in the bank; their numbers."""
    index = State.load(stage.disk).find(BankState.OPEN)
    assert index is not None
    serial = State.load(stage.disk).banks[index].serial
    found = entries(stage)
    assert {(bank, number) for bank, number, _, _ in found} == {(index, serial)}
    for _, _, slot, sealed in found:
        assert stage.disk.read(f"bank-{index}", slot_offset(slot), SLOT_SIZE) == sealed
    slots = [slot for _, _, slot, _ in found]
    assert len(set(slots)) == len(slots) == BATCH
    return slots


def burst(stage: Stage, room: Mailroom, cells: int) -> None:
    file = room.open_set(random_id(), text=False)
    for index in range(cells):
        room.put(file, room.status().epoch, index, bytes(65_536))
    room.commit(file)


def test_entries_are_always_of_sixteen_different_slots_of_the_open_bank() -> None:
    stage = Stage.make(WIDE)
    room = stage.opened()
    assert_sound(stage)
    for _ in range(60):
        room.tick()
        assert_sound(stage)
    burst(stage, room, 21)
    assert_sound(stage)
    stage.send(room, b"words", text=True)
    assert_sound(stage)
    room = stage.start()
    assert_sound(stage)
    stage.export(room)
    assert_sound(stage)


def test_a_burst_leaves_the_same_picture_as_ticks() -> None:
    """Which places and which slots the entries have is uniform after a burst, as it is after ticks."""
    counts: Counter[int] = Counter()
    firsts: Counter[int] = Counter()
    stage = Stage.make(WIDE)
    room = stage.opened()
    rounds = 400
    for _ in range(rounds):
        file = room.open_set(random_id(), text=False)
        for index in range(BATCH):
            room.put(file, room.status().epoch, index, bytes(65_536))
        room.intake.drain()
        slots = assert_sound(stage)
        counts.update(slots)
        firsts[slots[0]] += 1
        room.abort(file)
    expected = rounds * BATCH / WIDE.slots
    chi = sum((counts[slot] - expected) ** 2 / expected for slot in range(WIDE.slots))
    assert chi < 140  # 63 degrees of freedom: one in ten million by chance
    assert max(firsts.values()) < 30  # 6.25 expected


def test_a_torn_slot_is_written_again_from_the_scratch() -> None:
    stage = Stage.make()
    room = stage.opened()
    kept = stage.send(room, b"words", text=True)
    index = State.load(stage.disk).find(BankState.OPEN)
    for _, _, slot, _ in entries(stage):
        stage.disk.write(f"bank-{index}", slot_offset(slot) + 30_000, bytes(1_000))
    stage.run = RamDisk()
    room = stage.start()
    stage.take(room, 1)
    assert stage.workstation.stream(stage.slots(), kept) == b"words"


def test_a_torn_entry_leaves_the_slot_alone() -> None:
    stage = Stage.make()
    room = stage.opened()
    kept = stage.send(room, b"words", text=True)
    for place in range(BATCH):
        stage.disk.write(FILE, place * ENTRY + 20_000, bytes(1_000))
    stage.run = RamDisk()
    room = stage.start()
    assert_sound(stage)
    stage.take(room, 1)
    assert stage.workstation.stream(stage.slots(), kept) == b"words"


def test_entries_of_a_closed_bank_are_not_written_into_its_successor() -> None:
    stage = Stage.make()
    room = stage.opened()
    old = stage.disk.read(FILE, 0, SIZE)
    stage.export(room)
    room.import_release(stage.next_release(acknowledged=stage.acknowledged(1)))
    stage.export(room)
    stage.disk.write(FILE, 0, old)  # as if no write had touched the scratch since
    stage.run = RamDisk()
    room = stage.start()
    for bank in room.operator_status().closed:
        stage.take(room, bank.serial)
    assert stage.slots() == []
