"""`make metadata`: the table of the 16 claims, with figures; ends non-zero when one does not hold.

`python -m tests.metadata.run [--fast] [--only 3,5]`.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys
import time

from tests.metadata import experiments
from tests.metadata.experiment import FAST, FULL, Experiment, Row, perform


def all_experiments() -> list[Experiment]:
    """Every experiment of the folder `experiments`, in order of its number."""
    found = []
    for module in pkgutil.iter_modules(experiments.__path__):
        found.append(importlib.import_module(f"tests.metadata.experiments.{module.name}").EXPERIMENT)
    return sorted(found, key=lambda experiment: experiment.number)


def lines(row: Row) -> list[str]:
    """The row of the table, and a line for each broken variant."""
    verdict = "holds" if row.shown else ("NOT CAUGHT" if row.outcome.holds else "FAILS")
    head = f"{row.experiment.number:>2}  {row.experiment.claim}"
    shown = [head, f"      {row.outcome.figure}   (bound: {row.outcome.bound})   {verdict}"]
    for name, outcome in row.broken.items():
        caught = "not caught" if outcome.holds else "caught"
        shown.append(f"      broken: {name}: {outcome.figure}   {caught}")
    return shown


def main() -> int:
    """0 when every claim holds and every broken variant was caught."""
    parser = argparse.ArgumentParser(prog="python -m tests.metadata.run")
    parser.add_argument("--fast", action="store_true", help="the form that make test runs")
    parser.add_argument("--only", default="", help="numbers, with commas")
    arguments = parser.parse_args()
    only = {int(number) for number in arguments.only.split(",") if number}
    scale = FAST if arguments.fast else FULL
    failed = 0
    for experiment in all_experiments():
        if only and experiment.number not in only:
            continue
        begun = time.monotonic()
        row = perform(experiment, scale)
        print("\n".join(lines(row)), f"  [{time.monotonic() - begun:.0f} s]", flush=True)
        failed += not row.shown
    print(f"{'all claims hold' if not failed else f'{failed} claims do not hold'} ({scale.name} form)")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
