"""Who may get a case and who is kept away from it, one transaction each: `office.assignment`.

Giving it to somebody is `office.cases.assign`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from workstation.casework import assignment, cases
from workstation.casework.assignment import Away, Suggestion
from workstation.casework.roles import Actor
from workstation.transaction import Work


class AssignmentDesk:
    """`work` opens a transaction. Every method may raise NotAllowed and UnknownItem."""

    def __init__(self, work: Work, today: Callable[[], int]) -> None:
        self._work = work
        self._today = today

    def suggest(self, actor: Actor, case_id: str, skills: Collection[str] = ()) -> tuple[Suggestion, ...]:
        """Whoever may get this case, the best first."""
        with self._work() as (session, _):
            return assignment.suggest(session, actor, cases.readable(session, actor, case_id), skills)

    def kept_away(self, actor: Actor, case_id: str) -> tuple[Away, ...]:
        """Whoever is kept away from this case."""
        with self._work() as (session, _):
            return assignment.kept_away(session, cases.readable(session, actor, case_id))

    def keep_away(self, actor: Actor, case_id: str, person_id: str, reason: str) -> None:
        """Oneself or, for a supervisor, anybody; raises BadField."""
        with self._work() as (session, _):
            case = cases.readable(session, actor, case_id)
            assignment.keep_away(session, self._today(), actor, case, person_id, reason)

    def allow_again(self, actor: Actor, case_id: str, person_id: str) -> None:
        """Takes it back; raises OwnAccess for oneself."""
        with self._work() as (session, _):
            case = cases.readable(session, actor, case_id)
            assignment.allow_again(session, self._today(), actor, case, person_id)
