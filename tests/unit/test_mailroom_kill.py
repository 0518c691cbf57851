"""A process that is killed leaves the page cache; the next one must not build on what is only there."""

import random
from collections.abc import Callable

import pytest

from mailroom.store import Mailroom
from tests.support.mailroom_stage import Stage
from tests.support.ram_disk import RamDisk


class Killed(BaseException):
    """The process ends here."""


def kill_at(disk: RamDisk, moment: Callable[[str], bool], act: Callable[[], object]) -> None:
    """Acts until a step of the disk of which `moment` is true."""

    def before_step(what: str) -> None:
        if moment(what):
            raise Killed

    disk.before_step = before_step
    with pytest.raises(Killed):
        act()


def nth(number: int) -> Callable[[str], bool]:
    """True at the step of this number, from 0."""
    left = iter(range(number, -1, -1))
    return lambda _what: next(left) == 0


def after(stage: Stage, disk: RamDisk, run: RamDisk) -> Stage:
    """The same server, with what is left of its folders."""
    return Stage(stage.workstation, stage.request, stage.site, disk, run, stage.day, stage.newest)


def after_kill(stage: Stage) -> Stage:
    assert isinstance(stage.run, RamDisk)
    return after(stage, stage.ram.killed(), stage.run.killed())


def exported(stage: Stage, room: Mailroom) -> Stage:
    for bank in room.operator_status().closed:
        stage.take(room, bank.serial)
    return stage


def test_entries_that_only_the_page_cache_holds_are_synced_before_they_are_used() -> None:
    """Killed before the sync of the scratch; the next start loses power at each of its steps in turn."""
    stage = Stage.make()
    room = stage.opened()
    kept = [stage.send(room, b"words", text=True) for _ in range(16)]
    kill_at(stage.ram, lambda what: what == "sync scratch", room.tick)
    chance = random.Random(3)
    for step in range(40):
        second = after_kill(stage)
        kill_at(second.ram, nth(step), second.start)
        third = after(stage, second.ram.after_power_cut(chance), RamDisk())
        slots = exported(third, third.start()).slots()
        assert [third.workstation.stream(slots, set_id) for set_id in kept] == [b"words"] * 16


def test_a_bank_whose_opening_is_not_on_the_medium_takes_nothing_in() -> None:
    """Killed between the renaming of `state`, with the first bank opened, and the sync of the folder."""
    stage = Stage.make()
    room = stage.start()
    release = stage.next_release()
    steps: list[str] = []

    def opening_not_synced(what: str) -> bool:
        steps.append(what)
        return steps[-2:] == ["rename state", "sync folder"]

    kill_at(stage.ram, opening_not_synced, lambda: room.import_release(release))
    second = after_kill(stage)
    room = second.start()
    assert room.operator_status().open_since_day == stage.day
    kept = second.send(room, b"words", text=True)
    third = after(stage, second.ram.after_power_cut(random.Random(1), 0.0), RamDisk())
    assert third.workstation.stream(exported(third, third.start()).slots(), kept) == b"words"


def test_no_moment_of_a_kill_while_an_export_is_made_wastes_a_bank() -> None:
    """Whichever bank is open afterwards has its key in the run folder, and goes on."""
    stage = Stage.make()
    room = stage.opened()
    kept = stage.send(room, b"words", text=True)
    assert isinstance(stage.run, RamDisk)
    found: list[tuple[int, int]] = []

    def before_step(_what: str) -> None:
        second = after_kill(stage)
        room = second.start()
        status = room.operator_status()
        found.append((len(status.closed), status.free_banks))
        if not status.closed:
            assert second.export(room) == 1
        assert second.workstation.stream(exported(second, room).slots(), kept) == b"words"

    stage.ram.before_step = stage.run.before_step = before_step
    room.make_export()
    assert set(found) == {(0, 2), (1, 1)}
    assert sorted(found) == found
