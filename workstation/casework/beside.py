"""What lies beside a conversation: calls that were written down, translations, what is taken out of messages,
texts that interpreters have.

They go where the conversation goes, and end when it ends; how is here, in one place for all four.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.orm import Session

from workstation.casework import ledger, redaction, stripping
from workstation.casework.interpreting_models import AssignedText
from workstation.casework.models import Case
from workstation.casework.phone_models import Told
from workstation.casework.redaction_models import Redaction
from workstation.casework.roles import Actor
from workstation.casework.translation_models import Translation
from workstation.casework.words import box_of, resealed
from workstation.models import Envelope, Reply, Thread

TOLD = "told"
TRANSLATION = "translation"
TRANSLATED_FROM = "translated from"
ASSIGNED = "assigned text"
ASSIGNED_DRAFT = "assigned draft"


def move(session: Session, thread: Thread, target: Case) -> None:
    """Seals all of it under the key of another case; to be called beside words.move_words."""
    old, new = box_of(thread.of_case), box_of(target)
    for told in session.scalars(select(Told).where(Told.thread_pk == thread.id)):
        told.sealed_text = resealed(old, new, TOLD, told.told_id, told.sealed_text)
    for one in session.scalars(select(Translation).where(Translation.thread_pk == thread.id)):
        row = one.translation_id
        one.sealed_text = resealed(old, new, TRANSLATION, row, one.sealed_text)
        one.sealed_from = resealed(old, new, TRANSLATED_FROM, row, one.sealed_from)
    for given in session.scalars(select(AssignedText).where(AssignedText.thread_pk == thread.id)):
        row = given.text_id
        given.sealed_text = resealed(old, new, ASSIGNED, row, given.sealed_text)
        given.sealed_draft = resealed(old, new, ASSIGNED_DRAFT, row, given.sealed_draft)
    redaction.move(session, old, new, thread)
    stripping.move(session, old, new, thread)


def forget(session: Session, threads: Collection[int]) -> None:
    """Destroys all of it, with the case of these conversations."""
    for table in (Told, Translation, AssignedText, Redaction):
        session.execute(delete(table).where(table.thread_pk.in_(threads)))


def withdrawn(session: Session, day: int, thread: Thread, until: int) -> int:
    """The source took back everything up to and including the day `until`; how many calls were destroyed.

    To be called once its envelopes and the answers were emptied. What was told on a later day stays.
    """
    calls = 0
    covered = select(Told).where(Told.thread_pk == thread.id, Told.day <= until, Told.sealed_text != b"")
    for told in session.scalars(covered):
        told.sealed_text, told.language = b"", ""
        calls += 1
    messages = select(Envelope.id).where(Envelope.thread_pk == thread.id, Envelope.sealed_text == b"")
    answers = select(Reply.id).where(Reply.thread_pk == thread.id, Reply.sealed_text == b"")
    of_these = or_(AssignedText.envelope_pk.in_(messages), AssignedText.reply_pk.in_(answers))
    end_texts(session, day, None, of_these)
    for table in (AssignedText, Translation):
        gone = or_(table.envelope_pk.in_(messages), table.reply_pk.in_(answers))
        session.execute(delete(table).where(gone))
    session.execute(delete(Redaction).where(Redaction.envelope_pk.in_(messages)))
    return calls


def told_gone(session: Session, thread: Thread) -> int:
    """How many calls a withdrawal destroyed."""
    emptied = Told.thread_pk == thread.id, Told.sealed_text == b""
    return session.scalar(select(func.count()).select_from(Told).where(*emptied)) or 0


def anything_told(session: Session, which: ColumnElement[bool]) -> bool:
    """Whether the words of any call are left in these conversations."""
    left = select(Told.id).join(Thread).where(which, Told.sealed_text != b"")
    return session.scalar(left.limit(1)) is not None


def end_sharing(session: Session, day: int, thread: Thread) -> None:
    """The source took back the sharing: nothing more of it lies before an interpreter."""
    end_texts(session, day, None, AssignedText.thread_pk == thread.id)


def end_texts(session: Session, day: int, actor: Actor | None, *which: ColumnElement[bool]) -> None:
    """Takes texts that were not handed in back from their interpreters, and destroys them."""
    found = select(AssignedText, Thread).join(Thread).where(AssignedText.handed_day.is_(None), *which)
    for given, thread in session.execute(found).all():
        session.delete(given)
        facts = {"person": given.interpreter.hex()}
        ledger.append(session, day, actor, "translation-taken-back", thread.of_case.case_id, facts)
    session.flush()
