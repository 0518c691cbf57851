"""Texts before interpreters, one transaction each: `office.interpreting`.

The first half is for those who work on a case. The second is for interpreters: what it tells names no case.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from sluis.errors import BadField
from workstation import replies
from workstation.casework import beside, cases, interpreting, translating
from workstation.casework.interpreting import Interpreter, Pair
from workstation.casework.interpreting_models import AssignedText
from workstation.casework.models import Case
from workstation.casework.people_models import Person
from workstation.casework.roles import Actor
from workstation.errors import UnknownItem
from workstation.ids import item_id
from workstation.models import Envelope, Reply
from workstation.transaction import Work


@dataclass(frozen=True)
class Wanted:
    """What is to be translated: a message or the draft of an answer, by one of the two ids."""

    message_id: str = ""
    reply_id: str = ""


@dataclass(frozen=True)
class GivenText:
    """A text before an interpreter, as those see it who work on the case."""

    text_id: str
    interpreter: str
    day: int
    handed_day: int | None
    into: str


@dataclass(frozen=True)
class Asking:
    """The text as it would be frozen now, who could get it, and what lies with whom."""

    text: str
    interpreters: tuple[Interpreter, ...]
    given: tuple[GivenText, ...]


@dataclass(frozen=True)
class TextLine:
    """A text as its interpreter sees it in a list; `desk` asked for it. Done once `handed_day` is there."""

    text_id: str
    language: str
    into: str
    length: int
    day: int
    desk: str
    handed_day: int | None


@dataclass(frozen=True)
class OpenText:
    """One text, and what was written so far."""

    line: TextLine
    text: str
    draft: str


class InterpretingDesk:
    """`work` opens a transaction; `wipe` overwrites the journal.

    Every method may raise NotAllowed and UnknownItem, those of the first half WrongState for a closed case.
    """

    def __init__(self, work: Work, today: Callable[[], int], wipe: Callable[[], None]) -> None:
        self._work = work
        self._today = today
        self._wipe = wipe

    def asking(self, actor: Actor, case_id: str, wanted: Wanted, foreign: str) -> Asking:
        """What the page shows before anybody is asked, with those who have the language `foreign`."""
        with self._work() as (session, _):
            case = cases.workable(session, actor, case_id)
            of = _find(session, case, wanted)
            return Asking(
                interpreting.what_they_would_see(session, case, of),
                interpreting.interpreters(session, case, foreign),
                _given(session, of),
            )

    def ask(self, actor: Actor, case_id: str, wanted: Wanted, interpreter: str, pair: Pair) -> str:
        """Gives the text as it is now to one person; its id.

        Raises BadField, NoInterpreter, AlreadyAsked, SharingWithdrawn; WrongState for no draft.
        """
        with self._work() as (session, _):
            case = cases.workable(session, actor, case_id)
            of = _find(session, case, wanted)
            return interpreting.ask(session, self._today(), actor, of, interpreter, pair).text_id.hex()

    def take_back(self, actor: Actor, case_id: str, text_id: str) -> None:
        """The interpreter has it no more, and what they had begun is destroyed."""
        with self._work() as (session, _):
            case = cases.workable(session, actor, case_id)
            threads = [one.id for one in case.threads]
            mine = AssignedText.text_id == item_id(text_id), AssignedText.thread_pk.in_(threads)
            beside.end_texts(session, self._today(), actor, *mine)
        self._wipe()

    def take_over(self, actor: Actor, case_id: str, reply_id: str, translation_id: str) -> None:
        """The draft says what the interpreter wrote; raises Outdated, TooLarge, WrongState for no draft."""
        with self._work() as (session, _):
            case = cases.workable(session, actor, case_id)
            reply = _reply(session, case, reply_id)
            interpreting.take_over(session, self._today(), actor, reply, item_id(translation_id))

    def texts(self, actor: Actor) -> tuple[TextLine, ...]:
        """All of this interpreter's, those to be done first."""
        with self._work() as (session, _):
            return tuple(_line(session, one) for one in interpreting.lying_before(session, actor))

    def open(self, actor: Actor, text_id: str) -> OpenText:
        """One of them; without words once it was handed in."""
        with self._work() as (session, _):
            row = interpreting.before(session, actor, item_id(text_id))
            case = interpreting.case_of(session, row)
            text, draft = interpreting.text_of(case, row), interpreting.draft_of(case, row)
            return OpenText(_line(session, row), text, draft)

    def save(self, actor: Actor, text_id: str, draft: str) -> None:
        """What was written so far; raises BadField, WrongState once it was handed in."""
        with self._work() as (session, _):
            interpreting.save(session, interpreting.before(session, actor, item_id(text_id)), draft)

    def hand_in(self, actor: Actor, text_id: str, text: str) -> None:
        """The translation goes to whoever asked; raises as `save`."""
        with self._work() as (session, _):
            row = interpreting.before(session, actor, item_id(text_id))
            interpreting.hand_in(session, self._today(), actor, row, text)
        self._wipe()


def _find(session: Session, case: Case, wanted: Wanted) -> Envelope | Reply:
    if bool(wanted.message_id) == bool(wanted.reply_id):
        raise BadField("a message or an answer")
    if wanted.reply_id:
        return _reply(session, case, wanted.reply_id)
    return translating.find_message(session, case, item_id(wanted.message_id))


def _reply(session: Session, case: Case, reply_id: str) -> Reply:
    reply = replies.find(session, reply_id)
    if reply.of_thread.case_pk != case.id:
        raise UnknownItem("no such answer in this case")
    return reply


def _given(session: Session, of: Envelope | Reply) -> tuple[GivenText, ...]:
    mine = AssignedText.envelope_pk == of.id if isinstance(of, Envelope) else AssignedText.reply_pk == of.id
    rows = session.scalars(select(AssignedText).where(mine).order_by(AssignedText.id))
    return tuple(
        GivenText(one.text_id.hex(), one.interpreter.hex(), one.day, one.handed_day, one.into) for one in rows
    )


def _line(session: Session, row: AssignedText) -> TextLine:
    desk = session.scalar(select(Person.desk).where(Person.person_id == row.author))
    return TextLine(
        row.text_id.hex(), row.language, row.into, row.length, row.day, desk or "", row.handed_day
    )
