"""Exports are taken in: `office.imports`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from sqlalchemy import select

from workstation.casework import ledger
from workstation.casework.roles import Actor, Permission
from workstation.export_file import Progress
from workstation.intake import Desk, stored_report, take_in
from workstation.models import Export
from workstation.records import ImportReport
from workstation.transaction import Work

_RECENT = 20


class ImportDesk:
    """`desk` opens a transaction with the keys, `work` one without; `wipe` overwrites the journal."""

    def __init__(
        self,
        desk: Callable[[], AbstractContextManager[Desk]],
        work: Work,
        wipe: Callable[[], None],
    ) -> None:
        self._desk = desk
        self._work = work
        self._wipe = wipe

    def take_in(
        self, actor: Actor, path: Path, progress: Progress, *, accept_damaged: bool = False
    ) -> ImportReport:
        """Takes in one export, all or nothing; `progress(done, total)` counts slots, then sets.

        Raises NotAllowed; DamagedExport when the copy is not what the server signed, unless `accept_damaged`.
        """
        actor.require(Permission.IMPORT)
        with self._desk() as desk:
            report = take_in(desk, path, progress, accept_damaged=accept_damaged)
            if report.state == "taken-in":
                ledger.append(desk.session, desk.today, actor, "imported", facts=_facts(report))
        self._wipe()
        return report

    def recent(self) -> tuple[ImportReport, ...]:
        """The last 20, newest first."""
        with self._work() as (session, _):
            stored = session.scalars(select(Export.report).order_by(Export.id.desc()).limit(_RECENT))
            return tuple(stored_report(text) for text in stored)


def _facts(report: ImportReport) -> dict[str, str]:
    """What the ledger says of an export: which one, and what became of each set of cells in it."""
    counts = {
        "serial": report.serial,
        "expected": report.expected_sets,
        "verified": report.verified_sets,
        "incomplete": report.incomplete,
        "replayed": report.replayed,
        "refused": len(report.refused),
        "damaged": len(report.damaged_slots),
    }
    return {"server": report.server_label, **{name: str(count) for name, count in counts.items()}}
