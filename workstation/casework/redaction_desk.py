"""Taking words out of a message, one transaction each: `office.redaction`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from workstation.casework import cases, redaction, words
from workstation.casework.redaction import Redacted
from workstation.casework.redaction_rules import Range
from workstation.casework.roles import Actor, Permission
from workstation.transaction import Work


@dataclass(frozen=True)
class MessageToRedact:
    """A message as it was sent, and what is taken out of it."""

    message_id: str
    day: int
    text: str
    redacted: Redacted


class RedactionDesk:
    """`work` opens a transaction. Every method may raise NotAllowed, UnknownItem."""

    def __init__(self, work: Work, today: Callable[[], int]) -> None:
        self._work = work
        self._today = today

    def messages(self, actor: Actor, case_id: str) -> tuple[MessageToRedact, ...]:
        """Every text of the case that is still there, the oldest first."""
        with self._work() as (session, _):
            case = cases.readable(session, actor, case_id)
            actor.require(Permission.WORK_ON_CASES)
            return tuple(
                MessageToRedact(
                    one.message_id.hex(),
                    one.day,
                    words.envelope_text(one),
                    redaction.newest(session, case, one),
                )
                for one in redaction.texts_of(session, case)
            )

    def message(self, actor: Actor, case_id: str, message_id: str) -> MessageToRedact:
        """One of them."""
        with self._work() as (session, _):
            case = cases.readable(session, actor, case_id)
            actor.require(Permission.WORK_ON_CASES)
            one = redaction.find_message(session, case, message_id)
            redacted = redaction.newest(session, case, one)
            return MessageToRedact(message_id, one.day, words.envelope_text(one), redacted)

    def redact(
        self, actor: Actor, case_id: str, message_id: str, ranges: Iterable[Range], before: int
    ) -> Redacted:
        """Exactly these are taken out from now on; `before` is the version that was looked at.

        Raises BadField; WrongState when the case is closed, or somebody has made a version since.
        """
        with self._work() as (session, _):
            case = cases.workable(session, actor, case_id)
            one = redaction.find_message(session, case, message_id)
            return redaction.redact(session, self._today(), actor, case, one, ranges, before)
