"""What a watcher of the line sees, and what trained classifiers tell from it.

`python -m tests.metadata.wire [--fast]`: a table of actions, in the full form, and the games of `games.py`;
ends non-zero when a page of a class is told from the others, or a broken site is not caught.
"""

from __future__ import annotations

import argparse
import sys
import time

from tests.metadata.experiment import FAST, FULL, Scale
from tests.metadata.wire.actions import seen_actions, table
from tests.metadata.wire.experiment import SOURCES, network, rows

_ROUNDS = 5
_SHIPPED_DEADLINE_S = 1.0


def main() -> int:
    """0 when every game holds and every broken site was caught."""
    parser = argparse.ArgumentParser(prog="python -m tests.metadata.wire")
    parser.add_argument("--fast", action="store_true", help="the form that make test runs")
    return 0 if watched(FAST if parser.parse_args().fast else FULL) else 1


def watched(scale: Scale) -> bool:
    """Prints the tables; whether every game holds and every broken site was caught."""
    begun = time.monotonic()
    with network(scale) as made:
        if scale.full:
            with made.line.site(*made.options(_SHIPPED_DEADLINE_S)):
                seen = seen_actions(made, _ROUNDS)
            print(f"What a watcher sees of each action, least to most of {_ROUNDS}; median seconds")
            print("\n".join(table(seen)), flush=True)
        print(f"Pages of one class, told by the best of three classifiers ({SOURCES} sources over Tor)")
        found = rows(made, scale)
    for row in found:
        print("\n".join(row.lines()))
    failed = sum(not (row.holds and row.caught) for row in found)
    verdict = f"{failed} games are lost" if failed else "no page is told from the others of its class"
    print(f"{verdict} ({scale.name} form)  [{time.monotonic() - begun:.0f} s]")
    return not failed


if __name__ == "__main__":
    sys.exit(main())
