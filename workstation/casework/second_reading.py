"""Second reading: while it is on, whoever wrote any of a reply does not approve it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from sluis.errors import SluisError
from workstation.casework.ledger import append
from workstation.casework.people_models import OfficeRule, Person, PersonRole, ReplyAuthor
from workstation.casework.roles import ALLOWED, Actor, Permission, Role
from workstation.models import Reply

RULE = "second-reading"
READERS = 2


class OwnReply(SluisError):
    """An author never approves, while second reading is on."""

    code = "own-reply"


class TooFewReaders(SluisError):
    """Second reading needs two people who may read and approve."""

    code = "too-few-readers"


def is_on(session: Session) -> bool:
    """Whether this office asks for a second reader; it does not at first."""
    rule = session.get(OfficeRule, RULE)
    return rule is not None and rule.on


def switch(session: Session, day: int, actor: Actor, on: bool) -> None:
    """Raises NotAllowed; TooFewReaders when switched on without two people who can do it."""
    actor.require(Permission.SET_RULES)
    if on and _readers(session) < READERS:
        raise TooFewReaders("a second reader needs to be another person")
    session.merge(OfficeRule(name=RULE, on=on))
    append(session, day, actor, "rule-changed", facts={"rule": RULE, "on": "yes" if on else "no"})


def wrote(session: Session, actor: Actor, reply: Reply) -> None:
    """To be called whenever somebody drafts or changes a reply."""
    session.merge(ReplyAuthor(reply_pk=reply.id, person_id=actor.person_id))


def check_reader(session: Session, actor: Actor, reply: Reply) -> None:
    """To be called before a reply is approved; raises NotAllowed, OwnReply."""
    actor.require(Permission.SECOND_READING)
    if is_on(session) and session.get(ReplyAuthor, (reply.id, actor.person_id)) is not None:
        raise OwnReply("whoever wrote an answer does not approve it")


def _readers(session: Session) -> int:
    able = [role.value for role in Role if Permission.SECOND_READING in ALLOWED[role]]
    having = select(PersonRole.person_pk).where(PersonRole.until_day.is_(None), PersonRole.role.in_(able))
    active = select(Person.id).where(Person.active.is_(True), Person.id.in_(having))
    return len(session.scalars(active).all())
