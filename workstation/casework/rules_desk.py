"""Rules about answers, read and set: `office.rules`."""

from __future__ import annotations

from collections.abc import Callable, Collection

from workstation.casework import rules
from workstation.casework.roles import Actor
from workstation.transaction import Work


class RulesDesk:
    """`work` opens a transaction. Whoever sets a rule may raise NotAllowed."""

    def __init__(self, work: Work, today: Callable[[], int]) -> None:
        self._work = work
        self._today = today

    def receipts(self) -> bool:
        """Whether an import answers each first message with a receipt."""
        with self._work() as (session, _):
            return rules.receipts_are_on(session)

    def set_receipts(self, actor: Actor, on: bool) -> None:
        """From the next import on."""
        with self._work() as (session, _):
            rules.switch_receipts(session, self._today(), actor, on)

    def release_days(self) -> tuple[str, ...]:
        """The days of the week on which releases leave, by their codes."""
        with self._work() as (session, _):
            return rules.release_days(session)

    def set_release_days(self, actor: Actor, days: Collection[str]) -> None:
        """Exactly these; raises BadField."""
        with self._work() as (session, _):
            rules.fix_release_days(session, self._today(), actor, days)
