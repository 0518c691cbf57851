"""A legal hold: a case is kept beyond its clock, for a reason, up to a day; two people set it, two lift it.

It stops the clock and whoever would destroy the case. It does not stop a source: what a source withdraws is
destroyed in a case on hold as in any other, for that was promised before anybody could ask for a hold.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from sluis.errors import BadField, SluisError
from workstation.casework import ledger, two_people, written
from workstation.casework.holds_models import Hold
from workstation.casework.models import Case
from workstation.casework.roles import Actor
from workstation.casework.two_people import Matter, ProposalOver
from workstation.casework.two_people_models import Proposal
from workstation.errors import UnknownItem, WrongState
from workstation.ids import item_id

PLACE = "hold"
DAYS_MAX = 365
REASON_MAX = 2_000
HOLD_REASONS = ("court", "police", "complaint", "source-asked", "other")
"""Why a case is kept, in a code for the ledger; what exactly it is stands in words."""


class BadHold(BadField):
    """Not a hold; `what` is "code", "days" or "reason"."""

    def __init__(self, what: str) -> None:
        super().__init__("a hold has a code, a reason in words, and 1 to 365 days")
        self.what = what


class OnHold(SluisError):
    """The case is kept up to `until_day`, as two people decided; it is not destroyed before that."""

    code = "on-hold"

    def __init__(self, until_day: int) -> None:
        super().__init__("two people decided to keep this case")
        self.until_day = until_day


@dataclass(frozen=True)
class HoldRecord:
    """A hold as shown; ids in hexadecimal. `code` is of HOLD_REASONS; `in_force`: it keeps the case today."""

    hold_id: str
    first: str
    second: str
    day: int
    until_day: int
    lifted_day: int | None
    code: str
    reason: str
    in_force: bool


def propose(
    session: Session, day: int, actor: Actor, case: Case, days: int, reason: str, code: str = "other"
) -> Proposal:
    """It keeps nothing until somebody else has confirmed it; then up to the day that is `days` days from now.

    Raises NotAllowed, NeedsTwo; BadHold without a reason or its code, or beyond DAYS_MAX.
    """
    if code not in HOLD_REASONS:
        raise BadHold("code")
    if not 1 <= days <= DAYS_MAX:
        raise BadHold("days")
    if not reason.strip() or len(reason) > REASON_MAX:
        raise BadHold("reason")
    # The day is agreed on, not a number of days: a late confirmation moves no end.
    terms = {"until": str(day + days), "reason": reason, "code": code}
    return two_people.propose(session, day, actor, case, Matter.HOLD, terms)


def confirm(session: Session, day: int, actor: Actor, case: Case, proposal_id: str) -> Hold:
    """From now on the case is kept. Raises what two_people.confirm does; ProposalOver after its last day."""
    decided = two_people.confirm(session, day, actor, case, Matter.HOLD, proposal_id)
    terms, row_id = decided.terms, bytes.fromhex(decided.proposal_id)
    if int(terms["until"]) < day:
        raise ProposalOver("the day up to which it would keep the case is over")
    words = {"code": terms["code"], "reason": terms["reason"]}
    sealed = written.seal(case, PLACE, row_id, json.dumps(words, sort_keys=True).encode("ascii"))
    row = Hold(
        hold_id=row_id,
        case_pk=case.id,
        first=bytes.fromhex(decided.proposer),
        second=actor.person_id,
        day=day,
        until_day=int(terms["until"]),
        sealed_reason=sealed.sealed,
    )
    session.add(row)
    session.flush()
    facts = {"person": decided.proposer, "reason": terms["code"], "until": str(row.until_day)}
    ledger.append(session, day, actor, "hold-set", case.case_id, facts, sealed.commitment)
    return row


def propose_lift(session: Session, day: int, actor: Actor, case: Case, hold_id: str) -> Proposal:
    """To end a hold before its day. Raises NotAllowed, NeedsTwo, UnknownItem, WrongState."""
    _in_force(session, day, case, hold_id)
    return two_people.propose(session, day, actor, case, Matter.LIFT, {"hold": hold_id})


def confirm_lift(session: Session, day: int, actor: Actor, case: Case, proposal_id: str) -> None:
    """It is over. Raises what two_people.confirm does; WrongState when it was over already."""
    decided = two_people.confirm(session, day, actor, case, Matter.LIFT, proposal_id)
    row = _in_force(session, day, case, decided.terms["hold"])
    row.lifted_day = day
    ledger.append(session, day, actor, "hold-lifted", case.case_id, {"person": decided.proposer})


def until(session: Session, case: Case, day: int) -> int | None:
    """The last day up to which the case is kept; None when nothing keeps it today."""
    rows = session.scalars(select(Hold).where(Hold.case_pk == case.id))
    return max((row.until_day for row in rows if in_force(row, day)), default=None)


def check(session: Session, case: Case, day: int) -> None:
    """To be called before a case is destroyed; raises OnHold."""
    kept = until(session, case, day)
    if kept is not None:
        raise OnHold(kept)


def in_force(row: Hold, day: int) -> bool:
    """Whether it keeps the case on this day."""
    return row.lifted_day is None and day <= row.until_day


def all_of(session: Session, case: Case, day: int) -> tuple[HoldRecord, ...]:
    """Every hold that there was on a case, newest first."""
    rows = select(Hold).where(Hold.case_pk == case.id).order_by(Hold.id.desc())
    return tuple(_shown(case, row, day) for row in session.scalars(rows))


def _shown(case: Case, row: Hold, day: int) -> HoldRecord:
    words = json.loads(written.unseal(case, PLACE, row.hold_id, row.sealed_reason))
    return HoldRecord(
        hold_id=row.hold_id.hex(),
        first=row.first.hex(),
        second=row.second.hex(),
        day=row.day,
        until_day=row.until_day,
        lifted_day=row.lifted_day,
        code=words["code"],
        reason=words["reason"],
        in_force=in_force(row, day),
    )


def _in_force(session: Session, day: int, case: Case, hold_id: str) -> Hold:
    wanted = item_id(hold_id)
    row = session.scalar(select(Hold).where(Hold.hold_id == wanted, Hold.case_pk == case.id))
    if row is None:
        raise UnknownItem("no such hold")
    if not in_force(row, day):
        raise WrongState("lifted")
    return row
