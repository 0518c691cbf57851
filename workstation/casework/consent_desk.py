"""What sources agreed to, one transaction for each method, with its line in the ledger. `office.consent`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from workstation.casework import cases, consent, consent_shown, exceptions, two_people
from workstation.casework.consent_shown import Brief, ConsentView
from workstation.casework.consent_terms import Answered, Terms
from workstation.casework.models import Case
from workstation.casework.roles import Actor, Permission
from workstation.transaction import Work


class ConsentDesk:
    """`work` opens a transaction. Every method may raise NotAllowed and UnknownItem.

    All but `view`, `brief` and `end` raise WrongState for a case that is not open.
    """

    def __init__(self, work: Work, today: Callable[[], int]) -> None:
        self._work = work
        self._today = today

    def view(self, actor: Actor, case_id: str) -> ConsentView:
        """What was asked and answered, what waits for a second person, and what left."""
        with self._work() as (session, _):
            return consent_shown.view(session, cases.readable(session, actor, case_id), self._today())

    def brief(self, actor: Actor, case_id: str) -> Brief:
        """What stands today, in short."""
        with self._work() as (session, _):
            return consent_shown.brief(session, cases.readable(session, actor, case_id), self._today())

    def record(self, actor: Actor, case_id: str, said: Answered) -> str:
        """An answer of a source; the new agreement's id. Raises BadTerms."""
        with self._open(actor, case_id) as (session, case):
            return consent.record(session, self._today(), actor, case, said).grant_id.hex()

    def end(self, actor: Actor, case_id: str, grant_id: str) -> None:
        """The source took it back; also of a closed case. Raises WrongState when it ended before."""
        with self._work() as (session, _):
            case = cases.readable(session, actor, case_id)
            actor.require(Permission.WORK_ON_CASES)
            consent.end(session, self._today(), actor, case, grant_id)

    def propose_exception(self, actor: Actor, case_id: str, terms: Terms, days: int, reason: str) -> str:
        """Without consent, in acute danger; the proposal's id. Raises BadTerms, NeedsTwo."""
        with self._open(actor, case_id) as (session, case):
            made = exceptions.propose(session, self._today(), actor, case, terms, days, reason)
            return made.proposal_id.hex()

    def confirm_exception(self, actor: Actor, case_id: str, proposal_id: str) -> None:
        """As the second person. Raises NeedsTwo, SamePerson, NeedsSupervisor, ProposalOver."""
        with self._open(actor, case_id) as (session, case):
            exceptions.confirm(session, self._today(), actor, case, proposal_id)

    def drop_exception(self, actor: Actor, case_id: str, proposal_id: str) -> None:
        """Nothing comes of it."""
        with self._open(actor, case_id) as (session, case):
            two_people.take_back(session, self._today(), actor, case, proposal_id)

    @contextmanager
    def _open(self, actor: Actor, case_id: str) -> Iterator[tuple[Session, Case]]:
        with self._work() as (session, _):
            yield session, cases.workable(session, actor, case_id)
