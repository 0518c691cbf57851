"""A source takes back what it sent (docs/decisions/0012-withdrawal.md).

Everything is done when all sets of an import are in, inside its transaction: so the order in which they lay
there does not matter, and a cut leaves all of it or nothing. What is destroyed follows from days alone, so
something of a withdrawn day that arrives later is destroyed by the import that brings it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session

from sluis.envelope import SCOPE, Kind, WithdrawScope
from workstation import replies
from workstation.casework import beside, consent, ledger, stripping, words
from workstation.casework.destruction import EMPTY_ENVELOPE, LIVE_REPLIES, forget_written
from workstation.confirmations import confirmation
from workstation.models import Envelope, Export, Reply, Thread, Withdrawal
from workstation.vault import Staging


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
    destroyed = 0
    for thread in session.scalars(concerned):
        destroyed += _destroy(session, staging, thread, fresh, export, today)
        destroyed += beside.withdrawn(session, today, thread, _until(session, thread))
        _forget(session, thread, fresh, today)
    for withdrawal in fresh:
        consent.source_withdrew(session, today, session.get_one(Thread, withdrawal.thread_pk))
        if withdrawal.scope == WithdrawScope.SHARING:
            beside.end_sharing(session, today, session.get_one(Thread, withdrawal.thread_pk))
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
    session: Session,
    staging: Staging,
    thread: Thread,
    fresh: Sequence[Withdrawal],
    export: Export,
    today: int,
) -> int:
    """Destroys what the withdrawals of one thread cover and is still there; how many texts and files."""
    everything = select(Withdrawal).where(
        Withdrawal.thread_pk == thread.id, Withdrawal.scope == WithdrawScope.ALL
    )
    days = {one.id: one.day for one in session.scalars(everything)}
    new = {one.id for one in fresh} & set(days)
    before = max((day for key, day in days.items() if key not in new), default=-1)
    until = max(days.values())
    mine = (Envelope.thread_pk == thread.id, Envelope.erased.is_(False))
    covered = (*mine, Envelope.kind != Kind.WITHDRAW, Envelope.day <= until)
    still_there = (*covered, or_(Envelope.batch == export.id, Envelope.day > before))
    count = _count(session, *still_there, Envelope.kind.in_((Kind.TEXT, Kind.FILE)))
    for name in session.scalars(select(Envelope.vault_name).where(*still_there)):
        if name is not None:
            staging.drop(name)
    stripping.drop(session, staging, session.scalars(select(Envelope.id).where(*covered)).all())
    session.execute(update(Envelope).where(*covered).values(day=until, **EMPTY_ENVELOPE))
    if any(days[key] >= before for key in new):
        _take_answers_back(session, thread, today)
    return count


def _until(session: Session, thread: Thread) -> int:
    """The last day of which it withdrew everything; -1 for none."""
    everything = (Withdrawal.thread_pk == thread.id, Withdrawal.scope == WithdrawScope.ALL)
    until = session.scalar(select(func.max(Withdrawal.day)).where(*everything))
    return until if until is not None else -1


def _count(session: Session, *where: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(Envelope).where(*where)) or 0


def _take_answers_back(session: Session, thread: Thread, today: int) -> None:
    """All that were written so far, whatever the day: an answer repeats what it answers."""
    of_thread = Reply.thread_pk == thread.id
    replies.change_all(
        session, today, None, "withdrawn", of_thread, Reply.state.in_(LIVE_REPLIES), by="withdrawal"
    )
    session.execute(update(Reply).where(of_thread).values(sealed_text=b"", language=""))


def _forget(session: Session, thread: Thread, fresh: Sequence[Withdrawal], today: int) -> None:
    """What the team wrote repeats what it is about, and where a case stands follows from it.

    In a case with another source, which did not withdraw or has written again since, people must choose what
    goes: it may be about that one.
    """
    case = thread.of_case
    of_case = select(Thread.id).where(Thread.case_pk == case.id)
    new = {one.thread_pk for one in fresh if one.scope == WithdrawScope.ALL}
    others = set(session.scalars(of_case)) - new
    if thread.id in new and not any(_has_words(session, one) for one in others):
        forget_written(session, case)
        ledger.append(session, today, None, "notes-destroyed", case.case_id)
    if not _words_left(session, Thread.case_pk == case.id):
        case.reported = case.language = ""


def _has_words(session: Session, thread_pk: int) -> bool:
    """Whether a conversation has not withdrawn everything, or something was said in it since."""
    everything = Withdrawal.thread_pk == thread_pk, Withdrawal.scope == WithdrawScope.ALL
    if session.scalar(select(Withdrawal.id).where(*everything).limit(1)) is None:
        return True
    return _words_left(session, Thread.id == thread_pk)


def _words_left(session: Session, which: ColumnElement[bool]) -> bool:
    """Whether any words that were written or told are left in these conversations."""
    of_these = Envelope.thread_pk.in_(select(Thread.id).where(which))
    return bool(_count(session, of_these, Envelope.sealed_text != b"")) or beside.anything_told(
        session, which
    )


def _confirm(session: Session, withdrawal: Withdrawal, today: int) -> None:
    """One approved answer; none where a withdrawal of everything has made this one of sharing pointless."""
    thread = session.get_one(Thread, withdrawal.thread_pk)
    until = _until(session, thread)
    scope = WithdrawScope(withdrawal.scope)
    if scope is WithdrawScope.SHARING and until >= withdrawal.day:
        return
    gone = (Envelope.thread_pk == thread.id, Envelope.erased.is_(False), Envelope.day <= until)
    texts = _count(session, *gone, Envelope.kind == Kind.TEXT) + beside.told_gone(session, thread)
    files = _count(session, *gone, Envelope.kind == Kind.FILE)
    asked_in = session.get_one(Envelope, withdrawal.envelope_pk).language
    language, text = confirmation(scope, asked_in, withdrawal.day, today, texts, files)
    withdrawal.reply_pk = replies.write_automatically(session, thread, text, language, today, "withdrawal").id
