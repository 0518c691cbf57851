"""A closed world: three classifiers that must name the page of a trace, and what the best of them can do.

Five-fold cross-validation: each trace is named by classifiers that were trained on the other four fifths, and
never saw it. Pages are drawn evenly and independently, so a guess is right as often as chance says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import KFold, cross_val_predict
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from threadpoolctl import threadpool_limits

from tests.metadata.bounds import share_lower, share_upper
from tests.metadata.wire.features import Floats

CLASSIFIERS: dict[str, Callable[[], Any]] = {
    "random forest": lambda: RandomForestClassifier(100, random_state=1),
    "nearest neighbours": lambda: make_pipeline(StandardScaler(), KNeighborsClassifier(5)),
    "support vectors": lambda: make_pipeline(StandardScaler(), SVC(C=10.0)),
}
_FOLDS = 5
# The bound stands 1.64 errors of chance above what was found. The best of three classifiers on five questions
# is by chance alone beyond 3.8 errors less than once in a thousand runs.
_ERRORS = 1.645 + 3.8


@dataclass(frozen=True)
class Told:
    """How often the best classifier was right about one question with `kinds` answers."""

    question: str
    kinds: int
    classifier: str
    hits: int
    traces: int

    @property
    def accuracy(self) -> float:
        return self.hits / self.traces

    @property
    def chance(self) -> float:
        return 1 / self.kinds

    @property
    def upper(self) -> float:
        """The highest true accuracy that the hits allow, at 95 %."""
        return share_upper(self.hits, self.traces)

    @property
    def bound(self) -> float:
        """What `upper` is held to: chance, and what chance alone needs with so many traces."""
        return self.chance + _ERRORS * sqrt(self.chance * (1 - self.chance) / self.traces)

    @property
    def holds(self) -> bool:
        return self.upper <= self.bound

    @property
    def caught(self) -> bool:
        """Not by chance: the lowest true accuracy that the hits allow is beyond the bound, too."""
        return share_lower(self.hits, self.traces) > self.bound

    def __str__(self) -> str:
        return (
            f"{self.question}: {self.accuracy:.3f}, at most {self.upper:.3f} (chance {self.chance:.3f}, "
            f"bound {self.bound:.3f}; {self.classifier}, {self.traces:,} traces)"
        )


def name_pages(question: str, features: Floats, answers: Sequence[str], known: Sequence[str]) -> Told:
    """The best of the classifiers; each is trained apart for every value of what is `known` to it already."""
    names, groups = np.array(answers), np.array(known)
    found = []
    with threadpool_limits(1):
        for name, make in CLASSIFIERS.items():
            hits = 0
            for group in np.unique(groups):
                mine = groups == group
                said = cross_val_predict(make(), features[mine], names[mine], cv=KFold(_FOLDS))
                hits += int((said == names[mine]).sum())
            found.append(Told(question, len(set(answers)), name, hits, len(names)))
    return max(found, key=lambda told: told.hits)
