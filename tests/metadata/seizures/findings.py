"""What an analyst says of a seized folder, in the terms of the questions that are asked."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class FoundReport:
    """A report as far as it was recovered; None where nothing on the disk tells."""

    source: int | None = None
    at: float | None = None
    kind: str | None = None
    size: int | None = None
    readers: frozenset[str] | None = None
    piece: str = ""


@dataclass
class FoundAnswer:
    """An answer as far as it was recovered."""

    source: int | None = None
    author: str | None = None
    at: float | None = None
    deleted: bool | None = None
    piece: str = ""


@dataclass
class Findings:
    """Sources in the order in which they first came, reports and answers in the order of their arrival.

    `report_marks` and `answer_marks` give each stored piece its marks: numbers of which one may, by being
    high or low, tell pieces that hold something from those that do not. `notes` is what else was learnt.
    """

    sources: int | None = None
    reports: list[FoundReport] = field(default_factory=list)
    answers: list[FoundAnswer] = field(default_factory=list)
    report_marks: dict[str, tuple[float, ...]] = field(default_factory=dict)
    answer_marks: dict[str, tuple[float, ...]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
