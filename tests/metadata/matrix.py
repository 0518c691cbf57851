"""The matrix (protection x experiment): what matrix.toml declares, against what is measured."""

from __future__ import annotations

import sys
import time
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

from tests.metadata.experiment import FAST, Experiment, Outcome
from tests.metadata.experiments import experiment_of
from tests.metadata.protections import GREEN, NOTHING, RED, Protection, protections

CRASHED = "!"
AT_ONCE = 2
Known = Mapping[tuple[str, int], Outcome]
"""Outcomes that were measured before, by protection and experiment."""


@dataclass(frozen=True)
class Cell:
    """One measured place of the matrix; `outcome` is None when the experiment ended with `error`."""

    protection: Protection
    number: int
    outcome: Outcome | None
    error: str = ""

    @property
    def declared(self) -> str:
        return self.protection.declared(self.number)

    @property
    def measured(self) -> str:
        if self.outcome is None:
            return CRASHED
        return GREEN if self.outcome.holds else RED

    @property
    def figure(self) -> str:
        """What was found, or the error."""
        return self.outcome.figure if self.outcome else self.error

    @property
    def differs(self) -> bool:
        return self.measured != self.declared


def _cell(protection: Protection, experiment: Experiment) -> Cell:
    begun = time.monotonic()
    try:
        cell = Cell(protection, experiment.number, experiment.without(protection, FAST))
    except Exception as error:  # noqa: BLE001  # whatever it is, it is neither red nor green
        cell = Cell(protection, experiment.number, None, f"{type(error).__name__}: {error}")
    taken = time.monotonic() - begun
    said = f"{experiment.number:>2} without {protection.name} [{taken:.0f} s]: {cell.measured}: {cell.figure}"
    print(said, file=sys.stderr, flush=True)
    return cell


def _cell_of(place: tuple[str, int]) -> Cell:
    """For a process of its own, which knows protection and experiment by their names."""
    name, number = place
    return _cell(protections()[name], experiment_of(number))


def measure(
    declared: Collection[Protection], experiments: Sequence[Experiment], known: Known | None = None
) -> list[Cell]:
    """Every declared red and green, in the fast form, unless it is known; tells of each on stderr.

    Experiments that may share the machine do so, in processes of their own.
    """
    known = known or {}
    cells: list[Cell] = []
    together: list[tuple[Protection, Experiment]] = []
    alone: list[tuple[Protection, Experiment]] = []
    for experiment in experiments:
        for protection in declared:
            place = (protection.name, experiment.number)
            if place in known:
                cells.append(Cell(protection, experiment.number, known[place]))
            elif protection.declared(experiment.number) != NOTHING:
                (alone if experiment.alone else together).append((protection, experiment))
    with ProcessPoolExecutor(AT_ONCE, mp_context=get_context("fork")) as pool:
        cells += pool.map(_cell_of, [(one.name, experiment.number) for one, experiment in together])
    return cells + [_cell(one, experiment) for one, experiment in alone]


def table(declared: Collection[Protection], cells: Collection[Cell]) -> list[str]:
    """A line for each protection; where measured and declared differ, both: `g=R` was declared g, came R."""
    found = {(cell.protection.name, cell.number): cell for cell in cells}
    width = max(len(one.name) for one in declared)
    numbers = range(1, max(len(one.row) for one in declared) + 1)
    lines = [f"{'':{width}}  " + " ".join(f"{number:>3}" for number in numbers)]
    for one in declared:
        shown = []
        for number in numbers:
            cell = found.get((one.name, number))
            letter = NOTHING if cell is None else cell.measured
            shown.append(f"{one.declared(number)}={letter}" if cell and cell.differs else f"{letter:>3}")
        lines.append(f"{one.name:{width}}  " + " ".join(shown))
    return lines


def report(declared: Collection[Protection], cells: Collection[Cell]) -> list[str]:
    """The table, what its letters mean, and each difference with its figure."""
    wrong = [cell for cell in cells if cell.differs]
    lines = [
        "What is left of each claim when one protection is taken away (fast form, declared in matrix.toml)",
        *table(declared, cells),
        f"{RED}: the claim fails, {GREEN}: it stays as it is, {NOTHING}: not measured (matrix.toml says why)",
    ]
    for cell in wrong:
        lines.append(
            f"DIFFERS: {cell.number} without {cell.protection.name} was declared {cell.declared} "
            f"and is {cell.measured}: {cell.figure}"
        )
    reds = sum(cell.measured == RED for cell in cells)
    said = f"{len(cells)} measured, {reds} of them red"
    lines.append(f"{said}; {f'{len(wrong)} are not as declared' if wrong else 'all as declared'}")
    return lines
