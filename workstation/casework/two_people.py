"""What no one person may decide: one proposes, another confirms, each after signing in themselves.

Small and exact, and the only way to an exception without consent, a hold, its end, or an early destruction.
A proposal waits as a row under the key of its case; confirmed, taken back or over, nothing of it is left but
its lines in the ledger. One of the two must have the permission of the matter (`RULES`), and both must be
able to read and answer in this case on the day of the confirmation: whoever left in between, lost the role or
is kept away by then counts no more.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from sluis.errors import SluisError
from sluis.primitives import random_id
from workstation.casework import assignment, cases, ledger, people, written
from workstation.casework.models import Case
from workstation.casework.roles import Actor, NotAllowed, Permission
from workstation.casework.two_people_models import Proposal
from workstation.errors import UnknownItem
from workstation.ids import item_id

TERMS = "proposal"


class Matter(StrEnum):
    """What can be proposed."""

    EXCEPTION = "exception"
    HOLD = "hold"
    LIFT = "lift"
    EARLY = "early-end"


@dataclass(frozen=True)
class Rule:
    """One of the two needs `one_of`; it can be confirmed for `days` days after the one of the proposal."""

    one_of: Permission
    days: int


RULES: Mapping[Matter, Rule] = {
    Matter.EXCEPTION: Rule(Permission.DECIDE_EXCEPTIONS, 1),
    Matter.HOLD: Rule(Permission.SET_HOLDS, 7),
    Matter.LIFT: Rule(Permission.SET_HOLDS, 7),
    Matter.EARLY: Rule(Permission.DESTROY_CASES, 7),
}


class NeedsTwo(SluisError):
    """A lone seat is one person, whoever sits there; people have to be entered first."""

    code = "needs-two"


class SamePerson(SluisError):
    """Whoever proposed it does not confirm it."""

    code = "same-person"


class ProposalOver(SluisError):
    """Its days are over, or whoever proposed it could not do so today."""

    code = "proposal-over"


class NeedsSupervisor(SluisError):
    """Neither of the two has the permission that one of them needs."""

    code = "needs-supervisor"


@dataclass(frozen=True)
class Waiting:
    """A proposal as shown; ids in hexadecimal."""

    proposal_id: str
    matter: Matter
    proposer: str
    day: int
    last_day: int
    terms: Mapping[str, str]


def propose(
    session: Session, day: int, actor: Actor, case: Case, matter: Matter, terms: Mapping[str, str]
) -> Proposal:
    """What is in `terms` waits for somebody else. Raises NotAllowed, NeedsTwo."""
    _check(actor)
    session.execute(delete(Proposal).where(Proposal.case_pk == case.id, Proposal.last_day < day))
    row_id = random_id()
    sealed = written.seal(case, TERMS, row_id, json.dumps(dict(terms), sort_keys=True).encode("ascii"))
    row = Proposal(
        proposal_id=row_id,
        case_pk=case.id,
        matter=matter.value,
        proposer=actor.person_id,
        day=day,
        last_day=day + RULES[matter].days,
        sealed_terms=sealed.sealed,
    )
    session.add(row)
    session.flush()
    ledger.append(session, day, actor, "proposed", case.case_id, {"matter": matter.value}, sealed.commitment)
    return row


def waiting(session: Session, case: Case, day: int) -> tuple[Waiting, ...]:
    """What can be confirmed today, oldest first."""
    rows = select(Proposal).where(Proposal.case_pk == case.id, Proposal.last_day >= day).order_by(Proposal.id)
    return tuple(_shown(case, row) for row in session.scalars(rows))


def matter_of(session: Session, case: Case, proposal_id: str) -> Matter:
    """What a proposal of this case is about, whether or not it can be confirmed today; raises UnknownItem."""
    return Matter(_find(session, case, proposal_id).matter)


def confirm(
    session: Session, day: int, actor: Actor, case: Case, matter: Matter, proposal_id: str
) -> Waiting:
    """What two people have decided by this; it waits no longer. The caller does it and writes it down.

    Raises NotAllowed, NeedsTwo, UnknownItem, SamePerson, NeedsSupervisor, ProposalOver.
    """
    _check(actor)
    row = _find(session, case, proposal_id)
    if row.matter != matter.value:
        raise UnknownItem("no such proposal")
    if row.proposer == actor.person_id:
        raise SamePerson("another person confirms it")
    first = _as_of_today(session, case, row.proposer)
    if row.last_day < day or first is None:
        raise ProposalOver("it has to be proposed again")
    if not any(one.may(RULES[matter].one_of) for one in (first, actor)):
        raise NeedsSupervisor(RULES[matter].one_of.value)
    shown = _shown(case, row)
    session.delete(row)
    session.flush()
    return shown


def take_back(session: Session, day: int, actor: Actor, case: Case, proposal_id: str) -> None:
    """Nothing comes of it; whoever could have confirmed it can say so too. Raises NotAllowed, UnknownItem."""
    _check(actor)
    row = _find(session, case, proposal_id)
    session.delete(row)
    session.flush()
    ledger.append(session, day, actor, "proposal-dropped", case.case_id, {"matter": row.matter})


def forget(session: Session, case: Case) -> None:
    """Nothing waits for a case that has ended, or is another since: it was merged, or split."""
    session.execute(delete(Proposal).where(Proposal.case_pk == case.id))


def _check(actor: Actor) -> None:
    actor.require(Permission.SECOND_READING)
    if actor.person_id == ledger.NOBODY:
        raise NeedsTwo("a lone seat cannot be two people")


def _find(session: Session, case: Case, proposal_id: str) -> Proposal:
    wanted = item_id(proposal_id)
    row = session.scalar(select(Proposal).where(Proposal.proposal_id == wanted, Proposal.case_pk == case.id))
    if row is None:
        raise UnknownItem("no such proposal")
    return row


def _as_of_today(session: Session, case: Case, person_id: bytes) -> Actor | None:
    """Whoever proposed it, as they may do today in this case; None when they may not."""
    actor = people.actor_of(session, person_id)
    if actor is None or not actor.may(Permission.SECOND_READING) or not cases.may_read(actor, case):
        return None
    try:
        assignment.check_reader(session, actor, case)
    except NotAllowed:
        return None
    return actor


def _shown(case: Case, row: Proposal) -> Waiting:
    terms = json.loads(written.unseal(case, TERMS, row.proposal_id, row.sealed_terms))
    return Waiting(
        row.proposal_id.hex(), Matter(row.matter), row.proposer.hex(), row.day, row.last_day, terms
    )
