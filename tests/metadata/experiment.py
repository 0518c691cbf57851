"""An experiment: a claim, a way to measure it, and protections without which the same measure must fail."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from tests.metadata.protections import Protection, protections

T = TypeVar("T")
_TELL_EVERY_S = 60.0


@dataclass(frozen=True)
class Scale:
    """How much is done. `full` has n as written in the design; the fast form is the same code with less."""

    name: str
    full: bool

    def n(self, full: int, fast: int) -> int:
        """The number of rounds at this scale."""
        return full if self.full else fast


FULL = Scale("full", full=True)
FAST = Scale("fast", full=False)


@dataclass(frozen=True)
class Outcome:
    """One measurement: the figure and the bound it was held to, in words, and whether it kept it."""

    figure: str
    bound: str
    holds: bool


Measure = Callable[[Scale], Outcome]


def both(one: Outcome, other: Outcome) -> Outcome:
    """Two measurements of one claim: it holds when both do."""
    return Outcome(f"{one.figure}; {other.figure}", f"{one.bound}; {other.bound}", one.holds and other.holds)


@dataclass(frozen=True)
class Experiment:
    """One row: `measure(scale)` measures whatever is in place, the product or a broken variant.

    `variants` names the protections of matrix.toml that this row is there for, and how it is measured when
    one of them is taken away: the same, or less of it, since what is broken shows sooner. The claim is shown
    when the product holds and none of these does. What other protections do to it is the matrix's.
    `alone`: it starts servers or takes times, and shares the machine with no other measurement.
    """

    number: int
    claim: str
    measure: Measure
    variants: Mapping[str, Measure] = field(default_factory=dict)
    alone: bool = False

    def without(self, protection: Protection, scale: Scale) -> Outcome:
        """The measurement while that protection is taken away."""
        with protection.taken_away():
            return self.variants.get(protection.name, self.measure)(scale)


@dataclass(frozen=True)
class Row:
    """A finished experiment; `broken` has the outcome for each protection that was taken away."""

    experiment: Experiment
    outcome: Outcome
    broken: Mapping[str, Outcome]

    @property
    def caught(self) -> bool:
        """Every broken variant was told from the product."""
        return bool(self.broken) and not any(outcome.holds for outcome in self.broken.values())

    @property
    def shown(self) -> bool:
        """The claim holds and the test can fail."""
        return self.outcome.holds and self.caught

    @property
    def verdict(self) -> str:
        """In a word or two."""
        return "holds" if self.shown else ("NOT CAUGHT" if self.outcome.holds else "FAILS")


def perform(experiment: Experiment, scale: Scale) -> Row:
    """Measures the product and each broken variant."""
    outcome = experiment.measure(scale)
    broken = {name: experiment.without(protections()[name], scale) for name in experiment.variants}
    return Row(experiment, outcome, broken)


def counted(rounds: Sequence[T], what: str) -> Iterator[T]:
    """The rounds one after another; every minute a line on stderr tells how many are done."""
    begun = told = time.monotonic()
    for done, one in enumerate(rounds):
        now = time.monotonic()
        if now - told >= _TELL_EVERY_S:
            left = (now - begun) / done * (len(rounds) - done) / 60
            said = f"  {what}: {done:,} of {len(rounds):,}, {left:.0f} minutes to go"
            print(said, file=sys.stderr, flush=True)
            told = now
        yield one
