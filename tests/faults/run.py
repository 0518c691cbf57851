"""`make faults`: cuts, kills and full disks, many more of them than `make test` has, and what survives.

`python -m tests.faults.run [--moments N] [--seed S]` prints a line for each and ends non-zero when a promise
was broken, or when software that is broken on purpose was not caught.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

from tests.faults.workstation import (
    PHASES,
    Phase,
    Scene,
    after_full,
    after_kill,
    moments,
    number_of_moments,
    room_needed,
    scene,
)
from tests.property import test_mailroom_crash as mailroom

_AT_ONCE = 2
_LIVES = 4
Found = TypeVar("Found")


@contextmanager
def _scene(phase: Phase) -> Iterator[tuple[Scene, Path]]:
    """An office that is ready for this phase, and a folder to find out about it in."""
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        place = Path(folder, "first")
        place.mkdir()
        yield scene(phase, Path(folder, "scene")), place


def _each(numbers: Sequence[int], one: Callable[[int, Path], Found]) -> list[Found]:
    """What comes of each of them, some at once, each in a folder of its own."""

    def alone(number: int) -> Found:
        with tempfile.TemporaryDirectory(prefix="faults-") as own:
            return one(number, Path(own))

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(alone, numbers))


def killed(phase: Phase, wanted: int, seed: int) -> Counter[str]:
    """The promises that kills of a workstation broke, each with how often."""
    with _scene(phase) as (made, place):
        count = number_of_moments(made, phase, place)
        chosen = moments(count, wanted, seed)
        print(f"  {phase.name}: {len(chosen)} of {count} moments", file=sys.stderr, flush=True)
        found = _each(chosen, lambda moment, own: after_kill(made, phase, moment, own))
        return Counter(promise for broken in found for promise in broken)


def filled(phase: Phase, wanted: int, seed: int) -> Counter[str]:
    """The promises that full disks of a workstation broke: from no room at all to just too little."""
    with _scene(phase) as (made, place):
        most = room_needed(made, phase, place)
        rooms = [room - 1 for room in moments(most, wanted, seed)]
        found = _each(rooms, lambda room, own: after_full(made, phase, room, own))
        full = sum(was_full for _, was_full in found)
        print(f"  {phase.name}: {full} of {len(rooms)} got full, room up to {most:,} bytes", file=sys.stderr)
        return Counter(promise for broken, _ in found for promise in broken)


def cut(ways: list[mailroom.Way], seed: int) -> Counter[str]:
    """The promises that power cuts of a mailroom broke, over several lives."""
    found: Counter[str] = Counter()
    for life in range(_LIVES):
        found.update(mailroom.cut_everywhere(ways, seed=seed + life, enough=1_000))
    return found


def main() -> int:
    """0 when nothing was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.run")
    parser.add_argument("--moments", type=int, default=60, help="kills and full disks of each kind of work")
    parser.add_argument("--seed", type=int, default=1, help="which moments, and which sectors are lost (1)")
    arguments = parser.parse_args()
    faults: list[tuple[str, Callable[[], Counter[str]]]] = [
        (
            f"the workstation is killed: {phase.name}",
            partial(killed, phase, arguments.moments, arguments.seed),
        )
        for phase in PHASES
    ]
    faults += [
        (
            f"the workstation's disk is full: {phase.name}",
            partial(filled, phase, arguments.moments, arguments.seed),
        )
        for phase in PHASES
    ]
    others = [mailroom.lost, mailroom.killed, mailroom.nearly_there, mailroom.torn_twice]
    faults += [
        ("the mailroom's power fails: writes torn", partial(cut, [mailroom.torn], arguments.seed)),
        ("the mailroom's power fails: writes lost, reordered", partial(cut, others, arguments.seed)),
    ]
    failed = 0
    for name, fault in faults:
        begun = time.monotonic()
        broken = fault()
        failed += bool(broken)
        said = "; ".join(f"{promise} ({often} times)" for promise, often in broken.items())
        print(f"{name}: {said or 'nothing lost'}  [{time.monotonic() - begun:.0f} s]", flush=True)
    early = mailroom.cut_everywhere([mailroom.lost], mailroom.acknowledging_early, enough=1_000)
    print(f"a mailroom that acknowledges too early: {'caught' if early else 'NOT CAUGHT'}")
    print(f"{failed} kinds of fault broke a promise" if failed else "no promise was broken")
    return 1 if failed or not early else 0


if __name__ == "__main__":
    sys.exit(main())
