"""Referring somebody to a service: a sheet or a packet, within the caller's transaction.

Nothing is made without `consent.require`. What is kept of each is what the counsellor wrote and chose, not
the source's words once more: those are taken from the case, as `redaction` leaves them, when it is shown.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict

from babel import Locale
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from sluis.errors import BadField
from sluis.languages import LANGUAGE_NAMES
from workstation import threads
from workstation.casework import (
    codebook,
    consent,
    directory_store,
    ledger,
    redaction,
    retention,
    sheet_heading,
    words,
    written,
)
from workstation.casework import passed_on as passing_on
from workstation.casework.consent_terms import FIELDS, Purpose, joined
from workstation.casework.directory import Service
from workstation.casework.models import Case, CaseCode
from workstation.casework.referral_models import Referral
from workstation.casework.referral_terms import (
    TEXT_MAX,
    ChosenFile,
    NothingChosen,
    NotUsable,
    Prepared,
    ReferralRecord,
    Wanted,
    decoded,
)
from workstation.casework.roles import Actor
from workstation.casework.words import box_of, resealed
from workstation.errors import UnknownItem
from workstation.ids import item_id
from workstation.sheets import packet
from workstation.sheets.sheet import LANGUAGES, make_sheet, urgency_text

PLACE = "referral"
_TYPED = ("summary", "contact", "names")


def service_of(session: Session, service_id: str, day: int) -> Service:
    """An entry that may be used today; raises UnknownItem, NotUsable."""
    held = directory_store.held(session)
    found = held.directory.find(service_id) if held is not None else None
    if held is None or found is None:
        raise UnknownItem("no such service")
    if not held.directory.usable(found, day):
        raise NotUsable(held.directory.state(found, day))
    return found


def prepare(
    session: Session, day: int, case: Case, service_id: str, wanted: Wanted, number: str = ""
) -> Prepared:
    """Raises UnknownItem, NotUsable, BadField, NothingChosen, NoConsent."""
    service = service_of(session, service_id, day)
    _check(wanted, service)
    files = _files(session, case, wanted) if "files" in wanted.chosen else ()
    texts = _texts(session, case, wanted, files)
    shown = tuple(one for one in texts if texts[one])
    if not shown:
        raise NothingChosen("nothing to be passed on")
    grant = consent.require(session, case, Purpose(wanted.purpose), service.recipient, shown, day)
    heading = sheet_heading.of(session, wanted.language)
    sheet = make_sheet(wanted.language, number, texts, heading)
    return Prepared(service, grant, sheet, shown, files)


def record(
    session: Session,
    day: int,
    actor: Actor,
    case: Case,
    wanted: Wanted,
    made: Prepared,
    how: str,
    referral_id: bytes,
    sha256: str,
) -> Referral:
    """To be called in the transaction in which it leaves, with what `prepare` gave there."""
    encoded = json.dumps(asdict(wanted), sort_keys=True).encode("ascii")
    sealed = written.seal(case, PLACE, referral_id, encoded)
    row = Referral(
        referral_id=referral_id,
        case_pk=case.id,
        grant_id=bytes.fromhex(made.grant.grant_id),
        author=actor.person_id,
        day=day,
        service=made.service.id,
        purpose=made.grant.purpose.value,
        fields=joined(frozenset(made.shown)),
        how=how,
        sha256=sha256,
        proof_until=day + retention.current().referral_proof_days,
        sealed_wanted=sealed.sealed,
    )
    session.add(row)
    session.flush()
    passing_on.note(session, day, actor, case, made.grant, made.shown, referral_id)
    # To whom, the ledger does not say: auditors read it, and it stays for ever.
    facts = {"agreement": made.grant.grant_id, "fields": row.fields, "form": how}
    ledger.append(session, day, actor, "referred", case.case_id, facts, sealed.commitment)
    return row


def find(session: Session, case: Case, referral_id: str) -> Referral:
    """Raises UnknownItem."""
    wanted = item_id(referral_id)
    row = session.scalar(select(Referral).where(Referral.referral_id == wanted, Referral.case_pk == case.id))
    if row is None:
        raise UnknownItem("no such referral")
    return row


def of_case(session: Session, case: Case) -> tuple[ReferralRecord, ...]:
    """All that were made of a case, newest first."""
    rows = select(Referral).where(Referral.case_pk == case.id).order_by(Referral.id.desc())
    return _records(session, case, session.scalars(rows).all())


def passed_on(session: Session, grant_id: str) -> tuple[ReferralRecord, ...]:
    """All that was passed on under one agreement (an id in hexadecimal), newest first."""
    mine = select(Referral).where(Referral.grant_id == item_id(grant_id))
    rows = session.scalars(mine.order_by(Referral.id.desc())).all()
    return _records(session, session.get_one(Case, rows[0].case_pk), rows) if rows else ()


def wanted_of(case: Case, row: Referral) -> Wanted | None:
    """What was written and chosen for it; None once its words are gone."""
    if not row.sealed_wanted or case.key is None:
        return None
    return decoded(json.loads(written.unseal(case, PLACE, row.referral_id, row.sealed_wanted)))


def merge(session: Session, other: Case, target: Case) -> None:
    """To be called while both keys are there."""
    old, new = box_of(other), box_of(target)
    for row in session.scalars(select(Referral).where(Referral.case_pk == other.id)).all():
        row.sealed_wanted = resealed(old, new, PLACE, row.referral_id, row.sealed_wanted)
        row.case_pk = target.id


def forget_words(session: Session, case: Case) -> None:
    """Every source of the case withdrew everything, or it is destroyed: the proof stays, without words."""
    for row in session.scalars(select(Referral).where(Referral.case_pk == case.id)):
        row.sealed_wanted = b""


def forget_proofs(session: Session, today: int) -> None:
    """Of cases that are destroyed, when their day has passed."""
    gone = select(Case.id).where(Case.state == "destroyed")
    session.execute(delete(Referral).where(Referral.case_pk.in_(gone), Referral.proof_until < today))


def _records(session: Session, case: Case, rows: Collection[Referral]) -> tuple[ReferralRecord, ...]:
    held = directory_store.held(session)
    found = []
    for row in rows:
        service = held.directory.find(row.service) if held is not None else None
        found.append(
            ReferralRecord(
                referral_id=row.referral_id.hex(),
                grant_id=row.grant_id.hex(),
                author=row.author.hex(),
                day=row.day,
                service=row.service,
                names=service.names if service is not None else {},
                purpose=row.purpose,
                fields=tuple(row.fields.split()),
                how=row.how,
                sha256=row.sha256,
                wanted=wanted_of(case, row),
            )
        )
    return tuple(found)


def _check(wanted: Wanted, service: Service) -> None:
    if wanted.language not in LANGUAGES:
        raise BadField("no such language of a sheet")
    if wanted.purpose not in service.purposes or not set(wanted.chosen) <= set(FIELDS):
        raise BadField("not what this service is for")
    if any(len(getattr(wanted, name)) > TEXT_MAX for name in _TYPED):
        raise BadField("a text of at most 20,000 characters")


def _texts(
    session: Session, case: Case, wanted: Wanted, files: Collection[ChosenFile]
) -> dict[str, tuple[str, ...]]:
    """By field, in the order of FIELDS; () for what was not chosen or is empty."""
    texts: dict[str, tuple[str, ...]] = {name: (getattr(wanted, name),) for name in _TYPED}
    texts["alias"] = (case.alias,)
    texts["language"] = (_language(case.language, wanted.language),)
    texts["triage"] = (urgency_text(wanted.language, case.urgency),)
    texts["files"] = tuple(one.name for one in files)
    if "words" in wanted.chosen:
        messages = (redaction.find_message(session, case, one) for one in wanted.messages)
        texts["words"] = tuple(redaction.redacted_text(session, case, one) for one in messages)
    if "codes" in wanted.chosen:
        codes = session.scalars(
            select(CaseCode.code).where(CaseCode.case_pk == case.id).order_by(CaseCode.code)
        )
        texts["codes"] = tuple(codebook.current().text(code, wanted.language) for code in codes)
    return {
        name: tuple(one for one in texts.get(name, ()) if one.strip()) if name in wanted.chosen else ()
        for name in FIELDS
    }


def _language(code: str, shown_in: str) -> str:
    own = LANGUAGE_NAMES.get(code, "")
    name = Locale(shown_in).languages.get(code.replace("-", "_"), "")
    return f"{name} ({own})" if name and own and own != name else name or own


def _files(session: Session, case: Case, wanted: Wanted) -> tuple[ChosenFile, ...]:
    found = []
    for number, file_id in enumerate(wanted.files, 1):
        envelope = threads.find_file(session, file_id)
        if envelope.of_thread.case_pk != case.id or envelope.vault_name is None:
            raise UnknownItem("no such file in this case")
        name = packet.name_of(number, threads.file_info(envelope).name)
        key = words.vault_key(envelope)
        found.append(ChosenFile(name, key, envelope.size, file_id in wanted.whole))
    return tuple(found)
