"""Times of the same thing done many times, and tables of them."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Times:
    """Seconds of each round."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """Half of the rounds took less."""
        return statistics.median(self.seconds)

    @property
    def most(self) -> float:
        """The 95th percentile."""
        return statistics.quantiles(self.seconds, n=20, method="inclusive")[-1]


def timed(acts: Iterable[Callable[[], object]]) -> Times:
    """One round for each; the first is done twice, and counts the second time only."""
    seconds = []
    for number, act in enumerate(acts):
        if not number:
            act()
        begun = time.perf_counter()
        act()
        seconds.append(time.perf_counter() - begun)
    return Times(tuple(seconds))


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as their widest cell; the first to the left, the others to the right."""
    widths = [max(len(row[at]) for row in (head, *rows)) for at in range(len(head))]
    lines = []
    for row in (head, *rows):
        first = row[0].ljust(widths[0])
        others = [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        lines.append("  ".join([first, *others]).rstrip())
    return "\n".join(lines)


def ms(seconds: float) -> str:
    """Milliseconds, with one digit after the point."""
    return f"{seconds * 1_000:,.1f} ms"
