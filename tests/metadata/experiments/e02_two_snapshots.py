"""Experiment 2: two snapshots of the disk a day apart do not tell whether texts are there or came between.

64 slots, and as many ticks for each slot as on the largest site, whose covers are the thinnest: in a day it
rewrites a slot 2.6 times, so 169 ticks; in an hour 7, in a minute at least 1. Half of the servers hold eight
texts at the first snapshot; in half of them (drawn apart) as many as eight texts, or a file of 16 cells, come
before the second. Only texts over a day are held to the bound: files are written at once, and a burst shows.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from sluis.limits import LARGE
from tests.metadata.attackers import Verdict, balanced, outcome, play
from tests.metadata.experiment import Experiment, Outcome, Scale, counted
from tests.metadata.server import Server, server
from tests.metadata.snapshots import Camera, compared

_TEXTS = 8
_BEFORE = 16
_SPANS = {"a day": 86_400, "an hour": 3_600, "a minute": 60}
_TEXT = b"They know where my sister lives and say so. "
_FILE = _TEXT * 22_800  # 16 cells


def _ticks(seconds: int, slots: int) -> int:
    return max(1, round(seconds * slots / LARGE.slots))


def _texts(place: Server, count: int) -> list[Callable[[], object]]:
    return [partial(place.put, _TEXT, text=True) for _ in range(count)]


def _pairs(place: Server, rounds: int, span: str, *, files: bool) -> list[Verdict]:
    """The games "texts before or not" and "anything between or not" over so many pairs of snapshots."""
    ticks = _ticks(_SPANS[span], place.slots)
    chance = np.random.default_rng()
    before, between = chance.integers(0, 2, (2, rounds)).astype(bool)
    camera = Camera(place)
    found = []
    worlds = list(zip(before, between, strict=True))
    for early, late in counted(worlds, f"experiment 2, pairs {span} apart"):
        place.empty_bank()
        place.run(_BEFORE, _texts(place, _TEXTS if early else 0))
        first = camera.take()
        coming = [partial(place.put, _FILE, text=False)] if files else _texts(place, min(_TEXTS, ticks))
        place.run(ticks, coming if late else [])
        found.append(compared(first, camera.take()))
    features = np.array(found)
    games = [("text between", between)] if not files else [("file between", between)]
    if not files:
        games.append(("text before", before))
    return [play(f"{name}, {span}:", *balanced(features, ~worlds, worlds, chance)) for name, worlds in games]


def _measure(scale: Scale, rounds: int, others: int) -> Outcome:
    with server(scale.n(64, 32)) as place:
        held = outcome(_pairs(place, rounds, "a day", files=False), scale)
        reported = []
        for span in ("an hour", "a minute") if others else ():
            reported += _pairs(place, others, span, files=False)
        for span in _SPANS if others else ():
            reported += _pairs(place, others // 2, span, files=True)
    said = "".join(f"; {verdict.game} {verdict.accuracy:.2f}" for verdict in reported)
    return Outcome(held.figure + (f"; not held to it{said}" if said else ""), held.bound, held.holds)


EXPERIMENT = Experiment(
    2,
    "two snapshots a day apart do not tell whether there are texts, or whether any came in between",
    lambda scale: _measure(scale, scale.n(15_500, 150), scale.n(2_000, 0)),
    {"covers-everywhere": lambda scale: _measure(scale, scale.n(1_000, 130), 0)},
)
