"""An experiment: a claim, a way to measure it, and broken variants that the same measure must catch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


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


@dataclass(frozen=True)
class Experiment:
    """One row. `protects` names the protection of matrix.toml; each variant breaks one protection.

    `measure(scale)` runs against the product; `variants` maps the name of a broken variant to the same
    measurement over it. The claim is shown when the product holds and every variant does not.
    """

    number: int
    claim: str
    measure: Callable[[Scale], Outcome]
    variants: Mapping[str, Callable[[Scale], Outcome]] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """A finished experiment."""

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


def perform(experiment: Experiment, scale: Scale) -> Row:
    """Measures the product and each broken variant."""
    outcome = experiment.measure(scale)
    broken = {name: measure(scale) for name, measure in experiment.variants.items()}
    return Row(experiment, outcome, broken)
