"""A reply's way from draft to the ring and out of it.

draft -> approved -> sealed (in a release) -> exported (on a medium, or a server says it holds it) ->
collected (the source says it read it); or expired, withdrawn, deleted-by-source.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from sluis.errors import BadField, TooLarge
from sluis.limits import REPLY_TEXT_MAX
from sluis.primitives import random_id
from sluis.ring import escaped_size
from workstation.casework import ledger, words
from workstation.casework.roles import Actor
from workstation.errors import ChangedMeanwhile, UnknownItem, WrongState
from workstation.ids import change_mark, item_id
from workstation.models import Envelope, Reply, Thread
from workstation.records import ReplyState

_LANGUAGE_MAX = 16
Automatic = Literal["withdrawal", "receipt"]
LEDGER_KINDS: Mapping[ReplyState, str] = {
    "approved": "answer-approved",
    "sealed": "answer-sealed",
    "exported": "answer-exported",
    "collected": "answer-collected",
    "expired": "answer-expired",
    "withdrawn": "answer-withdrawn",
    "deleted-by-source": "answer-deleted",
}


def draft(session: Session, thread: Thread, text: str, language: str, today: int) -> Reply:
    """A new draft; raises TooLarge, or BadField when it says nothing."""
    _check(text, language)
    case = thread.of_case  # loaded before there is a row that nothing may be flushed with
    reply = Reply(
        reply_id=random_id(),
        thread_pk=thread.id,
        batch=newest_batch(session, thread),
        day=today,
        language=language,
        state="draft",
        of_thread=thread,
    )
    words.seal_reply(case, reply, text)
    session.add(reply)
    session.flush()
    return reply


def newest_batch(session: Session, thread: Thread) -> int:
    """The newest Export that brought anything of it; 0 for none. What is written now stands after that."""
    return session.scalar(select(func.max(Envelope.batch)).where(Envelope.thread_pk == thread.id)) or 0


def find(session: Session, reply_id: str) -> Reply:
    """Raises UnknownItem."""
    reply = session.scalar(select(Reply).where(Reply.reply_id == item_id(reply_id)))
    if reply is None:
        raise UnknownItem("no such reply")
    return reply


def mark(reply: Reply) -> str:
    """What changes whenever its text is sealed anew (ids.change_mark)."""
    return change_mark(reply.sealed_text, reply.language.encode("utf-8"))


def check_seen(reply: Reply, seen: str) -> None:
    """`seen` is the mark of what was shown, "" when that does not matter; raises ChangedMeanwhile."""
    if seen and seen != mark(reply):
        raise ChangedMeanwhile("somebody else has changed this answer")


def edit(reply: Reply, text: str, language: str) -> None:
    """Changes a draft; raises WrongState, TooLarge, BadField."""
    _in_state(reply, "draft")
    _check(text, language)
    words.seal_reply(reply.of_thread.of_case, reply, text)
    reply.language = language


def approve(session: Session, day: int, actor: Actor, reply: Reply) -> None:
    """From now on the reply waits for the next release; raises WrongState."""
    _in_state(reply, "draft")
    change(session, day, actor, reply, "approved")


def withdraw(session: Session, day: int, actor: Actor, reply: Reply) -> None:
    """Takes a reply back before it was read; raises WrongState."""
    _in_state(reply, "draft", "approved", "sealed", "exported")
    change(session, day, actor, reply, "withdrawn")


def write_automatically(
    session: Session, thread: Thread, text: str, language: str, day: int, why: Automatic
) -> Reply:
    """An answer that an import writes and approves by itself: no person wrote it, and it holds no detail."""
    reply = draft(session, thread, text, language, day)
    reply.automatic = why
    change(session, day, None, reply, "approved", by=why)
    session.flush()
    return reply


def change(
    session: Session, day: int, actor: Actor | None, reply: Reply, state: ReplyState, **facts: str
) -> None:
    """Brings a reply into another state: the one place where that is done, with its line in the ledger."""
    reply.state, reply.state_day, reply.queued = state, day, False
    told = {"answer": reply.reply_id.hex(), **facts}
    ledger.append(session, day, actor, LEDGER_KINDS[state], reply.of_thread.of_case.case_id, told)


def change_all(
    session: Session,
    day: int,
    actor: Actor | None,
    state: ReplyState,
    *which: ColumnElement[bool],
    **facts: str,
) -> None:
    """The same for all replies that meet the conditions, the earliest first."""
    for reply in session.scalars(select(Reply).where(*which).order_by(Reply.id)).all():
        change(session, day, actor, reply, state, **facts)


def _in_state(reply: Reply, *states: str) -> None:
    if reply.state not in states:
        raise WrongState(reply.state)


def _check(text: str, language: str) -> None:
    if not text.strip():
        raise BadField("a reply says something")
    if not 1 <= len(language.encode("utf-8")) <= _LANGUAGE_MAX:
        raise BadField("a language code has 1 to 16 bytes")
    if escaped_size(text) > REPLY_TEXT_MAX:
        raise TooLarge("a reply has at most 6,144 bytes once escaped")
