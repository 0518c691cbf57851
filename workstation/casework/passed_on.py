"""What was passed on, under which agreement: it cannot be recalled, and whoever looks at the case sees it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from sluis.primitives import random_id
from workstation.casework import ledger, written
from workstation.casework.consent_models import PassedOn
from workstation.casework.consent_terms import Grant, joined
from workstation.casework.models import Case
from workstation.casework.roles import Actor

PLACE = "passed-on"


@dataclass(frozen=True)
class PassedOnRecord:
    """One thing that left; ids in hexadecimal. It is shown also when its agreement is gone."""

    grant_id: str
    author: str
    day: int
    purpose: str
    recipient: str
    fields: tuple[str, ...]
    identifiability: str
    reference: str


def note(
    session: Session,
    day: int,
    actor: Actor,
    case: Case,
    grant: Grant,
    fields: Iterable[str],
    reference: bytes,
) -> None:
    """To be called in the transaction that makes what is passed on; `reference` (16 bytes) is its id.

    `grant` is what `consent.require` gave for these fields in the same transaction.
    """
    row_id = random_id()
    sealed = written.seal(case, PLACE, row_id, grant.recipient.encode("utf-8"))
    given = joined(frozenset(fields))
    session.add(
        PassedOn(
            row_id=row_id,
            case_pk=case.id,
            grant_id=bytes.fromhex(grant.grant_id),
            author=actor.person_id,
            day=day,
            purpose=grant.purpose.value,
            identifiability=grant.identifiability.value,
            fields=given,
            reference=reference,
            sealed_recipient=sealed.sealed,
        )
    )
    session.flush()
    facts = {"agreement": grant.grant_id, "purpose": grant.purpose.value, "fields": given}
    ledger.append(session, day, actor, "passed-on", case.case_id, facts, sealed.commitment)


def passed_on(session: Session, case: Case, grant_id: str = "") -> tuple[PassedOnRecord, ...]:
    """All that was passed on of a case, newest first; under one agreement only, when its id is given."""
    rows = select(PassedOn).where(PassedOn.case_pk == case.id).order_by(PassedOn.id.desc())
    if grant_id:
        rows = rows.where(PassedOn.grant_id == bytes.fromhex(grant_id))
    return tuple(
        PassedOnRecord(
            grant_id=row.grant_id.hex(),
            author=row.author.hex(),
            day=row.day,
            purpose=row.purpose,
            recipient=written.unseal(case, PLACE, row.row_id, row.sealed_recipient).decode("utf-8"),
            fields=tuple(row.fields.split()),
            identifiability=row.identifiability,
            reference=row.reference.hex(),
        )
        for row in session.scalars(rows)
    )
