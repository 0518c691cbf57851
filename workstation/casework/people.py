"""People: who signs in here, what they are, and what they can. Operations within the caller's transaction.

The first person is a custodian, and one always remains, so that somebody can let others in. Nobody changes or
ends their own access.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from sluis.errors import BadField, SluisError
from sluis.languages import LANGUAGE_NAMES
from sluis.primitives import random_id
from workstation.casework.ledger import append
from workstation.casework.people_models import Person, PersonLanguage, PersonRole, PersonSkill
from workstation.casework.roles import Actor, Permission, Role, check_together
from workstation.errors import AlreadyExists, UnknownItem

# A reporter may ask for a woman or a man; nobody has to be either here.
SKILLS = (
    *("acute-danger", "self-harm", "children", "sexual-violence", "family-abroad"),
    *("digital-safety", "law", "trauma", "woman", "man"),
)
PASSPHRASE_MIN = 20
_DESK = re.compile(r"[a-z][a-z0-9-]{1,30}[a-z0-9]\Z")


class FirstIsCustodian(SluisError):
    """The first person has to be able to let others in."""

    code = "first-is-custodian"


class LastCustodian(SluisError):
    """Nobody would be left who can let others in."""

    code = "last-custodian"


class OwnAccess(SluisError):
    """Nobody changes or ends their own access."""

    code = "own-access"


class WeakPassphrase(SluisError):
    """Shorter than PASSPHRASE_MIN characters, or the name of the desk in other words."""

    code = "weak-passphrase"


@dataclass(frozen=True)
class NewPerson:
    """What is entered of somebody: a desk's pseudonym, never a name; roles; codes of skills and languages."""

    desk: str
    roles: frozenset[Role]
    skills: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()


@dataclass(frozen=True)
class PersonRecord:
    """Somebody as shown: `person_id` in hexadecimal."""

    person_id: str
    desk: str
    roles: frozenset[Role]
    skills: tuple[str, ...]
    languages: tuple[str, ...]
    active: bool
    added_day: int


def check_passphrase(passphrase: str, desk: str) -> None:
    """Raises WeakPassphrase."""
    typed = unicodedata.normalize("NFKC", passphrase).casefold()
    if len(typed.replace(desk, "")) < PASSPHRASE_MIN or len(set(typed)) < PASSPHRASE_MIN // 4:
        raise WeakPassphrase(f"a passphrase has at least {PASSPHRASE_MIN} characters beside the desk's name")


def any_person(session: Session) -> bool:
    """Whether people were ever entered: then a lone seat is over for good."""
    return session.scalar(select(Person.id).limit(1)) is not None


def active_ids(session: Session) -> tuple[bytes, ...]:
    """Of all whose badge counts."""
    return tuple(session.scalars(select(Person.person_id).where(Person.active.is_(True))))


def actor_of(session: Session, person_id: bytes) -> Actor | None:
    """Who that is now; None for nobody, and for somebody who left."""
    person = session.scalar(select(Person).where(Person.person_id == person_id, Person.active.is_(True)))
    return None if person is None else Actor(person.person_id, person.desk, _roles(person))


def find(session: Session, person_id: str) -> Person:
    """Somebody active, by the id in hexadecimal; raises UnknownItem."""
    try:
        wanted = bytes.fromhex(person_id)
    except ValueError:
        wanted = b""
    person = session.scalar(select(Person).where(Person.person_id == wanted, Person.active.is_(True)))
    if person is None:
        raise UnknownItem("no such person")
    return person


def everybody(session: Session) -> tuple[PersonRecord, ...]:
    """Whoever signs in here first, then who did, each by desk."""
    found = session.scalars(select(Person).order_by(Person.active.desc(), Person.desk))
    return tuple(record(person) for person in found)


