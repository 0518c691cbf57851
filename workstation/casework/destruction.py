"""The end of a case: its key, its words, its files. What recognises a late copy stays, as after a withdrawal.

The key is what counts: a copy of the database made afterwards holds nothing that opens. The rows are emptied
as well, so that nothing depends on one value being gone. It proves the procedure, not that there is no copy
from before (docs/decisions/0013-case-keys.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from sluis.envelope import NO_PARENT
from sluis.errors import BadField, SluisError
from workstation.casework import agreements, assignment, beside, holds, kept, ledger, stripping, two_people
from workstation.casework.models import Assessment, Case, CaseCode, CaseLink, Note, Task
from workstation.casework.roles import Actor, Permission
from workstation.casework.two_people import Matter
from workstation.casework.two_people_models import Proposal
from workstation.models import Envelope, Reply
from workstation.vault import Staging

# What is left of a destroyed envelope beside its kind, its message id and its content hash: nothing.
EMPTY_ENVELOPE: dict[str, Any] = {
    "batch": 0,
    "sequence": 0,
    "language": "",
    "parent": NO_PARENT,
    "unread": False,
    "sealed_text": b"",
    "sealed_intake": b"",
    "nested": False,
    "file_id": None,
    "sealed_file_name": b"",
    "size": 0,
    "sha256": "",
    "vault_name": None,
    "sealed_vault_key": b"",
}
# These rows may still be in the ring; the next release takes them out.
LIVE_REPLIES = ("draft", "approved", "sealed", "exported", "collected")


# Why a case ends before its clock, or without one: two people say so.
EARLY_REASONS = ("source-asked", "by-mistake", "no-ground")


class NotDue(SluisError):
    """The clock of the case has not run out; it is destroyed when it has."""

    code = "not-due"


def is_due(case: Case, today: int) -> bool:
    """Whether its clock has run out."""
    return case.state == "closed" and case.destroy_day is not None and case.destroy_day <= today


def destroy(session: Session, staging: Staging, day: int, actor: Actor, case: Case) -> None:
    """Destroys a case that is due. Raises NotAllowed, NotDue, OnHold."""
    actor.require(Permission.DESTROY_CASES)
    if not is_due(case, day):
        raise NotDue("the clock of this case has not run out")
    _destroy(session, staging, day, actor, case, {"rule": case.retention, "closed": str(case.closed_day)})


def propose_early(session: Session, day: int, actor: Actor, case: Case, reason: str) -> Proposal:
    """To destroy a case, open or closed, before its day. Raises NotAllowed, NeedsTwo, BadField, OnHold."""
    if reason not in EARLY_REASONS:
        raise BadField("a case ends early for a reason")
    holds.check(session, case, day)
    return two_people.propose(session, day, actor, case, Matter.EARLY, {"reason": reason})


def destroy_early(
    session: Session, staging: Staging, day: int, actor: Actor, case: Case, proposal_id: str
) -> None:
    """Does what somebody else proposed. Raises what two_people.confirm does, OnHold."""
    decided = two_people.confirm(session, day, actor, case, Matter.EARLY, proposal_id)
    facts = {"early": decided.terms["reason"], "person": decided.proposer}
    _destroy(session, staging, day, actor, case, facts)


def _destroy(
    session: Session, staging: Staging, day: int, actor: Actor, case: Case, facts: Mapping[str, str]
) -> None:
    holds.check(session, case, day)
    threads = [one.id for one in case.threads]
    of_case = Envelope.thread_pk.in_(threads)
    for name in session.scalars(select(Envelope.vault_name).where(of_case)):
        if name is not None:
            staging.drop(name)
    stripping.drop(session, staging, session.scalars(select(Envelope.id).where(of_case)).all())
    session.execute(update(Envelope).where(of_case).values(day=day, erased=True, **EMPTY_ENVELOPE))
    answers = Reply.thread_pk.in_(threads)
    gone = update(Reply).where(answers, Reply.state.in_(LIVE_REPLIES)).values(state="withdrawn", queued=False)
    session.execute(gone)
    session.execute(update(Reply).where(answers).values(sealed_text=b"", language="", erased=True))
    forget_written(session, case)
    beside.forget(session, threads)
    assignment.forget(session, case)
    agreements.forget(session, case)
    session.execute(delete(CaseLink).where(or_(CaseLink.case_pk == case.id, CaseLink.other_pk == case.id)))
    case.key, case.state, case.owner = None, "destroyed", None
    case.muted = False
    case.alias = case.case_id.hex()
    case.language = case.close_reason = ""
    ledger.append(session, day, actor, "destroyed", case.case_id, facts)


def forget_written(session: Session, case: Case) -> None:
    """Destroys all that the team wrote down about a case, and what its place in the inbox followed from."""
    for table in (Assessment, Note, Task, CaseCode):
        session.execute(delete(table).where(table.case_pk == case.id))
    kept.forget_all(session, case)
    agreements.forget_words(session, case)
    case.urgency = case.urgency_reason = case.reported = ""
    case.review_day = None
    session.flush()
