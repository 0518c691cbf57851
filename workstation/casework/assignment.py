"""Who gets a case: by language and skill, and never somebody who is kept away from it.

Somebody is kept away because they know the reporter or somebody concerned. They neither get the case nor read
it, whatever their roles; anybody may say so of themselves, and nobody takes it back for themselves.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from sluis.errors import BadField, SluisError
from workstation.casework import ledger, people
from workstation.casework.models import Case
from workstation.casework.people_models import NeverAssign, Person
from workstation.casework.roles import Actor, NotAllowed, Permission

REASONS = (
    *("knows-the-reporter", "knows-somebody-concerned", "same-community"),
    *("works-for-a-party", "own-wish", "reporter-asked"),
)


class NotAssignable(SluisError):
    """That person's roles do not include working on cases."""

    code = "not-assignable"


class KeptAway(SluisError):
    """That person is kept away from this case."""

    code = "kept-away"


@dataclass(frozen=True)
class Suggestion:
    """Somebody who may get a case, and what speaks for it; `person_id` in hexadecimal."""

    person_id: str
    desk: str
    speaks: bool
    skills: tuple[str, ...]
    open_cases: int


@dataclass(frozen=True)
class Away:
    """Somebody who is kept away from a case, and the code of the reason."""

    person_id: str
    desk: str
    reason: str


def suggest(
    session: Session, actor: Actor, case: Case, skills: Collection[str] = ()
) -> tuple[Suggestion, ...]:
    """Whoever may get the case; raises NotAllowed.

    First those who speak its language, then those with the most of the skills, then those with fewest cases.
    """
    actor.require(Permission.ASSIGN_CASES)
    owned = select(Case.owner, func.count()).where(Case.state == "open").group_by(Case.owner)
    busy = {row[0]: row[1] for row in session.execute(owned)}
    away = set(session.scalars(select(NeverAssign.person_pk).where(NeverAssign.case_id == case.case_id)))
    found = []
    for person in session.scalars(select(Person).where(Person.active.is_(True))):
        one = people.record(person)
        if person.id in away or not Actor(b"", one.desk, one.roles).may(Permission.WORK_ON_CASES):
            continue
        speaks = case.language.partition("-")[0] in one.languages
        able = tuple(code for code in one.skills if code in skills)
        found.append(Suggestion(one.person_id, one.desk, speaks, able, busy.get(person.person_id, 0)))
    return tuple(sorted(found, key=lambda one: (not one.speaks, -len(one.skills), one.open_cases, one.desk)))


def check(session: Session, actor: Actor, case: Case, person_id: bytes) -> None:
    """To be called before a case is given to somebody; raises UnknownItem, NotAssignable, KeptAway."""
    person = actor
    if person_id != actor.person_id:
        person = people.actor_of(session, people.find(session, person_id.hex()).person_id) or actor
    if not person.may(Permission.WORK_ON_CASES):
        raise NotAssignable("this person does not work on cases")
    if _is_away(session, person_id, case):
        raise KeptAway("this person is kept away from the case")


def check_reader(session: Session, actor: Actor, case: Case) -> None:
    """To be called before a case is shown to somebody; raises NotAllowed."""
    if _is_away(session, actor.person_id, case):
        raise NotAllowed("kept away from this case")


def not_kept_from(actor: Actor) -> ColumnElement[bool]:
    """The condition under which a case may be in somebody's list."""
    theirs = select(NeverAssign.case_id).join(Person, Person.id == NeverAssign.person_pk)
    return Case.case_id.not_in(theirs.where(Person.person_id == actor.person_id))


def kept_away(session: Session, case: Case) -> tuple[Away, ...]:
    """Everybody who is kept away from a case."""
    rows = select(Person, NeverAssign.reason).join(NeverAssign).where(NeverAssign.case_id == case.case_id)
    found = session.execute(rows.order_by(Person.desk))
    return tuple(Away(person.person_id.hex(), person.desk, reason) for person, reason in found)


def keep_away(session: Session, day: int, actor: Actor, case: Case, person_id: str, reason: str) -> None:
    """From now on this person neither gets nor reads the case; if it was theirs, it is nobody's.

    Raises NotAllowed, UnknownItem, BadField for a reason that is none of REASONS.
    """
    person = people.find(session, person_id)
    if person.person_id != actor.person_id:
        actor.require(Permission.ASSIGN_CASES)
    if reason not in REASONS:
        raise BadField("a reason of the list")
    if not _is_away(session, person.person_id, case):
        session.add(NeverAssign(person_pk=person.id, case_id=case.case_id, reason=reason))
        session.flush()
    facts = {"person": person.person_id.hex(), "reason": reason}
    ledger.append(session, day, actor, "kept-away", case.case_id, facts)
    if case.owner == person.person_id:
        _give_up(session, day, actor, case)


def allow_again(session: Session, day: int, actor: Actor, case: Case, person_id: str) -> None:
    """Takes it back; raises NotAllowed, UnknownItem, OwnAccess for oneself."""
    actor.require(Permission.ASSIGN_CASES)
    person = people.find(session, person_id)
    if person.person_id == actor.person_id:
        raise people.OwnAccess("another supervisor does that")
    there = NeverAssign.person_pk == person.id
    session.execute(delete(NeverAssign).where(there, NeverAssign.case_id == case.case_id))
    ledger.append(session, day, actor, "allowed-again", case.case_id, {"person": person.person_id.hex()})


def carry_over(session: Session, old: Case, new: Case) -> None:
    """Whoever is kept away from one case is kept away from the other: they were merged, or split."""
    already = set(session.scalars(select(NeverAssign.person_pk).where(NeverAssign.case_id == new.case_id)))
    for row in session.scalars(select(NeverAssign).where(NeverAssign.case_id == old.case_id)):
        if row.person_pk not in already:
            session.add(NeverAssign(person_pk=row.person_pk, case_id=new.case_id, reason=row.reason))
    session.flush()


def forget(session: Session, case: Case) -> None:
    """Who knew whom goes with the case."""
    session.execute(delete(NeverAssign).where(NeverAssign.case_id == case.case_id))


def leave(session: Session, day: int, actor: Actor, person: Person) -> None:
    """The cases of somebody who leaves are nobody's."""
    for case in session.scalars(select(Case).where(Case.owner == person.person_id)):
        _give_up(session, day, actor, case)
    session.execute(delete(NeverAssign).where(NeverAssign.person_pk == person.id))


def _give_up(session: Session, day: int, actor: Actor, case: Case) -> None:
    case.owner = None
    ledger.append(session, day, actor, "assigned", case.case_id, {"to": ""})


def _is_away(session: Session, person_id: bytes, case: Case) -> bool:
    there = select(NeverAssign.id).join(Person, Person.id == NeverAssign.person_pk)
    mine = there.where(Person.person_id == person_id, NeverAssign.case_id == case.case_id)
    return session.scalar(mine.limit(1)) is not None
