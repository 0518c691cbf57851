"""Referrals, one transaction for each that is made, with its line in the ledger: `office.referral`.

A sheet is laid out and a packet is packed between two transactions, for that takes seconds; what is written
down and leaves in the second is compared with what was looked at.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path

from sqlalchemy.orm import Session

from keys.encrypt import encrypt_to
from sluis.errors import BadField, TooLarge
from sluis.primitives import random_id, sha256
from workstation.casework import cases, consent, directory_store, referral
from workstation.casework.directory import State
from workstation.casework.models import Case
from workstation.casework.referral_terms import (
    Choice,
    ChosenFile,
    NoKey,
    Prepared,
    ReferralChanged,
    ReferralRecord,
    Wanted,
    WrittenPacket,
    number_of,
)
from workstation.casework.roles import Actor
from workstation.medium import write_checked
from workstation.previews.limits import Limits
from workstation.previews.sandbox import Sandbox
from workstation.previews.stripped import strip_into
from workstation.sheets import packet
from workstation.sheets.pdf import make_pdf
from workstation.sheets.sheet import Sheet, html_of
from workstation.transaction import Work
from workstation.vault import VaultKey

PACKET_MAX = 134_217_728
"""Bytes of the files of one packet together: it is made in memory, for no disk may see it."""


class ReferralDesk:
    """`work` opens a transaction, `read` a file of the vault.

    Every method may raise NotAllowed, UnknownItem, and WrongState for a case that is not open.
    """

    def __init__(
        self, work: Work, today: Callable[[], int], read: Callable[[VaultKey], Iterator[bytes]]
    ) -> None:
        self._work = work
        self._today = today
        self._read = read

    def choices(self, actor: Actor, case_id: str) -> tuple[Choice, ...]:
        """Every service of the directory, those that can be used first; () without a directory."""
        with self._work() as (session, _):
            case = cases.workable(session, actor, case_id)
            referral.forget_proofs(session, self._today())
            held = directory_store.held(session)
            if held is None:
                return ()
            found = []
            for service in held.directory.services:
                state = held.directory.state(service, self._today())
                asked = (
                    consent.covering(session, case, one, service.recipient, self._today())
                    for one in service.purposes
                )
                agreed = tuple(one for one in asked if one is not None)
                usable = state in (State.USABLE, State.OLD)
                why = state.value if not usable else "" if agreed else "no-consent"
                found.append(Choice(service, state, why, agreed))
            return tuple(sorted(found, key=lambda one: bool(one.why)))

    def made(self, actor: Actor, case_id: str) -> tuple[ReferralRecord, ...]:
        """What was passed on of a case, newest first."""
        with self._work() as (session, _):
            return referral.of_case(session, cases.readable(session, actor, case_id))

    def prepare(self, actor: Actor, case_id: str, service_id: str, wanted: Wanted) -> Prepared:
        """What would leave; raises NotUsable, NoConsent, NothingChosen, BadField."""
        with self._work() as (session, _):
            case = cases.workable(session, actor, case_id)
            return referral.prepare(session, self._today(), case, service_id, wanted)

    def make(self, actor: Actor, case_id: str, service_id: str, wanted: Wanted, seen: str, how: str) -> str:
        """A sheet, "print" or "pdf", and its id; `seen` is the digest of what was looked at.

        Raises what `prepare` does, ReferralChanged, Unprintable.
        """
        if how not in ("print", "pdf"):
            raise BadField("a sheet is printed, or is a PDF")
        row_id = random_id()
        if how == "pdf":
            make_pdf(self._looked_at(actor, case_id, service_id, wanted, seen, row_id).sheet)
        with self._work() as (session, _):
            case = cases.workable(session, actor, case_id)
            made = self._again(session, case, service_id, wanted, seen, row_id)
            digest = _digest(made.sheet)
            referral.record(session, self._today(), actor, case, wanted, made, how, row_id, digest)
        return row_id.hex()

    def sheet(self, actor: Actor, case_id: str, referral_id: str) -> Sheet:
        """A sheet that was made, as long as it may be passed on and nothing of it has changed.

        Raises NotUsable, NoConsent, ReferralChanged.
        """
        with self._work() as (session, _):
            case = cases.workable(session, actor, case_id)
            row = referral.find(session, case, referral_id)
            wanted = referral.wanted_of(case, row)
            if wanted is None or row.how == "packet":
                raise ReferralChanged("its words are gone")
            number = number_of(row.referral_id)
            made = referral.prepare(session, self._today(), case, row.service, wanted, number)
            if _digest(made.sheet) != row.sha256:
                raise ReferralChanged("the case says something else by now")
            return made.sheet

    def packet(
        self, actor: Actor, case_id: str, service_id: str, wanted: Wanted, seen: str, folder: Path
    ) -> WrittenPacket:
        """A packet for the key of the service, on the medium `folder`; written down only if it is there.

        Raises what `prepare` does, ReferralChanged, NoKey, GpgFailed, TooLarge, Unprintable, Refused for a
        file that cannot be cleaned, MediumMismatch, AlreadyExists, OSError.
        """
        row_id = random_id()
        looked = self._looked_at(actor, case_id, service_id, wanted, seen, row_id)
        if not looked.service.key:
            raise NoKey("the directory has no key of this service")
        if sum(one.size for one in looked.files) > PACKET_MAX:
            raise TooLarge(f"the files of a packet have at most {PACKET_MAX} bytes together")
        content = {one.name: self._content(one) for one in looked.files}
        content[packet.SHEET] = make_pdf(looked.sheet)
        data = encrypt_to(looked.service.key, packet.pack(content), self._today())
        with self._work() as (session, _):
            case = cases.workable(session, actor, case_id)
            made = self._again(session, case, service_id, wanted, seen, row_id)
            if made.service.key != looked.service.key:
                raise ReferralChanged("the service has another key by now")
            digest = sha256(data).hex()
            referral.record(session, self._today(), actor, case, wanted, made, "packet", row_id, digest)
            path = write_checked(folder, f"notes-{row_id.hex()[:8]}.pgp", data, self._today())
        return WrittenPacket(row_id.hex(), path, digest)

    def _looked_at(
        self, actor: Actor, case_id: str, service_id: str, wanted: Wanted, seen: str, row_id: bytes
    ) -> Prepared:
        with self._work() as (session, _):
            case = cases.workable(session, actor, case_id)
            return self._again(session, case, service_id, wanted, seen, row_id)

    def _again(
        self, session: Session, case: Case, service_id: str, wanted: Wanted, seen: str, row_id: bytes
    ) -> Prepared:
        made = referral.prepare(session, self._today(), case, service_id, wanted, number_of(row_id))
        if made.digest != seen:
            raise ReferralChanged("not what was looked at")
        return made

    def _content(self, file: ChosenFile) -> bytes:
        chunks = self._read(file.key)
        if file.whole:
            return b"".join(chunks)
        copy = _Copy()
        strip_into(copy, Sandbox(Limits()), chunks)
        return copy.getvalue()


class _Copy(io.BytesIO):
    def write(self, data: bytes) -> None:  # type: ignore[override]  # a Sink wants no number
        """Takes the next bytes."""
        super().write(data)


def _digest(sheet: Sheet) -> str:
    return sha256(html_of(sheet).encode("utf-8")).hex()
