"""A source takes back what it sent (docs/decisions/0012-withdrawal.md).

Everything is done when all sets of an import are in, inside its transaction: so the order in which they lay
there does not matter, and a cut leaves all of it or nothing. What is destroyed follows from days alone, so
something of a withdrawn day that arrives later is destroyed by the import that brings it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session

from sluis.envelope import NO_PARENT, SCOPE, Kind, WithdrawScope
from workstation import replies
from workstation.casework import words
from workstation.confirmations import confirmation
from workstation.models import Envelope, Export, Reply, Thread, Withdrawal
from workstation.vault import Staging

# What is left of a destroyed envelope beside its kind, its message id and its content hash: nothing.
_EMPTY: dict[str, Any] = {
    "batch": 0,
    "sequence": 0,
    "language": "",
    "parent": NO_PARENT,
    "unread": False,
    "sealed_text": b"",
    "sealed_intake": b"",
    "nested": False,
    "file_id": None,
    "sealed_file_name": b"",
    "size": 0,
    "sha256": "",
    "vault_name": None,
    "sealed_vault_key": b"",
}
# These rows may still be in the ring; the next release takes them out.
_LIVE = ("draft", "approved", "sealed", "exported", "collected")


@dataclass(frozen=True)
class Honoured:
    """How many withdrawals an import brought, and how many texts and files it destroyed."""

    withdrawals: int
    destroyed: int


def honour(session: Session, staging: Staging, export: Export, today: int) -> Honoured:
    """Does what the withdrawals ask, those in `export` and those of before whose late envelopes it brought.

    To be called once all envelopes of `export` were kept. Destroys, marks, and confirms each new withdrawal
    with an approved answer.
    """
    fresh = _write_down(session, export)
    everything = select(Withdrawal.thread_pk).where(Withdrawal.scope == WithdrawScope.ALL)
    touched = select(Envelope.thread_pk).where(Envelope.batch == export.id)
    concerned = select(Thread).where(Thread.id.in_(touched), Thread.id.in_(everything)).order_by(Thread.id)
    destroyed = sum(_destroy(session, staging, one, fresh, export) for one in session.scalars(concerned))
    for withdrawal in fresh:
        _confirm(session, withdrawal, today)
    session.flush()
    return Honoured(len(fresh), destroyed)


def _write_down(session: Session, export: Export) -> list[Withdrawal]:
    """One Withdrawal for each that this export brought, the earliest first.

    None speaks of days after its export was closed: it would destroy words that are not written yet.
    """
    arrived = select(Envelope).where(Envelope.batch == export.id, Envelope.kind == Kind.WITHDRAW)
    fresh = [
        Withdrawal(
            thread_pk=one.thread_pk,
            envelope_pk=one.id,
            scope=WithdrawScope(words.envelope_intake(one)[SCOPE]),
            day=min(one.day, export.closing_day),
        )
        for one in session.scalars(arrived.order_by(Envelope.day, Envelope.message_id))
    ]
    session.add_all(fresh)
    session.flush()
    return fresh


def _destroy(
    session: Session, staging: Staging, thread: Thread, fresh: Sequence[Withdrawal], export: Export
) -> int:
    """Destroys what the withdrawals of one thread cover and is still there; how many texts and files."""
    everything = select(Withdrawal).where(
        Withdrawal.thread_pk == thread.id, Withdrawal.scope == WithdrawScope.ALL
    )
    days = {one.id: one.day for one in session.scalars(everything)}
    new = {one.id for one in fresh} & set(days)
    before = max((day for key, day in days.items() if key not in new), default=-1)
    until = max(days.values())
    covered = (Envelope.thread_pk == thread.id, Envelope.kind != Kind.WITHDRAW, Envelope.day <= until)
    still_there = (*covered, or_(Envelope.batch == export.id, Envelope.day > before))
    count = _count(session, *still_there, Envelope.kind.in_((Kind.TEXT, Kind.FILE)))
    for name in session.scalars(select(Envelope.vault_name).where(*still_there)):
        if name is not None:
            staging.drop(name)
    session.execute(update(Envelope).where(*covered).values(day=until, **_EMPTY))
    if any(days[key] >= before for key in new):
        _take_answers_back(session, thread)
    return count


def _count(session: Session, *where: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(Envelope).where(*where)) or 0


def _take_answers_back(session: Session, thread: Thread) -> None:
    """All that were written so far, whatever the day: an answer repeats what it answers."""
    of_thread = Reply.thread_pk == thread.id
    gone = update(Reply).where(of_thread, Reply.state.in_(_LIVE)).values(state="withdrawn", queued=False)
    session.execute(gone)
    session.execute(update(Reply).where(of_thread).values(sealed_text=b"", language=""))


def _confirm(session: Session, withdrawal: Withdrawal, today: int) -> None:
    """One approved answer; none where a withdrawal of everything has made this one of sharing pointless."""
    thread = session.get_one(Thread, withdrawal.thread_pk)
    until = session.scalar(
        select(func.max(Withdrawal.day)).where(
            Withdrawal.thread_pk == thread.id, Withdrawal.scope == WithdrawScope.ALL
        )
    )
    scope = WithdrawScope(withdrawal.scope)
    if scope is WithdrawScope.SHARING and until is not None and until >= withdrawal.day:
        return
    gone = (Envelope.thread_pk == thread.id, Envelope.day <= (until if until is not None else -1))
    texts = _count(session, *gone, Envelope.kind == Kind.TEXT)
    files = _count(session, *gone, Envelope.kind == Kind.FILE)
    asked_in = session.get_one(Envelope, withdrawal.envelope_pk).language
    language, text = confirmation(scope, asked_in, withdrawal.day, today, texts, files)
    reply = replies.draft(session, thread, text, language, today)
    replies.approve(reply)
    session.flush()
    withdrawal.reply_pk = reply.id
