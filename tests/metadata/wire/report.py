"""The tables of the wire, printed: what a watcher sees of each action, and what classifiers tell from it."""

from __future__ import annotations

import time

from tests.metadata.experiment import Scale
from tests.metadata.wire.actions import seen_actions, table
from tests.metadata.wire.experiment import SOURCES, network, rows

_ROUNDS = 5
_SHIPPED_DEADLINE_S = 1.0


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
