"""Experiment 16: whatever is lost, repeated or reordered, each received report arrives or is named.

Random walks over a real office and real mailrooms (tests/metadata/courier_walk.py). After each import and
release a ledger looks for a report that was called received and is nowhere any more: not on its server, not
in the office, and not named as missing or refused. At the end couriers do their work; nothing may stay open.
"""

from __future__ import annotations

from collections import Counter
from functools import partial

from tests.metadata.courier_walk import Walk
from tests.metadata.crossing import crossing
from tests.metadata.experiment import Experiment, Outcome, Scale
from tests.metadata.ledger import Lost

_SEEDS = range(1_000)


def _measure(scale: Scale, walks: int | None = None) -> Outcome:
    """`walks` for broken variants, which need not be looked at any further once something was lost."""
    done: Counter[str] = Counter()
    arrived = named = 0
    lost: list[str] = []
    for seed in _SEEDS[: walks or scale.n(40, 2)]:
        with crossing(1 + seed % 2) as place:
            walk = Walk(place, seed)
            try:
                walk.play(scale.n(150, 80))
            except Lost as error:
                lost.append(f"{error} (walk {seed})")
            done += walk.done
            arrived, named = arrived + walk.ledger.arrived, named + walk.ledger.named
        if lost and walks:
            break
    received = done["texts received"] + done["files received"]
    figure = f"{received} received: {arrived} arrived, {named} named"
    happened = [f"{number} {what}" for what, number in sorted(done.items()) if "received" not in what]
    held = not lost and arrived + named == received > 0
    return Outcome("; ".join([figure, *lost[:3], *happened]), "every one arrives or is named", held)


EXPERIMENT = Experiment(
    16,
    "media lost, repeated, reordered, restarts anywhere: every received report arrives or is named",
    _measure,
    dict.fromkeys(("unbroken-chain", "receipts"), partial(_measure, walks=10)),
)
