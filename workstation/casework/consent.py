"""What sources agreed to, and the one question that is asked before anything of a case is passed on.

A yes counts while all of this holds: its last day has not passed; nobody took it back, neither the source by
its own withdrawal nor the team on the source's word; no later answer to the same question replaced it; and it
is the yes of every source whose words are in the case. After a merge it is asked again, for the other half of
the case never agreed. An exception (`exceptions`) counts in the same way, as if each source had said yes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from sluis.envelope import Kind
from sluis.primitives import random_id
from workstation.casework import ledger, written
from workstation.casework.consent_models import Consent, ConsentSource
from workstation.casework.consent_terms import (
    FIELDS,
    SIGNAL_RECIPIENT,
    YES_DAYS_MAX,
    Answer,
    Answered,
    BadTerms,
    Grant,
    How,
    Identifiability,
    NoConsent,
    Purpose,
    Terms,
    check_text,
    joined,
    same_recipient,
)
from workstation.casework.models import Case
from workstation.casework.phone_models import Told
from workstation.casework.roles import Actor
from workstation.errors import UnknownItem, WrongState
from workstation.ids import item_id
from workstation.models import Envelope, Thread

__all__ = [
    "FIELDS",
    "SIGNAL_RECIPIENT",
    "Answered",
    "Grant",
    "Identifiability",
    "NoConsent",
    "Purpose",
    "covering",
    "end",
    "record",
    "require",
    "source_withdrew",
    "stands",
    "with_words",
    "words_of",
]
PLACE = "consent"


def covering(session: Session, case: Case, purpose: Purpose, recipient: str, day: int) -> Grant | None:
    """What may be passed on for this purpose to this recipient today; None: nothing may.

    A source's own yes comes before an exception, and a newer one before an older.
    """
    return next(iter(_covering(session, case, purpose, recipient, day)), None)


def require(
    session: Session, case: Case, purpose: Purpose, recipient: str, fields: Iterable[str], day: int
) -> Grant:
    """What covers all these fields; raises NoConsent."""
    wanted = frozenset(fields)
    for grant in _covering(session, case, purpose, recipient, day):
        if wanted <= grant.fields:
            return grant
    raise NoConsent("no consent covers this")


def _covering(session: Session, case: Case, purpose: Purpose, recipient: str, day: int) -> list[Grant]:
    if case.state != "open" or case.key is None:
        return []
    live = with_words(session, case)
    rows = select(Consent).where(Consent.case_pk == case.id, Consent.purpose == purpose.value)
    found = []
    for row in session.scalars(rows.order_by(Consent.second.is_not(None), Consent.id.desc())):
        if stands(row, live, day):
            name = words_of(case, row)["recipient"]
            if same_recipient(name, recipient):
                found.append(_grant(row, name))
    return found


def stands(row: Consent, live: frozenset[int], day: int) -> bool:
    """Whether a row allows anything on this day in a case whose words are of these threads."""
    if row.answer != Answer.YES or row.ended or row.expiry_day is None:
        return False
    asked = {one.thread_pk for one in row.sources}
    return row.day <= day <= row.expiry_day and bool(live) and live <= asked


def with_words(session: Session, case: Case) -> frozenset[int]:
    """The threads of which the case still holds a text, an answer of the form, a file, or a call."""
    there = or_(Envelope.sealed_text != b"", Envelope.sealed_intake != b"", Envelope.vault_name.is_not(None))
    of_case = select(Thread.id).join(Envelope, Envelope.thread_pk == Thread.id)
    wanted = of_case.where(Thread.case_pk == case.id, Envelope.kind != Kind.WITHDRAW, there)
    told = select(Thread.id).join(Told, Told.thread_pk == Thread.id)
    calls = told.where(Thread.case_pk == case.id, Told.sealed_text != b"")
    return frozenset(session.scalars(wanted)) | frozenset(session.scalars(calls))


def record(session: Session, day: int, actor: Actor, case: Case, said: Answered) -> Consent:
    """Writes an answer down; those before to the same question of the same source count no more.

    Raises BadTerms; UnknownItem for a conversation or message that is not of this case.
    """
    if said.answer not in set(Answer) or said.how not in set(How):
        raise BadTerms("unknown")
    check_text(said.language, said.text)
    if said.answer != Answer.NO and not 1 <= said.days <= YES_DAYS_MAX:
        raise BadTerms("days")
    asked = [one for one in case.threads if one.thread.hex() in said.sources]
    if not asked or len(asked) != len(said.sources):
        raise BadTerms("source")
    message = _message(session, asked, said.message) if said.how == How.MESSAGE else b""
    pks = frozenset(one.id for one in asked)
    _replace(session, day, actor, case, said.terms, pks)
    row_id = random_id()
    words = {"recipient": said.terms.recipient, "language": said.language, "text": said.text}
    sealed = written.seal(case, PLACE, row_id, json.dumps(words, sort_keys=True).encode("ascii"))
    row = Consent(
        grant_id=row_id,
        case_pk=case.id,
        author=actor.person_id,
        day=day,
        purpose=said.terms.purpose.value,
        identifiability=said.terms.identifiability.value,
        fields=joined(said.terms.fields),
        answer=said.answer,
        expiry_day=None if said.answer == Answer.NO else day + said.days,
        how=said.how,
        message_id=message,
        sealed_words=sealed.sealed,
        sources=[ConsentSource(thread_pk=one) for one in sorted(pks)],
    )
    session.add(row)
    session.flush()
    facts = {"answer": row.answer, "how": row.how, **coded(row)}
    ledger.append(session, day, actor, "consent", case.case_id, facts, sealed.commitment)
    return row


def coded(row: Consent) -> dict[str, str]:
    """What the ledger says of a row: never to whom, and no word."""
    until = {} if row.expiry_day is None else {"until": str(row.expiry_day)}
    what = {"purpose": row.purpose, "fields": row.fields, "shown": row.identifiability}
    return {"agreement": row.grant_id.hex(), **what, **until}


def end(session: Session, day: int, actor: Actor, case: Case, grant_id: str) -> Consent:
    """The source took it back, and somebody of the team writes that down. Raises UnknownItem, WrongState."""
    row = find(session, case, grant_id)
    if row.ended or row.answer != Answer.YES:
        raise WrongState("ended")
    _end(session, day, actor, case, row, "team")
    return row


def source_withdrew(session: Session, day: int, thread: Thread) -> None:
    """A withdrawal arrived, of everything or of sharing: whatever this source agreed to counts no more.

    Exceptions as well: two people may make another, knowing of it.
    """
    touched = select(ConsentSource.consent_pk).where(ConsentSource.thread_pk == thread.id)
    rows = select(Consent).where(Consent.id.in_(touched), Consent.answer == Answer.YES, Consent.ended == "")
    for row in session.scalars(rows.order_by(Consent.id)).all():
        _end(session, day, None, thread.of_case, row, "source")


def find(session: Session, case: Case, grant_id: str) -> Consent:
    """A row of this case; raises UnknownItem."""
    wanted = item_id(grant_id)
    row = session.scalar(select(Consent).where(Consent.grant_id == wanted, Consent.case_pk == case.id))
    if row is None:
        raise UnknownItem("no such agreement")
    return row


def words_of(case: Case, row: Consent) -> dict[str, str]:
    """Recipient, language and text (of an exception: its reason)."""
    words: dict[str, str] = json.loads(written.unseal(case, PLACE, row.grant_id, row.sealed_words))
    return words


def _replace(
    session: Session, day: int, actor: Actor, case: Case, terms: Terms, sources: frozenset[int]
) -> None:
    """The same question once more: what the same source said to it before has been overtaken."""
    rows = select(Consent).where(
        Consent.case_pk == case.id,
        Consent.purpose == terms.purpose.value,
        Consent.ended == "",
        Consent.second.is_(None),
    )
    for row in session.scalars(rows.order_by(Consent.id)).all():
        asked = {one.thread_pk for one in row.sources}
        if asked & sources and same_recipient(words_of(case, row)["recipient"], terms.recipient):
            _end(session, day, actor, case, row, "replaced")


def _end(session: Session, day: int, actor: Actor | None, case: Case, row: Consent, why: str) -> None:
    row.ended, row.ended_day = why, day
    facts = {"agreement": row.grant_id.hex(), "purpose": row.purpose, "by": why}
    ledger.append(session, day, actor, "consent-ended", case.case_id, facts)


def _message(session: Session, asked: list[Thread], message: str) -> bytes:
    try:
        wanted = bytes.fromhex(message)
    except ValueError:
        wanted = b""
    mine = Envelope.thread_pk.in_([one.id for one in asked])
    there = select(Envelope.message_id).where(mine, Envelope.message_id == wanted, Envelope.kind == Kind.TEXT)
    found = session.scalar(there)
    if found is None:
        raise BadTerms("message")
    return found


def _grant(row: Consent, recipient: str) -> Grant:
    return Grant(
        grant_id=row.grant_id.hex(),
        purpose=Purpose(row.purpose),
        recipient=recipient,
        fields=frozenset(row.fields.split()),
        identifiability=Identifiability(row.identifiability),
        expiry_day=row.expiry_day or 0,
        exception=row.second is not None,
    )
