"""Cases: opened when a thread arrives, found, and who may read and work on which."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from sluis.primitives import random_id, random_key
from workstation.aliases import draw_alias
from workstation.casework import ledger
from workstation.casework.models import Case
from workstation.casework.roles import Actor
from workstation.errors import UnknownItem
from workstation.models import Thread

# What a source says of its danger, from the most urgent answer on; other answers do not move a case.
REPORTED = ("now", "72h", "weeks")
DANGER = "danger"


def open_case(session: Session, alias: str, day: int, actor: Actor | None = None) -> Case:
    """A new case with a key of its own; nobody is its owner."""
    if session.scalar(select(Case.id).where(Case.alias == alias)) is not None:
        alias = draw_alias(set(session.scalars(select(Case.alias))))
    case = Case(
        case_id=random_id(),
        alias=alias,
        key=random_key(),
        opened_day=day,
    )
    session.add(case)
    session.flush()
    ledger.append(session, day, actor, "opened", case.case_id)
    return case


def for_new_thread(session: Session, alias: str, day: int) -> Case:
    """The case of a thread that arrives for the first time."""
    return open_case(session, alias, day)


def for_arrival(session: Session, thread: Thread, day: int, *, says_something: bool) -> Case:
    """The case that takes in what arrives in a known thread.

    A closed case is open again when the source `says_something`; one whose key was destroyed is not: the
    thread gets a new one.
    """
    case = thread.of_case
    if case.state == "closed" and says_something:
        case.state, case.closed_day, case.close_reason, case.destroy_day = "open", None, "", None
        ledger.append(session, day, None, "reopened", case.case_id, {"by": "arrival"})
    elif case.key is None:
        case = open_case(session, thread.alias, day)
        thread.of_case = case
        session.flush()
    return case


def note_report(case: Case, intake: Mapping[str, str], language: str) -> None:
    """Keeps what a new message says of danger (the most urgent stays) and its language, to order by."""
    said = intake.get(DANGER, "")
    known = [one for one in REPORTED if one in (said, case.reported)]
    case.reported = known[0] if known else ""
    case.language = language or case.language


def find(session: Session, case_id: str) -> Case:
    """Raises UnknownItem."""
    try:
        wanted = bytes.fromhex(case_id)
    except ValueError as error:
        raise UnknownItem("not an identifier") from error
    case = session.scalar(select(Case).where(Case.case_id == wanted))
    if case is None:
        raise UnknownItem("no such case")
    return case
