"""Ten days at a line: who reported when and how much, who read it, who answered. Both servers get the same.

A model of plausible work, drawn by a seeded generator, so that the truth is the same in every run. Times are
seconds since 1970, UTC. Sources are numbered in the order of their first report.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace

DAY_S = 86_400
FIRST_DAY = 20_000
COUNSELLORS = ("mira", "joost", "ayla", "tomas")
_SHARE_OF_COUNSELLORS = (4, 3, 2, 1)
# Reports come mostly in the evening, answers in office hours; one weight an hour.
_REPORT_HOURS = (2, 1, 1, 1, 1, 1, 2, 3, 3, 3, 3, 3, 4, 4, 3, 3, 4, 5, 6, 8, 9, 8, 6, 4)
_ANSWER_HOURS = (0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 5, 5, 2, 4, 5, 5, 3, 0, 0, 0, 0, 0, 0, 0)
_MOST_REPORTS = 8
_TEXT, _FILE = "text", "file"


@dataclass
class Hidden:
    """The stored pieces of a server by name, and whether each is a report (or a part), or an answer."""

    reports: dict[str, bool] = field(default_factory=dict)
    answers: dict[str, bool] = field(default_factory=dict)


@dataclass(frozen=True)
class Report:
    """A text or a file that a source sent; `readers` are counsellors."""

    source: int
    at: int
    kind: str
    size: int
    readers: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Answer:
    """What a counsellor wrote to a source; `deleted` when the source had it removed (at `deleted_at`)."""

    source: int
    author: str
    at: int
    size: int
    deleted_at: int = 0

    @property
    def deleted(self) -> bool:
        return self.deleted_at > 0


@dataclass(frozen=True)
class Traffic:
    """Everything that happened, each list in order of time."""

    sources: int
    first_day: int
    days: int
    reports: tuple[Report, ...]
    answers: tuple[Answer, ...]

    @property
    def end(self) -> int:
        """The moment of the seizure."""
        return (self.first_day + self.days) * DAY_S

    def of(self, source: int) -> list[Report]:
        """The reports of one source."""
        return [report for report in self.reports if report.source == source]


def draw(seed: int, sources: int = 50, days: int = 10) -> Traffic:
    """The traffic of this seed."""
    chance = random.Random(seed)
    reports: list[Report] = []
    answers: list[Answer] = []
    end = (FIRST_DAY + days) * DAY_S
    for source in range(sources):
        handler = chance.choices(COUNSELLORS, _SHARE_OF_COUNSELLORS)[0]
        mine = sorted(_moment(chance, days) for _ in range(_how_many(chance)))
        for number, at in enumerate(mine):
            kind = _FILE if number and chance.random() < 0.5 else _TEXT
            reports.append(Report(source, at, kind, _size(chance, kind), _readers(chance, handler, at, end)))
            answer = _answer(chance, source, handler, at, end)
            if answer and chance.random() < 0.6:
                answers.append(answer)
    return _in_order(Traffic(sources, FIRST_DAY, days, tuple(reports), tuple(answers)))


def _how_many(chance: random.Random) -> int:
    count = 1
    while count < _MOST_REPORTS and chance.random() < 0.65:
        count += 1
    return count


def _moment(chance: random.Random, days: int) -> int:
    hour = chance.choices(range(24), _REPORT_HOURS)[0]
    return (FIRST_DAY + chance.randrange(days)) * DAY_S + hour * 3_600 + chance.randrange(3_600)


def _size(chance: random.Random, kind: str) -> int:
    if kind == _TEXT:
        return min(40_000, int(chance.lognormvariate(7.0, 1.1)) + 40)
    return min(6_000_000, int(chance.lognormvariate(12.0, 1.3)) + 2_000)


def _readers(chance: random.Random, handler: str, at: int, end: int) -> frozenset[str]:
    if end - at < DAY_S // 2:
        return frozenset()
    return frozenset(name for name in COUNSELLORS if name == handler or chance.random() < 0.15)


def _answer(chance: random.Random, source: int, handler: str, at: int, end: int) -> Answer | None:
    day = at // DAY_S + 1 + chance.randrange(2)
    hour = chance.choices(range(24), _ANSWER_HOURS)[0]
    written = day * DAY_S + hour * 3_600 + chance.randrange(3_600)
    author = handler if chance.random() < 0.85 else chance.choice(COUNSELLORS)
    deleted_at = written + DAY_S + chance.randrange(2 * DAY_S) if chance.random() < 0.4 else 0
    if written >= end:
        return None
    return Answer(
        source, author, written, 300 + chance.randrange(4_000), deleted_at if deleted_at < end else 0
    )


def _in_order(traffic: Traffic) -> Traffic:
    """Everything by time, sources numbered by their first report."""
    reports = sorted(traffic.reports, key=lambda report: report.at)
    number = {source: at for at, source in enumerate(dict.fromkeys(report.source for report in reports))}
    return replace(
        traffic,
        reports=tuple(replace(report, source=number[report.source]) for report in reports),
        answers=tuple(
            replace(answer, source=number[answer.source])
            for answer in sorted(traffic.answers, key=lambda answer: answer.at)
        ),
    )
