"""Experiment 16: whatever is lost, repeated or reordered, each received report arrives or is named.

Random walks over a real office and real mailrooms (tests/metadata/courier_walk.py). After each import and
release a ledger looks for a report that was called received and is nowhere any more: not on its server, not
in the office, and not named as missing or refused. At the end couriers do their work; nothing may stay open.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial
from unittest.mock import patch

from sqlalchemy.orm import Session

from mailroom.imports import Imports
from sluis.export import ExportHeader
from tests.metadata.courier_walk import Walk
from tests.metadata.crossing import crossing
from tests.metadata.experiment import Experiment, Outcome, Scale
from tests.metadata.ledger import Lost
from workstation import chain
from workstation.models import Export, Server

_SEEDS = range(1_000)


def _measure(
    scale: Scale,
    broken: Callable[[], AbstractContextManager[object]] = nullcontext,
    walks: int | None = None,
) -> Outcome:
    done: Counter[str] = Counter()
    arrived = named = 0
    lost: list[str] = []
    for seed in _SEEDS[: walks or scale.n(40, 2)]:
        with broken(), crossing(1 + seed % 2) as place:
            walk = Walk(place, seed)
            try:
                walk.play(scale.n(150, 80))
            except Lost as error:
                lost.append(f"{error} (walk {seed})")
            done += walk.done
            arrived, named = arrived + walk.ledger.arrived, named + walk.ledger.named
        if lost and walks:
            break  # a broken variant need not be looked at any further
    received = done["texts received"] + done["files received"]
    figure = f"{received} received: {arrived} arrived, {named} named"
    happened = [f"{number} {what}" for what, number in sorted(done.items()) if "received" not in what]
    held = not lost and arrived + named == received > 0
    return Outcome("; ".join([figure, *lost[:3], *happened]), "every one arrives or is named", held)


def _unchecked(session: Session, server: Server, header: ExportHeader) -> Export:
    """Broken on purpose: whatever comes ends the chain, and what was lost before it counts as imported."""
    export = _CHECKED(session, server, header)
    if header.serial > server.chain_serial:
        server.chain_serial, server.chain_hash = header.serial, header.hash
        server.chain_closing_day, server.chain_release = header.closing_day, header.release
        session.flush()
    return export


_CHECKED = chain.add_export


def _chain_unchecked() -> AbstractContextManager[object]:
    return patch.object(chain, "add_export", _unchecked)


def _free_everything(imports: Imports) -> tuple[int, ...]:
    """Broken on purpose: a server takes any release as the receipt for all that it handed out."""
    stores = imports._stores
    if stores.released is not None and (closed := stores.state.closed()):
        newest = closed[-1]
        stores.released = replace(
            stores.released, acknowledged_serial=newest.serial, acknowledged_hash=newest.header_hash
        )
    return _FINISH(imports)


_FINISH = Imports.finish


def _acknowledgement_unchecked() -> AbstractContextManager[object]:
    return patch.object(Imports, "finish", _free_everything)


EXPERIMENT = Experiment(
    16,
    "media lost, repeated, reordered, restarts anywhere: every received report arrives or is named",
    _measure,
    {
        "chain unchecked": partial(_measure, broken=_chain_unchecked, walks=10),
        "freed without a receipt": partial(_measure, broken=_acknowledgement_unchecked, walks=10),
    },
)
