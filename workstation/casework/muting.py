"""Muting a case: what arrives in it is taken in, verified and kept as ever, and calls nobody.

The source is told nothing and notices nothing: withdrawals are honoured and confirmed, and an answer can be
written. One thing still shows: when the source's own form says that somebody is in danger now.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from sluis.errors import BadField
from workstation.casework import ledger
from workstation.casework.models import Case
from workstation.casework.roles import Actor, NotAllowed, Permission

REASONS = ("abuse", "flood", "nothing-to-report")
# What a muted case still shows of its source's form.
STILL_SHOWN = "now"


def may_mute(actor: Actor, case: Case) -> bool:
    """A supervisor, or whoever has the case."""
    own = case.owner is not None and case.owner == actor.person_id and actor.may(Permission.WORK_ON_CASES)
    return own or actor.may(Permission.ASSIGN_CASES)


def mute(session: Session, day: int, actor: Actor, case: Case, reason: str) -> None:
    """Raises NotAllowed; BadField without a reason of REASONS."""
    _check(actor, case)
    if reason not in REASONS:
        raise BadField("a case is muted for a reason")
    case.muted = True
    ledger.append(session, day, actor, "muted", case.case_id, {"reason": reason})


def unmute(session: Session, day: int, actor: Actor, case: Case) -> None:
    """Raises NotAllowed."""
    _check(actor, case)
    case.muted = False
    ledger.append(session, day, actor, "unmuted", case.case_id)


def _check(actor: Actor, case: Case) -> None:
    if not may_mute(actor, case):
        raise NotAllowed(Permission.ASSIGN_CASES.value)
