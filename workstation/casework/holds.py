"""A legal hold: a case is kept beyond its clock, for a reason, up to a day; two people set it, two lift it.

It stops the clock and whoever would destroy the case. It does not stop a source: what a source withdraws is
destroyed in a case on hold as in any other, for that was promised before anybody could ask for a hold.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from sluis.errors import BadField, SluisError
from workstation.casework import ledger, two_people, written
from workstation.casework.holds_models import Hold
from workstation.casework.models import Case
from workstation.casework.roles import Actor
from workstation.casework.two_people import Matter
from workstation.casework.two_people_models import Proposal
from workstation.errors import UnknownItem, WrongState
from workstation.ids import item_id

PLACE = "hold"
DAYS_MAX = 365
REASON_MAX = 2_000


class OnHold(SluisError):
    """The case is kept up to `until_day`, as two people decided; it is not destroyed before that."""

    code = "on-hold"

    def __init__(self, until_day: int) -> None:
        super().__init__("two people decided to keep this case")
        self.until_day = until_day


@dataclass(frozen=True)
class HoldRecord:
    """A hold as shown; ids in hexadecimal. `in_force`: it keeps the case today."""

    hold_id: str
    first: str
    second: str
    day: int
    until_day: int
    lifted_day: int | None
    reason: str
    in_force: bool


def propose(session: Session, day: int, actor: Actor, case: Case, days: int, reason: str) -> Proposal:
    """It keeps nothing until somebody else has confirmed it; then for `days` days.

    Raises NotAllowed, NeedsTwo; BadField without a reason, or beyond DAYS_MAX.
    """
    if not 1 <= days <= DAYS_MAX or not reason.strip() or len(reason) > REASON_MAX:
        raise BadField("a hold has a reason and lasts 1 to 365 days")
    terms = {"days": str(days), "reason": reason}
    return two_people.propose(session, day, actor, case, Matter.HOLD, terms)


def confirm(session: Session, day: int, actor: Actor, case: Case, proposal_id: str) -> Hold:
    """From now on the case is kept. Raises what two_people.confirm does."""
    decided = two_people.confirm(session, day, actor, case, Matter.HOLD, proposal_id)
    row_id = bytes.fromhex(decided.proposal_id)
    sealed = written.seal(case, PLACE, row_id, decided.terms["reason"].encode("utf-8"))
    row = Hold(
        hold_id=row_id,
        case_pk=case.id,
        first=bytes.fromhex(decided.proposer),
        second=actor.person_id,
        day=day,
        until_day=day + int(decided.terms["days"]),
        sealed_reason=sealed.sealed,
    )
    session.add(row)
    session.flush()
    facts = {"person": decided.proposer, "until": str(row.until_day)}
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
    return tuple(
        HoldRecord(
            hold_id=row.hold_id.hex(),
            first=row.first.hex(),
            second=row.second.hex(),
            day=row.day,
            until_day=row.until_day,
            lifted_day=row.lifted_day,
            reason=written.unseal(case, PLACE, row.hold_id, row.sealed_reason).decode("utf-8"),
            in_force=in_force(row, day),
        )
        for row in session.scalars(rows)
    )


def _in_force(session: Session, day: int, case: Case, hold_id: str) -> Hold:
    wanted = item_id(hold_id)
    row = session.scalar(select(Hold).where(Hold.hold_id == wanted, Hold.case_pk == case.id))
    if row is None:
        raise UnknownItem("no such hold")
    if not in_force(row, day):
        raise WrongState("lifted")
    return row
