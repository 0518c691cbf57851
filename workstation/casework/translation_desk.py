"""Translations by those who read a case, one transaction each: `office.translations`."""

from __future__ import annotations

from collections.abc import Callable

from workstation.casework import cases, translating
from workstation.casework.roles import Actor
from workstation.ids import item_id
from workstation.transaction import Work


class TranslationDesk:
    """`work` opens a transaction. Every method may raise NotAllowed, UnknownItem and WrongState."""

    def __init__(self, work: Work, today: Callable[[], int]) -> None:
        self._work = work
        self._today = today

    def write(self, actor: Actor, case_id: str, message_id: str, language: str, text: str) -> str:
        """A new version beside a message, and its id; earlier ones stay. Raises BadField."""
        with self._work() as (session, _):
            case = cases.workable(session, actor, case_id)
            message = translating.find_message(session, case, item_id(message_id))
            row = translating.write(session, self._today(), actor, message, language, text)
            return row.translation_id.hex()
