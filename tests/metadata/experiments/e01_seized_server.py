"""Experiment 1: a seized server does not tell whether anybody wrote, who, or whether anybody was answered.

Each round is a server with a fresh bank and a fresh release. Nobody writes, or A (three texts), or B
(one text and a file of eleven cells); eight rows of the newest release are answers, or unused. Then it is
seized: all its files, what the keys in its key slots open, and `stat`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from sluis.ring import unused_row
from tests.metadata.answers import answer
from tests.metadata.attackers import balanced, outcome, play
from tests.metadata.experiment import Experiment, Outcome, Scale, counted
from tests.metadata.features import seized
from tests.metadata.server import Server, server

_TICKS = 8
_ANSWERS = 8
_TEXT = "Two men from the consulate asked me for the names of everybody who spoke at the meeting. "
_SHORT, _LONG, _FILE = _TEXT.encode(), _TEXT.encode() * 500, _TEXT.encode() * 7_900
_NOBODY, _A, _B = range(3)


def _actions(place: Server, writer: int) -> list[Callable[[], object]]:
    if writer == _A:
        return [partial(place.put, text, text=True) for text in (_SHORT, _LONG, _SHORT)]
    if writer == _B:
        return [partial(place.put, _LONG, text=True), partial(place.put, _FILE, text=False)]
    return []


def _measure(scale: Scale, rounds: int) -> Outcome:
    chance = np.random.default_rng()
    writers = chance.integers(0, 3, rounds)
    answered = chance.integers(0, 2, rounds).astype(bool)
    found = []
    with server(scale.n(64, 32)) as place:
        instance_id, release = place.stage.workstation.record.instance_id, place.room.stores.ring.newest
        worlds = list(zip(writers, answered, strict=True))
        for writer, answers in counted(worlds, "experiment 1, rounds"):
            place.next_bank()
            fresh = [answer(instance_id, release).row if answers else unused_row() for _ in range(_ANSWERS)]
            place.install(fresh)
            place.run(_TICKS, _actions(place, int(writer)))
            found.append(seized(place.folder, release))
    features = np.array(found)
    written = balanced(features, writers == _NOBODY, writers != _NOBODY, chance)
    author = balanced(features, writers == _A, writers == _B, chance)
    verdicts = [
        play("0 or k reports:", *written),
        play("A or B writes:", *author),
        play("0 or 8 answers:", features, answered),
    ]
    return outcome(verdicts, scale)


EXPERIMENT = Experiment(
    1,
    "a seized server does not tell whether anybody wrote, who, or whether anybody was answered",
    lambda scale: _measure(scale, scale.n(22_500, 200)),
    dict.fromkeys(
        ("sealed-free-slots", "sealed-unused-rows"), lambda scale: _measure(scale, scale.n(1_000, 130))
    ),
)
