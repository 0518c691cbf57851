"""The questions, and how far an analyst answers each better than somebody who never saw the disk.

Chance is not a coin: the guesser knows how such lines work, so it knows the model that the traffic was drawn
from, and gives to each item the answer that is most frequent in worlds of its own. How often that is right in
further worlds is chance, and how its hits spread there is the test (one-sided, by Monte Carlo): an analyst
is beyond chance when fewer than one world in 200 would give the guesser as many hits. Where the disk says
nothing the analyst guesses in the same way.

Which pieces hold something is asked by the marks of the analyst (Mann-Whitney within each file, the mark that
tells most, in its better direction, Bonferroni): more than an analyst could, who would not know which.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from tests.metadata.seizures.findings import Findings, FoundAnswer, FoundReport
from tests.metadata.seizures.traffic import COUNSELLORS, DAY_S, Hidden, Traffic, draw

ALPHA = 1 / 200
ALPHA_MARKS = 1 / 100_000
"""Marks are random anew in each run, so a false alarm must be rare; with few slots Mann-Whitney's p is low by
a factor of three (labels shuffled within each file, 1,500 times), which this leaves room for."""

WORLDS = 400
MOST_SOURCES = 250
"""A line has anything from 1 to this number of sources, for all that the guesser knows."""

_CLASSES = (1_024, 4_096, 65_536, 524_288)
Item = Any
Question = Callable[[Findings], list[Item]]


def _per_source(found: Findings, value: Callable[[list[FoundReport]], Item]) -> list[Item]:
    mine: defaultdict[int | None, list[FoundReport]] = defaultdict(list)
    for report in found.reports:
        mine[report.source].append(report)
    return [value(mine[source]) for source in range(found.sources or 0)]


def _hour(at: float | None) -> int | None:
    return None if at is None else int(at) // 3_600


def _day(at: float | None) -> int | None:
    return None if at is None else int(at) // DAY_S


def _last(reports: list[FoundReport]) -> float | None:
    return max((report.at for report in reports if report.at is not None), default=None)


def _class(size: int | None) -> int | None:
    return None if size is None else sum(size > limit for limit in _CLASSES)


def _reading(found: Findings) -> list[Item]:
    return [
        None if report.readers is None else name in report.readers
        for report in found.reports
        for name in COUNSELLORS
    ]


QUESTIONS: Mapping[str, Question] = {
    "how many reports each source sent": lambda found: _per_source(found, len),
    "day on which each source last wrote": lambda found: _per_source(found, lambda mine: _day(_last(mine))),
    "hour in which each source last wrote": lambda found: _per_source(found, lambda mine: _hour(_last(mine))),
    "who sent each report": lambda found: [report.source for report in found.reports],
    "day of each report": lambda found: [_day(report.at) for report in found.reports],
    "size of each report, in five classes": lambda found: [_class(report.size) for report in found.reports],
    "whether each report is a text or a file": lambda found: [report.kind for report in found.reports],
    "which counsellors read each report": _reading,
    "to whom each answer went": lambda found: [answer.source for answer in found.answers],
    "which counsellor wrote each answer": lambda found: [answer.author for answer in found.answers],
    "hour of each answer": lambda found: [_hour(answer.at) for answer in found.answers],
    "which answers were deleted": lambda found: [answer.deleted for answer in found.answers],
}
NUMBER = "how many sources there are"
REPORT_PIECES = "which stored pieces are reports"
ANSWER_PIECES = "which stored pieces are answers"
ALL = (NUMBER, *QUESTIONS, REPORT_PIECES, ANSWER_PIECES)


def truth_of(traffic: Traffic) -> Findings:
    """What somebody would say who saw everything."""
    return Findings(
        traffic.sources,
        [FoundReport(one.source, one.at, one.kind, one.size, one.readers) for one in traffic.reports],
        [FoundAnswer(one.source, one.author, one.at, one.deleted) for one in traffic.answers],
    )


@dataclass(frozen=True)
class Score:
    """One question on one disk; `beyond`: the share recovered of what chance leaves open, 0 within chance."""

    question: str
    asked: int
    hits: float
    chance: float
    p: float
    significant: bool
    answers: tuple[Item, ...] = ()

    @property
    def beyond(self) -> float:
        if not self.significant or self.asked <= self.chance:
            return 0.0
        return (self.hits - self.chance) / (self.asked - self.chance)


class Examiner:
    """Asks everything of analysts, for one truth; `worlds`: how many the guesser saw, and is tried in."""

    def __init__(self, traffic: Traffic, worlds: int = WORLDS) -> None:
        self._truth = truth_of(traffic)
        self.truth = {name: question(self._truth) for name, question in QUESTIONS.items()}
        self.truth[NUMBER] = [traffic.sources]
        seen = [self._world(seed, traffic) for seed in range(1_000_000, 1_000_000 + worlds)]
        further = [self._world(seed, traffic) for seed in range(2_000_000, 2_000_000 + worlds)]
        self.guesses = {name: self._guess(name, seen) for name in QUESTIONS}
        self._spreads = {
            name: [_hits(self.guesses[name], self._fitted(name, world[name])) for world in further]
            for name in QUESTIONS
        }

    @staticmethod
    def _world(seed: int, like: Traffic) -> dict[str, list[Item]]:
        world = truth_of(draw(seed, like.sources, like.days))
        return {name: question(world) for name, question in QUESTIONS.items()}

    def _fitted(self, name: str, items: Sequence[Item]) -> list[Item]:
        """As many items as are asked for, those of another world at the same share of the way."""
        count = len(self.truth[name])
        return [items[number * len(items) // count] for number in range(count)] if items else [None] * count

    def _guess(self, name: str, seen: Sequence[Mapping[str, list[Item]]]) -> list[Item]:
        columns = zip(*(self._fitted(name, world[name]) for world in seen), strict=True)
        return [Counter(column).most_common(1)[0][0] for column in columns]

    def examine(self, found: Findings, hidden: Hidden) -> list[Score]:
        """All questions."""
        return [
            self._number(found),
            *(self._ask(name, question, found) for name, question in QUESTIONS.items()),
            _pieces(REPORT_PIECES, found.report_marks, hidden.reports),
            _pieces(ANSWER_PIECES, found.answer_marks, hidden.answers),
        ]

    def _number(self, found: Findings) -> Score:
        truth = self.truth[NUMBER][0]
        said = found.sources if found.sources is not None else MOST_SOURCES // 2
        off = abs(said - truth)
        p = sum(abs(other - truth) <= off for other in range(1, MOST_SOURCES + 1)) / MOST_SOURCES
        return Score(NUMBER, 1, float(off == 0), 1 / MOST_SOURCES, p, off == 0 and p <= ALPHA, (said,))

    def _ask(self, name: str, question: Question, found: Findings) -> Score:
        said, guess, truth = question(found), self.guesses[name], self.truth[name]
        answers = [
            said[number] if number < len(said) and said[number] is not None else guess[number]
            for number in range(len(truth))
        ]
        hits, spread = _hits(answers, truth), self._spreads[name]
        p = (1 + sum(other >= hits for other in spread)) / (1 + len(spread))
        return Score(name, len(truth), hits, float(np.mean(spread)), p, p <= ALPHA, tuple(answers))


def _hits(said: Sequence[Item], truth: Sequence[Item]) -> int:
    return sum(one == other for one, other in zip(said, truth, strict=True))


def _pieces(name: str, marks: Mapping[str, tuple[float, ...]], hidden: Mapping[str, bool]) -> Score:
    """Hits are the area under the curve of the best mark, so that chance is half of it."""
    names = [piece for piece in hidden if piece in marks]
    if not names or len({hidden[piece] for piece in names}) < 2:
        return Score(name, 1, 0.5, 0.5, 1.0, significant=False)
    table = np.array([marks[piece] for piece in names], float)
    places = np.array([piece.split("/")[0] for piece in names])
    for place in set(places):
        inside = places == place
        table[inside] = (stats.rankdata(table[inside], axis=0) - 0.5) / inside.sum()
    holds = np.array([hidden[piece] for piece in names])
    best, p = 0.5, 1.0
    for mark in table.T:
        test = stats.mannwhitneyu(mark[holds], mark[~holds], alternative="two-sided", method="asymptotic")
        area = float(test.statistic) / (int(holds.sum()) * int((~holds).sum()))
        if test.pvalue < p:
            best, p = max(area, 1 - area), float(test.pvalue)
    p = min(1.0, p * table.shape[1])
    return Score(name, 1, best, 0.5, p, p <= ALPHA_MARKS, (f"{best:.2f}",))
