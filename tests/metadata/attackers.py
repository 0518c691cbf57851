"""Trained attackers for a game with two worlds, and what the best of them can do at 95 % confidence.

Each attacker is fitted on the first part of the rounds and judged on the rest, which it never saw. The claim
holds for these attackers, on the features that they are given, and for no others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from tests.metadata.bounds import share_upper
from tests.metadata.experiment import Outcome, Scale

Floats = NDArray[np.float64]
ATTACKERS: dict[str, Callable[[], Any]] = {
    "logistic regression": lambda: make_pipeline(StandardScaler(), LogisticRegression(C=0.05, max_iter=2000)),
    "random forest": lambda: RandomForestClassifier(120, min_samples_leaf=3),
    "boosted trees": lambda: GradientBoostingClassifier(n_estimators=60, subsample=0.7, max_features="sqrt"),
    "nearest neighbours": lambda: make_pipeline(StandardScaler(), KNeighborsClassifier(5)),
}
_TRAIN_SHARE = 0.2
_TRAIN_LEAST = 500  # with few rounds, 40 % of them
_FULL_BOUND = 0.525
# The best of four attackers in some games, by chance alone: beyond 4.4 errors less than once in 10,000.
_ROOM = 4.4
_ONE_SIDED = 1.645


@dataclass(frozen=True)
class Verdict:
    """How well the best attacker did in one game."""

    game: str
    attacker: str
    hits: int
    tests: int

    @property
    def accuracy(self) -> float:
        return self.hits / self.tests

    @property
    def upper(self) -> float:
        """The highest true accuracy that its hits allow."""
        return share_upper(self.hits, self.tests)

    def __str__(self) -> str:
        said = f"{self.game} {self.accuracy:.3f}, at most {self.upper:.3f}"
        return f"{said} ({self.attacker}, {self.tests:,} tests)"

    def bound(self, scale: Scale) -> float:
        """What `upper` is held to: as written with all rounds; with fewer, what chance needs at this n."""
        if scale.full:
            return _FULL_BOUND
        return 0.5 + (_ROOM + _ONE_SIDED) * 0.5 / sqrt(self.tests)

    def holds(self, scale: Scale) -> bool:
        return self.upper <= self.bound(scale)


def play(game: str, features: Floats, worlds: NDArray[np.bool_]) -> Verdict:
    """The best attacker's verdict; `worlds` must be drawn evenly, in an order that says nothing."""
    at = min(max(int(len(features) * _TRAIN_SHARE), _TRAIN_LEAST), int(len(features) * 0.4))
    moving = features[:, features[:at].std(axis=0) > 0]
    if not moving.shape[1]:
        moving = np.zeros((len(features), 1))
    verdicts = []
    with threadpool_limits(1):
        for name, make in ATTACKERS.items():
            attacker = make().fit(moving[:at], worlds[:at])
            hits = int((attacker.predict(moving[at:]) == worlds[at:]).sum())
            verdicts.append(Verdict(game, name, hits, len(worlds) - at))
    return max(verdicts, key=lambda verdict: verdict.hits)


def balanced(
    features: Floats, zero: NDArray[np.bool_], one: NDArray[np.bool_], chance: np.random.Generator
) -> tuple[Floats, NDArray[np.bool_]]:
    """As many rounds of world 0 as of world 1, in random order."""
    zeros, ones = np.flatnonzero(zero), np.flatnonzero(one)
    each = min(len(zeros), len(ones))
    drawn = np.concatenate(
        [chance.choice(zeros, each, replace=False), chance.choice(ones, each, replace=False)]
    )
    chance.shuffle(drawn)
    return features[drawn], one[drawn]


def outcome(verdicts: list[Verdict], scale: Scale) -> Outcome:
    """All games when all hold, else the game that is lost most clearly."""
    lost = [verdict for verdict in verdicts if not verdict.holds(scale)]
    told = [max(lost, key=lambda verdict: verdict.accuracy)] if lost else verdicts
    bounds = sorted({f"{verdict.bound(scale):.3f}" for verdict in verdicts})
    return Outcome(
        "; ".join(map(str, told)),
        f"95 % upper bound of the best attacker's accuracy <= {', '.join(bounds)}",
        not lost,
    )
