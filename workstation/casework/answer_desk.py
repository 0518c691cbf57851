"""What is done about answers: one transaction for each method. `office.answers`."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from sluis.errors import SluisError
from workstation import replies, threads
from workstation.casework import case_view, cases, second_reading, words
from workstation.casework.answer_templates import places
from workstation.casework.models import Case
from workstation.casework.roles import Actor, Permission
from workstation.models import Thread
from workstation.transaction import Work


class DetailUnchecked(SluisError):
    """Others may read along with this source, and nobody confirmed that the answer holds no detail."""

    code = "detail-unchecked"


class UnfilledPlace(SluisError):
    """A place of a template that nobody has filled in."""

    code = "unfilled-place"


class AnswerDesk:
    """`work` opens a transaction.

    Every method may raise NotAllowed, UnknownItem, and WrongState for a case that is not open.
    """

    def __init__(self, work: Work, today: Callable[[], int]) -> None:
        self._work = work
        self._today = today

    def may_write(self, actor: Actor, thread_id: str) -> None:
        """To be asked before somebody is shown where to write."""
        with self._work() as (session, _):
            _workable(session, actor, threads.find_thread(session, thread_id))

    def draft(self, actor: Actor, thread_id: str, text: str, language: str) -> str:
        """The new answer's id; raises TooLarge over 6,144 bytes once HTML-escaped, BadField."""
        with self._work() as (session, _):
            thread = threads.find_thread(session, thread_id)
            _workable(session, actor, thread)
            reply = replies.draft(session, thread, text, language, self._today())
            second_reading.wrote(session, actor, reply)
            return reply.reply_id.hex()

    def edit(self, actor: Actor, reply_id: str, text: str, language: str, *, seen: str = "") -> None:
        """Only a draft, and with `seen` only the one that has this mark (ReplyEntry.mark).

        Raises WrongState, ChangedMeanwhile, TooLarge, BadField.
        """
        with self._work() as (session, _):
            reply = replies.find(session, reply_id)
            _workable(session, actor, reply.of_thread)
            replies.check_seen(reply, seen)
            replies.edit(reply, text, language)
            second_reading.wrote(session, actor, reply)

    def approve(self, actor: Actor, reply_id: str, *, no_detail: bool = False, seen: str = "") -> None:
        """A draft goes into the next release; `no_detail`: whoever read it says that it holds none.

        `seen`: the mark of what they read. Raises WrongState, ChangedMeanwhile, OwnReply (second reading),
        UnfilledPlace, DetailUnchecked without a needed `no_detail`.
        """
        with self._work() as (session, _):
            reply = replies.find(session, reply_id)
            case = _workable(session, actor, reply.of_thread)
            replies.check_seen(reply, seen)
            second_reading.check_reader(session, actor, reply)
            if case_view.is_careful(session, case) and not no_detail:
                raise DetailUnchecked("others may read along")
            if left := places(words.reply_text(reply)):
                raise UnfilledPlace(", ".join(left))
            replies.approve(session, self._today(), actor, reply)

    def withdraw(self, actor: Actor, reply_id: str) -> None:
        """Takes an answer back, of a closed case as well; the next release takes it out of the ring."""
        with self._work() as (session, _):
            reply = replies.find(session, reply_id)
            actor.require(Permission.WORK_ON_CASES)
            cases.readable(session, actor, reply.of_thread.of_case.case_id.hex())
            replies.withdraw(session, self._today(), actor, reply)


def _workable(session: Session, actor: Actor, thread: Thread) -> Case:
    return cases.workable(session, actor, thread.of_case.case_id.hex())
