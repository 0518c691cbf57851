"""Experiment 12: the power is cut at every step, and what was called received can always be put together.

A layer between the mailroom and its disk remembers what was synced. Before each write, sync, rename and
removal it shows what a cut would leave: unsynced sectors lost, torn or in another order. On that a mailroom
starts, and everything it hands out is taken apart as the workstation does it. `kill -9` alone could not show
this, since the page cache survives it; here the power goes after it as well.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from functools import partial

from tests.metadata.experiment import Experiment, Outcome, Scale
from tests.property.test_mailroom_crash import (
    Life,
    Way,
    as_it_is,
    broken_promises,
    killed,
    lost,
    nearly_there,
    torn,
    torn_twice,
)
from tests.support.mailroom_stage import Stage
from tests.support.ram_disk import RamDisk

_WAYS = (torn, lost, nearly_there, killed, torn_twice)
_STRIDE = 5  # the fast form goes one way at every fifth step, where the full form goes every way at each
_TICKS = 3
_ENOUGH = 3  # broken promises, after which a broken variant need not be looked at any further


class _Cuts:
    """Looks at what a cut would leave, before each step of one life."""

    def __init__(self, scale: Scale, ways: Sequence[Way], enough: int) -> None:
        self._scale = scale
        self._ways = ways
        self._enough = enough
        self._chance = random.Random(12)
        self._stage = Stage.make()
        self._life = Life(self._stage, as_it_is, _TICKS)
        self.found: Counter[str] = Counter()
        self.steps = self.cuts = self.sets = 0

    def _now(self) -> Sequence[Way]:
        if self._scale.full:
            return self._ways
        return () if self.steps % _STRIDE else (self._ways[self.steps // _STRIDE % len(self._ways)],)

    def _before_step(self, _what: str) -> None:
        for way in self._now():
            if self.found.total() < self._enough:
                self.found.update(broken_promises(self._life, way(self._stage, self._chance)))
                self.cuts += 1
                self.sets += len(self._life.promises.sets)
        self.steps += 1

    def play(self) -> None:
        """The whole life."""
        assert isinstance(self._stage.run, RamDisk)
        self._stage.ram.before_step = self._stage.run.before_step = self._before_step
        self._life.play()


def _measure(scale: Scale, ways: Sequence[Way] = _WAYS, enough: int = 1_000) -> Outcome:
    cuts = _Cuts(scale, ways, enough)
    cuts.play()
    broken = "".join(f"; {what}: {times}" for what, times in sorted(cuts.found.items()))
    figure = f"{cuts.found.total()} promises broken in {cuts.cuts} cuts at {cuts.steps} steps"
    held = not cuts.found and cuts.cuts > 0 and cuts.sets > 0
    return Outcome(f"{figure}, {cuts.sets} received sets looked at{broken}", "0 promises broken", held)


EXPERIMENT = Experiment(
    12,
    "the power cut at every step: what was called received always reassembles",
    _measure,
    {"synced-first": partial(_measure, ways=(lost,), enough=_ENOUGH)},
)
