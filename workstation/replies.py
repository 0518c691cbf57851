"""A reply's way from draft to the ring and out of it.

draft -> approved -> sealed (in a release) -> exported (on a medium, or a server says it holds it) ->
collected (the source says it read it); or expired, withdrawn, deleted-by-source.
"""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from sluis.errors import BadField, TooLarge
from sluis.limits import REPLY_TEXT_MAX
from sluis.primitives import random_id
from sluis.ring import escaped_size
from workstation.casework import words
from workstation.errors import UnknownItem, WrongState
from workstation.models import Envelope, Reply, Thread
from workstation.threads import item_id

_LANGUAGE_MAX = 16


def draft(session: Session, thread: Thread, text: str, language: str, today: int) -> Reply:
    """A new draft; raises TooLarge, or BadField when it says nothing."""
    _check(text, language)
    reply = Reply(
        reply_id=random_id(),
        thread_pk=thread.id,
        batch=newest_batch(session, thread),
        day=today,
        language=language,
        state="draft",
    )
    words.seal_reply(thread.of_case, reply, text)
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


def edit(reply: Reply, text: str, language: str) -> None:
    """Changes a draft; raises WrongState, TooLarge, BadField."""
    _in_state(reply, "draft")
    _check(text, language)
    words.seal_reply(reply.of_thread.of_case, reply, text)
    reply.language = language


def approve(reply: Reply) -> None:
    """From now on the reply waits for the next release; raises WrongState."""
    _in_state(reply, "draft")
    reply.state = "approved"


def withdraw(reply: Reply) -> None:
    """Takes a reply back before it was read; raises WrongState."""
    _in_state(reply, "draft", "approved", "sealed", "exported")
    reply.state = "withdrawn"
    reply.queued = False


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
