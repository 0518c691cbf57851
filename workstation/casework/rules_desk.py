"""Rules about answers and sheets, read and set: `office.rules`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from workstation.casework import rules, sheet_heading
from workstation.casework.roles import Actor
from workstation.sheets.pdf import make_pdf
from workstation.sheets.sheet import LANGUAGES, make_sheet
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

    def sheet_headings(self) -> Mapping[str, str]:
        """What stands at the top of a sheet, by its language."""
        with self._work() as (session, _):
            return {language: sheet_heading.of(session, language) for language in LANGUAGES}

    def set_sheet_headings(self, actor: Actor, headings: Mapping[str, str]) -> None:
        """For all sheets from now on, "" for the usual one; raises BadHeading, Unprintable."""
        wanted = {language: sheet_heading.checked(headings.get(language, "")) for language in LANGUAGES}
        for language, heading in wanted.items():
            make_pdf(make_sheet(language, "", {}, heading))  # this machine has fonts for it
        with self._work() as (session, _):
            sheet_heading.fix(session, self._today(), actor, wanted)
