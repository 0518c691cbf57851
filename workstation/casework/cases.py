"""Cases: opened when a thread arrives, found, and who may read and work on which."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from sluis.errors import BadField
from sluis.primitives import random_id, random_key
from workstation.aliases import draw_alias
from workstation.casework import assignment, beside, ledger, options, retention
from workstation.casework.interpreting_models import AssignedText
from workstation.casework.models import Case
from workstation.casework.roles import Actor, NotAllowed, Permission
from workstation.errors import UnknownItem, WrongState
from workstation.ids import item_id
from workstation.models import Thread

# What a source says of its danger, from the most urgent answer on; other answers do not move a case.
REPORTED = ("now", "72h", "weeks")
DANGER = "danger"
CLOSE_REASONS = ("done", "referred", "no-contact", "withdrawn", "not-for-us", "false", "test")


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
        reopen(session, day, None, case)
    elif case.key is None:
        case = open_case(session, thread.alias, day)
        thread.of_case = case
        session.flush()
    return case


def note_report(case: Case, intake: Mapping[str, str], language: str) -> None:
    """Keeps what a new message says of danger, until somebody judged it, and its language, to order by."""
    case.reported = most_urgent(intake.get(DANGER, ""), case.reported)
    case.language = language or case.language


def most_urgent(*reported: str) -> str:
    """The most urgent of these answers; "" when none of them moves a case."""
    return next((one for one in REPORTED if one in reported), "")


def find(session: Session, case_id: str) -> Case:
    """Raises UnknownItem."""
    case = session.scalar(select(Case).where(Case.case_id == item_id(case_id)))
    if case is None:
        raise UnknownItem("no such case")
    return case


def may_read(actor: Actor, case: Case) -> bool:
    """Whether this person may read it: any case, or their own and those that are nobody's yet."""
    if actor.may(Permission.READ_ALL_CASES):
        return True
    return actor.may(Permission.READ_OWN_CASES) and case.owner in (None, actor.person_id)


def readable(session: Session, actor: Actor, case_id: str) -> Case:
    """A case that this person may read; raises UnknownItem, NotAllowed."""
    case = find(session, case_id)
    if not may_read(actor, case):
        raise NotAllowed(Permission.READ_ALL_CASES.value)
    assignment.check_reader(session, actor, case)
    if case.key is None:
        raise UnknownItem("the case is no longer there")
    return case


def workable(session: Session, actor: Actor, case_id: str) -> Case:
    """A case that is open, and that this person may work on.

    Raises UnknownItem, NotAllowed; WrongState for one that is closed.
    """
    case = readable(session, actor, case_id)
    actor.require(Permission.WORK_ON_CASES)
    if case.state != "open":
        raise WrongState(case.state)
    return case


def assign(session: Session, day: int, actor: Actor, case: Case, person_id: bytes | None) -> None:
    """Gives a case to a person, or to nobody. Taking what is nobody's, and giving back, needs no supervisor.

    Raises NotAllowed; UnknownItem, NotAssignable and KeptAway for somebody who cannot have it.
    """
    own = {None, actor.person_id}
    if not {case.owner, person_id} <= own:
        actor.require(Permission.ASSIGN_CASES)
    if person_id is not None:
        assignment.check(session, actor, case, person_id)
    case.owner = person_id
    given = person_id.hex() if person_id is not None else ""
    ledger.append(session, day, actor, "assigned", case.case_id, {"to": given})


def close(session: Session, day: int, actor: Actor, case: Case, reason: str, none: str = "") -> None:
    """Closes a case; its clock begins, and no interpreter has a text of it any more.

    Raises BadField without a reason of CLOSE_REASONS; OptionsNeeded when no option was discussed and neither
    that nor `none` (a reason of options.NONE_REASONS) says why.
    """
    if reason not in CLOSE_REASONS:
        raise BadField("a case is closed with a reason")
    said = options.check_close(session, case, reason, none)
    rules = retention.current()
    threads = [one.id for one in case.threads]
    beside.end_texts(session, day, actor, AssignedText.thread_pk.in_(threads))
    case.state, case.closed_day, case.close_reason = "closed", day, reason
    case.retention = rules.default
    case.destroy_day = rules.destroy_day(rules.default, day)
    facts = {"reason": reason, "retention": case.retention, **said}
    ledger.append(session, day, actor, "closed", case.case_id, facts)


def reopen(session: Session, day: int, actor: Actor | None, case: Case) -> None:
    """Opens a closed case again; its clock stands still. Raises WrongState."""
    if case.state != "closed":
        raise WrongState(case.state)
    case.state, case.closed_day, case.close_reason, case.destroy_day = "open", None, "", None
    facts = {} if actor is not None else {"by": "arrival"}
    ledger.append(session, day, actor, "reopened", case.case_id, facts)
