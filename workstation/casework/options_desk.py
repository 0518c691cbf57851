"""Options discussed with a source, one transaction for each method. `office.options`."""

from __future__ import annotations

from collections.abc import Callable

from workstation.casework import cases, options
from workstation.casework.options import Discussed, Prospect
from workstation.casework.roles import Actor
from workstation.transaction import Work


class OptionsDesk:
    """`work` opens a transaction. Every method may raise NotAllowed and UnknownItem."""

    def __init__(self, work: Work, today: Callable[[], int]) -> None:
        self._work = work
        self._today = today

    def discussed(self, actor: Actor, case_id: str) -> tuple[Discussed, ...]:
        """All options of a case, in the order in which they came up."""
        with self._work() as (session, _):
            return options.discussed(session, cases.readable(session, actor, case_id))

    def write(
        self,
        actor: Actor,
        case_id: str,
        words: Prospect,
        offered_by: str,
        choice: str,
        option_id: str = "",
    ) -> str:
        """A new option, or with `option_id` a new version of one; its id. Raises BadField, WrongState."""
        with self._work() as (session, _):
            case = cases.workable(session, actor, case_id)
            day = self._today()
            made = options.write(session, day, actor, case, words, offered_by, choice, option_id)
            return made.option_id.hex()
