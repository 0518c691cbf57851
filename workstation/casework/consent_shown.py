"""Agreements as they are shown: frozen values, and whether each allows anything today, or why not."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from workstation.casework import consent, holds, two_people
from workstation.casework import passed_on as left
from workstation.casework.consent_models import Consent
from workstation.casework.consent_terms import Answer
from workstation.casework.models import Case
from workstation.casework.passed_on import PassedOnRecord
from workstation.casework.two_people import Matter, Waiting
from workstation.models import Thread


@dataclass(frozen=True)
class Agreement:
    """One answer of a source, or an exception; ids in hexadecimal, `sources` ids of conversations.

    `standing`: "stands"; "no", "later": what the source said; "ended": see `ended`; "over": its days are;
    "not-all": somebody else whose words are in the case did not agree; "closed": the case is.
    """

    grant_id: str
    purpose: str
    recipient: str
    fields: tuple[str, ...]
    identifiability: str
    answer: str
    expiry_day: int | None
    how: str
    message_id: str
    language: str
    text: str
    author: str
    second: str
    day: int
    ended: str
    ended_day: int | None
    sources: tuple[str, ...]
    standing: str

    @property
    def exception(self) -> bool:
        """Whether two people made it without consent."""
        return bool(self.second)


@dataclass(frozen=True)
class ConsentView:
    """All of a case that has to do with passing on. `agreements` and `left` newest first."""

    agreements: tuple[Agreement, ...]
    waiting: tuple[Waiting, ...]
    left: tuple[PassedOnRecord, ...]


@dataclass(frozen=True)
class Brief:
    """For the page of the case: what stands today, whether anything left, and up to when it is on hold."""

    standing: tuple[Agreement, ...]
    left: int
    kept_until: int | None


def view(session: Session, case: Case, day: int) -> ConsentView:
    """All of it."""
    waiting = tuple(one for one in two_people.waiting(session, case, day) if one.matter is Matter.EXCEPTION)
    return ConsentView(_agreements(session, case, day), waiting, left.passed_on(session, case))


def brief(session: Session, case: Case, day: int) -> Brief:
    """In short."""
    standing = tuple(one for one in _agreements(session, case, day) if one.standing == "stands")
    return Brief(standing, len(left.passed_on(session, case)), holds.until(session, case, day))


def _agreements(session: Session, case: Case, day: int) -> tuple[Agreement, ...]:
    live = consent.with_words(session, case)
    rows = session.scalars(select(Consent).where(Consent.case_pk == case.id).order_by(Consent.id.desc()))
    return tuple(_shown(session, case, row, live, day) for row in rows)


def _shown(session: Session, case: Case, row: Consent, live: frozenset[int], day: int) -> Agreement:
    words = consent.words_of(case, row)
    asked = select(Thread.thread).where(Thread.id.in_([one.thread_pk for one in row.sources]))
    return Agreement(
        grant_id=row.grant_id.hex(),
        purpose=row.purpose,
        recipient=words["recipient"],
        fields=tuple(row.fields.split()),
        identifiability=row.identifiability,
        answer=row.answer,
        expiry_day=row.expiry_day,
        how=row.how,
        message_id=row.message_id.hex(),
        language=words["language"],
        text=words["text"],
        author=row.author.hex(),
        second=row.second.hex() if row.second is not None else "",
        day=row.day,
        ended=row.ended,
        ended_day=row.ended_day,
        sources=tuple(one.hex() for one in session.scalars(asked.order_by(Thread.id))),
        standing=_standing(case, row, live, day),
    )


def _standing(case: Case, row: Consent, live: frozenset[int], day: int) -> str:
    if row.ended:
        return "ended"
    if row.answer != Answer.YES:
        return row.answer
    if case.state != "open":
        return "closed"
    if consent.stands(row, live, day):
        return "stands"
    return "over" if row.expiry_day is not None and row.expiry_day < day else "not-all"
