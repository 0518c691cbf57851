"""What waits for a second person in any case: so that somebody finds it who does not know of the case yet."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from workstation.casework.inbox import readable_by
from workstation.casework.models import Case
from workstation.casework.roles import Actor, Permission
from workstation.casework.two_people import Matter
from workstation.casework.two_people_models import Proposal


@dataclass(frozen=True)
class Asked:
    """One proposal, without its words; ids in hexadecimal. `mine`: whoever reads this proposed it."""

    case_id: str
    alias: str
    proposal_id: str
    matter: Matter
    proposer: str
    day: int
    last_day: int
    mine: bool


def of(session: Session, actor: Actor, day: int) -> tuple[Asked, ...]:
    """What can be confirmed today of cases that this person may read, oldest first; raises NotAllowed."""
    actor.require(Permission.SECOND_READING)
    rows = (
        select(Case.case_id, Case.alias, Proposal)
        .join(Proposal, Proposal.case_pk == Case.id)
        .where(Proposal.last_day >= day, Case.key.is_not(None), *readable_by(actor))
        .order_by(Proposal.id)
    )
    return tuple(
        Asked(
            case_id=case_id.hex(),
            alias=alias,
            proposal_id=row.proposal_id.hex(),
            matter=Matter(row.matter),
            proposer=row.proposer.hex(),
            day=row.day,
            last_day=row.last_day,
            mine=row.proposer == actor.person_id,
        )
        for case_id, alias, row in session.execute(rows)
    )
