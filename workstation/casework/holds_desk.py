"""Keeping a case beyond its clock, or destroying it before: both take two people. `office.holds`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from workstation.casework import cases, destruction, holds, to_confirm, two_people
from workstation.casework.holds import HoldRecord
from workstation.casework.holds_models import Hold
from workstation.casework.inbox import readable_by
from workstation.casework.models import Case
from workstation.casework.roles import Actor
from workstation.casework.to_confirm import Asked
from workstation.casework.two_people import Matter, Waiting
from workstation.transaction import Work
from workstation.vault import Staging

_MATTERS = (Matter.HOLD, Matter.LIFT, Matter.EARLY)


@dataclass(frozen=True)
class HoldView:
    """Every hold of a case, newest first, what waits for a second person, and up to when it is kept."""

    holds: tuple[HoldRecord, ...]
    waiting: tuple[Waiting, ...]
    kept_until: int | None


class HoldsDesk:
    """`work` opens a transaction; `wipe` overwrites the journal, which holds pages as they were before.

    Every method may raise NotAllowed and UnknownItem; `propose` and `confirm` NeedsTwo as well.
    """

    def __init__(self, work: Work, today: Callable[[], int], wipe: Callable[[], None]) -> None:
        self._work = work
        self._today = today
        self._wipe = wipe

    def view(self, actor: Actor, case_id: str) -> HoldView:
        """All of it."""
        with self._case(actor, case_id) as (session, _, case):
            day = self._today()
            waiting = tuple(one for one in two_people.waiting(session, case, day) if one.matter in _MATTERS)
            return HoldView(holds.all_of(session, case, day), waiting, holds.until(session, case, day))

    def kept(self, actor: Actor) -> Mapping[str, int]:
        """Up to when a case is kept, by its id, for each that is on hold and may be read."""
        with self._work() as (session, _):
            rows = session.execute(
                select(Case.case_id, Hold).join(Hold, Hold.case_pk == Case.id).where(*readable_by(actor))
            )
            found: dict[str, int] = {}
            for case_id, row in rows:
                if holds.in_force(row, self._today()):
                    found[case_id.hex()] = max(row.until_day, found.get(case_id.hex(), 0))
            return found

    def to_confirm(self, actor: Actor) -> tuple[Asked, ...]:
        """All that waits for a second person, in every case that may be read, oldest first."""
        with self._work() as (session, _):
            return to_confirm.of(session, actor, self._today())

    def propose_hold(self, actor: Actor, case_id: str, days: int, reason: str, code: str = "other") -> str:
        """Up to the day that is `days` days from now; the proposal's id. Raises BadHold."""
        with self._case(actor, case_id) as (session, _, case):
            made = holds.propose(session, self._today(), actor, case, days, reason, code)
            return made.proposal_id.hex()

    def propose_lift(self, actor: Actor, case_id: str, hold_id: str) -> str:
        """The proposal's id. Raises WrongState for a hold that is over."""
        with self._case(actor, case_id) as (session, _, case):
            return holds.propose_lift(session, self._today(), actor, case, hold_id).proposal_id.hex()

    def propose_early_end(self, actor: Actor, case_id: str, reason: str) -> str:
        """The proposal's id. Raises BadField without a reason, OnHold."""
        with self._case(actor, case_id) as (session, _, case):
            made = destruction.propose_early(session, self._today(), actor, case, reason)
            return made.proposal_id.hex()

    def confirm(self, actor: Actor, case_id: str, proposal_id: str) -> Matter:
        """As the second person; what was done by it: after EARLY the case is gone.

        Raises SamePerson, NeedsSupervisor, ProposalOver; OnHold, WrongState for what changed in between.
        """
        with self._case(actor, case_id) as (session, staging, case):
            day = self._today()
            matter = two_people.matter_of(session, case, proposal_id)
            if matter is Matter.EARLY:
                destruction.destroy_early(session, staging, day, actor, case, proposal_id)
            elif matter is Matter.LIFT:
                holds.confirm_lift(session, day, actor, case, proposal_id)
            else:
                holds.confirm(session, day, actor, case, proposal_id)
        if matter is Matter.EARLY:
            self._wipe()
        return matter

    def drop(self, actor: Actor, case_id: str, proposal_id: str) -> None:
        """Nothing comes of it."""
        with self._case(actor, case_id) as (session, _, case):
            two_people.take_back(session, self._today(), actor, case, proposal_id)

    @contextmanager
    def _case(self, actor: Actor, case_id: str) -> Iterator[tuple[Session, Staging, Case]]:
        with self._work() as (session, staging):
            yield session, staging, cases.readable(session, actor, case_id)
