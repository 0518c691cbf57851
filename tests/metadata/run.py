"""`make metadata`: the line, the 16 claims with figures, and the matrix of protections and experiments.

`python -m tests.metadata.run [--fast] [--only 3,5] [--matrix] [--markdown FILE]` ends non-zero when a claim
does not hold, a broken variant is not caught, the matrix is not as declared in matrix.toml, or a page is told
from the others of its class on the line (`tests/metadata/wire`, left out by --only and --matrix).
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from tests.metadata import matrix
from tests.metadata.experiment import FAST, FULL, Experiment, Outcome, Row, Scale, perform
from tests.metadata.experiments import all_experiments, experiment_of
from tests.metadata.line import end_line
from tests.metadata.protections import protections
from tests.metadata.wire.report import watched


def lines(row: Row) -> list[str]:
    """The row of the table, and a line for each broken variant."""
    head = f"{row.experiment.number:>2}  {row.experiment.claim}"
    shown = [head, f"      {row.outcome.figure}   (bound: {row.outcome.bound})   {row.verdict}"]
    for name, outcome in row.broken.items():
        caught = "not caught" if outcome.holds else "caught"
        shown.append(f"      without {name}: {outcome.figure}   {caught}")
    return shown


def markdown(rows: Sequence[Row], scale: Scale) -> str:
    """The rows as a table for docs/threat_model.md."""
    table = [
        f"Measured in the {scale.name} form.",
        "",
        "| # | claim | figure | bound | without a protection | verdict |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        broken = "<br>".join(f"`{name}`: {outcome.figure}" for name, outcome in row.broken.items())
        one, outcome = row.experiment, row.outcome
        cells = [str(one.number), one.claim, outcome.figure, outcome.bound, broken, row.verdict]
        table.append("| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |")
    return "\n".join([*table, ""])


def _performed(number: int, scale: Scale) -> tuple[Outcome, Mapping[str, Outcome]]:
    """The outcomes of that row; one that ended with an error fails. Tells of it on stderr.

    Without the experiment itself, whose functions do not go from one process to another.
    """
    experiment = experiment_of(number)
    begun = time.monotonic()
    try:
        row = perform(experiment, scale)
    except Exception as error:  # noqa: BLE001  # an hour of other rows is not thrown away for it
        row = Row(experiment, Outcome(f"{type(error).__name__}: {error}", "it ends", holds=False), {})
    taken = time.monotonic() - begun
    print(f"row {number}: {row.outcome.figure}: {row.verdict}  [{taken:.0f} s]", file=sys.stderr, flush=True)
    return row.outcome, row.broken


def _rows(chosen: Sequence[Experiment], scale: Scale) -> list[Row]:
    """Those that take times have the machine for themselves; the others share it, in two processes."""
    measured = {one.number: _performed(one.number, scale) for one in chosen if one.alone}
    together = [one.number for one in chosen if not one.alone]
    with ProcessPoolExecutor(matrix.AT_ONCE, mp_context=get_context("fork")) as pool:
        found = pool.map(partial(_performed, scale=scale), together)
        measured |= dict(zip(together, found, strict=True))
    rows = [Row(one, *measured[one.number]) for one in chosen]
    for row in rows:
        print("\n".join(lines(row)))
    failed = sum(not row.shown for row in rows)
    said = "all claims hold" if not failed else f"{failed} claims do not hold"
    print(f"{said} ({scale.name} form)\n", flush=True)
    return rows


def main() -> int:
    """0 when every claim holds, every broken variant was caught, and the matrix is as declared."""
    parser = argparse.ArgumentParser(prog="python -m tests.metadata.run")
    parser.add_argument("--fast", action="store_true", help="the form that make test runs")
    parser.add_argument("--only", default="", help="numbers, with commas; without --matrix only their rows")
    parser.add_argument("--matrix", action="store_true", help="the matrix only")
    parser.add_argument("--markdown", type=Path, help="write the rows as a table to this file as well")
    arguments = parser.parse_args()
    only = {int(number) for number in arguments.only.split(",") if number}
    chosen = [one for one in all_experiments() if not only or one.number in only]
    scale = FAST if arguments.fast else FULL
    failed = False
    if not arguments.matrix and not only:
        print("The line: what a watcher between a source and its first relay sees")
        failed = not watched(scale)
    rows = [] if arguments.matrix else _rows(chosen, scale)
    if arguments.markdown:
        arguments.markdown.write_text(markdown(rows, scale), "utf-8")
    failed = failed or not all(row.shown for row in rows)
    if arguments.matrix or not only:
        known = {(name, row.experiment.number): it for row in rows for name, it in row.broken.items()}
        end_line()
        declared = protections().values()
        cells = matrix.measure(declared, chosen, known)
        print("\n".join(matrix.report(declared, cells)))
        failed = failed or any(cell.differs for cell in cells)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