def add(session: Session, day: int, actor: Actor, new: NewPerson) -> Person:
    """Somebody new; a desk that is or was somebody's is AlreadyExists.

    Raises NotAllowed, BadField, IncompatibleRoles, FirstIsCustodian.
    """
    actor.require(Permission.MANAGE_PEOPLE)
    if not _DESK.match(new.desk):
        raise BadField("a desk has 3 to 32 small letters, digits or hyphens")
    _check_roles(new.roles)
    if not any_person(session) and Role.CUSTODIAN not in new.roles:
        raise FirstIsCustodian("the first person is a custodian")
    if session.scalar(select(Person.id).where(Person.desk == new.desk)) is not None:
        raise AlreadyExists("there is, or was, a desk of that name")
    person = Person(person_id=random_id(), desk=new.desk, added_day=day)
    session.add(person)
    session.flush()
    for role in sorted(new.roles):
        person.roles.append(PersonRole(role=role.value, since_day=day))
    _set_abilities(person, new.skills, new.languages)
    append(session, day, actor, "person-added", person.person_id, {"roles": _joined(new.roles)})
    return person


def set_roles(session: Session, day: int, actor: Actor, person: Person, roles: frozenset[Role]) -> None:
    """Raises NotAllowed, BadField, IncompatibleRoles, OwnAccess, LastCustodian."""
    _check_other(actor, person)
    _check_roles(roles)
    before = _roles(person)
    if before == roles:
        return
    if Role.CUSTODIAN not in roles:
        _check_custodian_remains(session, person)
    for row in person.roles:
        if row.until_day is None and Role(row.role) not in roles:
            row.until_day = day
    for role in sorted(roles - before):
        person.roles.append(PersonRole(role=role.value, since_day=day))
    facts = {"roles": _joined(roles), "before": _joined(before)}
    append(session, day, actor, "roles-changed", person.person_id, facts)


def set_abilities(
    session: Session,
    day: int,
    actor: Actor,
    person: Person,
    skills: Collection[str],
    languages: Collection[str],
) -> None:
    """What somebody has learnt and speaks; raises NotAllowed, BadField for an unknown code."""
    actor.require(Permission.MANAGE_PEOPLE)
    _set_abilities(person, skills, languages)
    append(session, day, actor, "abilities-changed", person.person_id)


def access_renewed(session: Session, day: int, actor: Actor, person: Person) -> None:
    """Writes down that somebody gets a new badge; raises NotAllowed, OwnAccess."""
    _check_other(actor, person)
    append(session, day, actor, "access-renewed", person.person_id)


def deactivate(session: Session, day: int, actor: Actor, person: Person) -> None:
    """Ends somebody's access; raises NotAllowed, OwnAccess, LastCustodian."""
    _check_other(actor, person)
    _check_custodian_remains(session, person)
    for row in person.roles:
        row.until_day = day if row.until_day is None else row.until_day
    person.active = False
    append(session, day, actor, "person-left", person.person_id)


def record(person: Person) -> PersonRecord:
    """A person as shown."""
    return PersonRecord(
        person_id=person.person_id.hex(),
        desk=person.desk,
        roles=_roles(person),
        skills=tuple(one.code for one in person.skills),
        languages=tuple(one.code for one in person.languages),
        active=person.active,
        added_day=person.added_day,
    )


def _roles(person: Person) -> frozenset[Role]:
    return frozenset(Role(row.role) for row in person.roles if row.until_day is None)


def _check_roles(roles: frozenset[Role]) -> None:
    if not roles:
        raise BadField("a person has at least one role")
    check_together(roles)


def _check_other(actor: Actor, person: Person) -> None:
    actor.require(Permission.MANAGE_PEOPLE)
    if person.person_id == actor.person_id:
        raise OwnAccess("another custodian does that")


def _check_custodian_remains(session: Session, person: Person) -> None:
    others = (
        select(Person.id)
        .join(PersonRole)
        .where(
            Person.active.is_(True),
            Person.id != person.id,
            PersonRole.role == Role.CUSTODIAN.value,
            PersonRole.until_day.is_(None),
        )
    )
    if Role.CUSTODIAN in _roles(person) and session.scalar(others.limit(1)) is None:
        raise LastCustodian("a custodian remains")


def _set_abilities(person: Person, skills: Iterable[str], languages: Iterable[str]) -> None:
    wanted, spoken = set(skills), set(languages)
    if not wanted <= set(SKILLS) or not spoken <= set(LANGUAGE_NAMES):
        raise BadField("a skill or language that is on no list")
    person.skills = [PersonSkill(code=code) for code in sorted(wanted)]
    person.languages = [PersonLanguage(code=code) for code in sorted(spoken)]


def _joined(roles: Iterable[Role]) -> str:
    return ",".join(sorted(roles))
