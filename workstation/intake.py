"""Takes in one export, all or nothing (docs/protocol.md, "Transfer").

Header and signature, chain, bank key, every slot, the hash of it all; then each set of cells, joined,
decrypted and verified. Each set ends as exactly one of: verified, incomplete, replayed, refused with its
reason. When all are in, withdrawals are honoured.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from keys.decrypt import decrypt_stream
from keys.errors import GpgBroken, GpgMissing
from keys.gnupg_home import GnupgHome
from keys.openpgp import check_gnupg
from sluis.cells import join_cells
from sluis.envelope import Kind
from sluis.epoch import Epoch
from sluis.errors import Replayed, SluisError
from sluis.instance import InstanceRecord
from sluis.limits import SiteProfile
from workstation import chain, receipts
from workstation.envelopes import BODY_MAX, keep_envelope, plaintext_limit, read_envelope
from workstation.errors import DamagedExport, DiskFull
from workstation.export_file import ExportFile, Progress, Scan
from workstation.models import EpochSeed, Instance, PendingSet, Server
from workstation.records import ImportReport, Refusal
from workstation.sets import CellSet, EpochKeys, SetReader
from workstation.vault import Staging
from workstation.withdrawals import honour

# A set waits for the rest of its cells until two more exports of its server were taken in.
_PATIENCE = 2
# These say something about this machine, not about one envelope: the whole import stops and nothing changes.
_NOT_THE_ENVELOPE = (GpgBroken, GpgMissing, DiskFull)


@dataclass(frozen=True)
class Desk:
    """What an import works with: the transaction, vault files that go with it, keys, the day."""

    session: Session
    staging: Staging
    home: GnupgHome
    instance: Instance
    record: InstanceRecord
    today: int

    def decrypt(self, pieces: Iterator[bytes], limit: int) -> Iterator[bytes]:
        """The plaintext of one OpenPGP message."""
        return decrypt_stream(self.home, self.instance.openpgp_passphrase, pieces, limit, self.today)

    def unwrap(self, armour: bytes) -> bytes:
        """What a source encrypted once more by itself."""
        return b"".join(self.decrypt(iter([armour]), BODY_MAX))


@dataclass
class _Tally:
    reports: int = 0
    files: int = 0
    verified: int = 0
    incomplete: int = 0
    replayed: int = 0
    refused: list[Refusal] = field(default_factory=list)

    @property
    def expected(self) -> int:
        return self.verified + self.incomplete + self.replayed + len(self.refused)


def take_in(desk: Desk, path: Path, progress: Progress, *, accept_damaged: bool) -> ImportReport:
    """Takes in the export at `path`; see workstation.import_desk."""
    session = desk.session
    with ExportFile(path, desk.record.instance_id) as export:
        header = export.header
        server = chain.enrolled(session, header, desk.record)
        report = ImportReport(server.label, header.serial, header.closing_day, "replayed")
        if chain.taken_in_before(session, server, header):
            return replace(report, missing_serials=chain.missing_serials(session, server))
        check_gnupg(desk.home, desk.instance.openpgp_primary, desk.instance.openpgp_passphrase, desk.today)
        seeds = {Epoch(one.release, one.day): one.seed for one in session.scalars(select(EpochSeed))}
        keys = EpochKeys(seeds)
        bank = export.bank_header()
        bank_key = bank.open_key(keys.key(bank.epoch))
        scan = export.scan(bank_key, progress)
        if not scan.as_signed and not accept_damaged:
            raise DamagedExport(scan.damaged)
        row = chain.add_export(session, server, header)
        reader = SetReader(export, bank_key, keys, desk.record.instance_id, desk.staging.vault)
        tally = _Intake(desk, server, header.serial, header.site, row.id, reader).run(scan, progress)
    honoured = honour(session, desk.staging, row, desk.today)
    receipts.write(session, row, desk.today)
    warnings = [] if scan.as_signed else ["damaged-accepted"]
    if (warning := chain.confirm_release(session, server, header, desk.today)) is not None:
        warnings.append(warning)
    report = replace(
        report,
        state="taken-in",
        missing_serials=chain.missing_serials(session, server),
        reports=tally.reports,
        files=tally.files,
        expected_sets=tally.expected,
        verified_sets=tally.verified,
        incomplete=tally.incomplete,
        replayed=tally.replayed,
        withdrawals=honoured.withdrawals,
        withdrawn=honoured.destroyed,
        refused=tuple(tally.refused),
        damaged_slots=tuple(scan.damaged),
        erased_days=chain.erase_keys(session),
        warnings=tuple(warnings),
    )
    row.report = json.dumps(asdict(report))
    return report


def stored_report(text: str) -> ImportReport:
    """An ImportReport as it was kept with its export."""
    values = json.loads(text)
    for name in ("missing_serials", "damaged_slots", "erased_days", "warnings"):
        values[name] = tuple(values[name])
    values["refused"] = tuple(Refusal(**one) for one in values["refused"])
    return ImportReport(**values)


class _Intake:
    """The second pass: from sets of cells to cases."""

    def __init__(
        self,
        desk: Desk,
        server: Server,
        serial: int,
        site: SiteProfile,
        batch: int,
        reader: SetReader,
    ) -> None:
        self._desk = desk
        self._server = server
        self._serial = serial
        self._site = site
        self._batch = batch
        self._reader = reader
        self._tally = _Tally()

    def run(self, scan: Scan, progress: Progress) -> _Tally:
        session = self._desk.session
        waiting = select(PendingSet).where(PendingSet.server_pk == self._server.id)
        pending = {one.set_id: one for one in session.scalars(waiting)}
        for done, (set_id, bank) in enumerate(scan.sets.items(), start=1):
            known = pending.get(set_id)
            cells = CellSet(set_id, bank, list(known.parts) if known is not None else [])
            try:
                self._one(cells, known)
            except _NOT_THE_ENVELOPE:
                raise
            except Replayed:
                self._tally.replayed += 1
                self._forget(known)
            except SluisError as error:
                self._refuse(error.code, cells)
                self._forget(known)
            progress(done, len(scan.sets))
        self._look_at_the_waiting(set(scan.sets))
        return self._tally

    def _one(self, cells: CellSet, known: PendingSet | None) -> None:
        if not self._reader.is_complete(cells):
            self._keep(cells, known)
            self._tally.incomplete += 1
            return
        stream = join_cells(self._reader.cells(cells), cells.set_id)
        desk = self._desk
        limit = plaintext_limit(self._site.largest_file)
        pieces = desk.decrypt(stream, limit)
        opened = read_envelope(pieces, desk.record.instance_id, self._site.largest_file, desk.staging)
        try:
            keep_envelope(desk.session, opened, self._batch, desk.unwrap, desk.today)
        except SluisError:
            if opened.file is not None:
                desk.staging.drop(opened.file.name)
            raise
        self._tally.verified += 1
        self._tally.reports += opened.header.kind is Kind.TEXT
        self._tally.files += opened.header.kind is Kind.FILE
        self._forget(known)

    def _keep(self, cells: CellSet, known: PendingSet | None) -> None:
        part = self._reader.keep(cells, self._desk.staging)
        if known is None:
            known = PendingSet(server_pk=self._server.id, set_id=cells.set_id, last_serial=self._serial)
            self._desk.session.add(known)
        known.last_serial = max(known.last_serial, self._serial)
        known.parts.append(part)
        self._desk.session.flush()

    def _forget(self, known: PendingSet | None) -> None:
        if known is not None:
            for part in known.parts:
                self._desk.staging.drop(part.vault_name)
            self._desk.session.delete(known)
            self._desk.session.flush()

    def _refuse(self, code: str, cells: CellSet) -> None:
        detail = f"set {cells.set_id.hex()[:8]}, {len(cells.indexes)} cells"
        self._tally.refused.append(Refusal(code, detail))

    def _look_at_the_waiting(self, seen: set[bytes]) -> None:
        """Sets of earlier exports with nothing in this one: still waiting, or given up and named."""
        waiting = select(PendingSet).where(PendingSet.server_pk == self._server.id)
        for known in list(self._desk.session.scalars(waiting)):
            if known.set_id in seen:
                continue
            if self._server.chain_serial >= known.last_serial + _PATIENCE:
                self._refuse("incomplete-set", CellSet(known.set_id, {}, list(known.parts)))
                self._forget(known)
            else:
                self._tally.incomplete += 1
