"""Texts before an interpreter: asked for, written, handed in, taken over; within the caller's transaction.

What an interpreter sees is frozen when it is asked for: the redacted text of one message, or the draft of one
answer. A translation of a message stands beside it at once, marked with the desk; that of an answer is words
that would leave, so a counsellor takes it over first (docs/decisions/0026-interpreters.md).
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from sluis.envelope import WithdrawScope
from sluis.errors import BadField, SluisError
from sluis.primitives import random_id
from workstation import replies
from workstation.casework import assignment, ledger, people, second_reading, translating, words, written
from workstation.casework.beside import ASSIGNED, ASSIGNED_DRAFT
from workstation.casework.interpreting_models import AssignedText
from workstation.casework.models import Case
from workstation.casework.redaction import redacted_text
from workstation.casework.roles import Actor, Permission, Role
from workstation.casework.translating import New
from workstation.casework.translation_models import Translation
from workstation.errors import UnknownItem, WrongState
from workstation.models import Envelope, Reply, Thread
from workstation.threads import withdrawn_day


class NoInterpreter(SluisError):
    """This person is no interpreter of that language, or is kept away from the case."""

    code = "no-interpreter"


class AlreadyAsked(SluisError):
    """This person has this text already."""

    code = "already-asked"


class Outdated(SluisError):
    """The draft reads otherwise by now than what was translated."""

    code = "translation-outdated"


class SharingWithdrawn(SluisError):
    """The source took back the sharing: nothing of its words goes to anybody else, interpreters included."""

    code = "sharing-withdrawn"


@dataclass(frozen=True)
class Interpreter:
    """Somebody who could get a text; ids in hexadecimal."""

    person_id: str
    desk: str
    languages: tuple[str, ...]


@dataclass(frozen=True)
class Pair:
    """From which language into which. The language of a message is that of its text, as somebody here saw it:
    an envelope names the language of the page on which it was written.
    """

    language: str
    into: str


def interpreters(session: Session, case: Case, language: str) -> tuple[Interpreter, ...]:
    """Whoever translates this language and is not kept away from the case, by desk."""
    away = {one.person_id for one in assignment.kept_away(session, case)}
    return tuple(
        Interpreter(one.person_id, one.desk, one.languages)
        for one in people.everybody(session)
        if one.active
        and Role.INTERPRETER in one.roles
        and language in one.languages
        and one.person_id not in away
    )


def what_they_would_see(session: Session, case: Case, of: Envelope | Reply) -> str:
    """The text as it would be frozen now."""
    return redacted_text(session, case, of) if isinstance(of, Envelope) else words.reply_text(of)


def ask(
    session: Session, day: int, actor: Actor, of: Envelope | Reply, interpreter: str, pair: Pair
) -> AssignedText:
    """Gives the text as it is now to one interpreter (a person's id).

    They must have the language that a message is written in, or that an answer is wanted in. Raises BadField,
    NoInterpreter, AlreadyAsked, SharingWithdrawn; WrongState for an answer that is no draft.
    """
    for code in (pair.language, pair.into):
        translating.check_language(code)
    thread = of.of_thread
    case = thread.of_case
    if isinstance(of, Reply) and of.state != "draft":
        raise WrongState(of.state)
    if withdrawn_day(thread, WithdrawScope.SHARING) is not None:
        raise SharingWithdrawn("the source took back the sharing")
    foreign = pair.language if isinstance(of, Envelope) else pair.into
    if interpreter not in {one.person_id for one in interpreters(session, case, foreign)}:
        raise NoInterpreter("nobody who translates this, or kept away")
    person_id = bytes.fromhex(interpreter)
    mine = AssignedText.envelope_pk == of.id if isinstance(of, Envelope) else AssignedText.reply_pk == of.id
    same = mine, AssignedText.interpreter == person_id, AssignedText.handed_day.is_(None)
    if session.scalar(select(AssignedText.id).where(*same).limit(1)) is not None:
        raise AlreadyAsked("it lies before this person")
    text = what_they_would_see(session, case, of)
    if not text.strip():
        raise BadField("nothing is left to be translated")
    row = AssignedText(
        text_id=random_id(),
        thread_pk=thread.id,
        envelope_pk=of.id if isinstance(of, Envelope) else None,
        reply_pk=of.id if isinstance(of, Reply) else None,
        interpreter=person_id,
        author=actor.person_id,
        day=day,
        language=pair.language,
        into=pair.into,
        length=len(text),
    )
    sealed = written.seal(case, ASSIGNED, row.text_id, text.encode("utf-8"))
    row.sealed_text = sealed.sealed
    session.add(row)
    session.flush()
    facts = {"person": interpreter}
    ledger.append(session, day, actor, "translation-asked", case.case_id, facts, sealed.commitment)
    return row


def before(session: Session, actor: Actor, text_id: bytes) -> AssignedText:
    """A text that lies before this interpreter; raises NotAllowed, and UnknownItem for all others alike."""
    actor.require(Permission.READ_ASSIGNED_TEXT)
    mine = AssignedText.text_id == text_id, AssignedText.interpreter == actor.person_id
    row = session.scalar(select(AssignedText).where(*mine))
    if row is None or case_of(session, row).key is None:
        raise UnknownItem("no such text")
    assignment.check_reader(session, actor, case_of(session, row))
    return row


def lying_before(session: Session, actor: Actor) -> list[AssignedText]:
    """All of one interpreter's, those to be done first, each by age; raises NotAllowed."""
    actor.require(Permission.READ_ASSIGNED_TEXT)
    mine = select(AssignedText).join(Thread).join(Case, Case.id == Thread.case_pk)
    mine = mine.where(AssignedText.interpreter == actor.person_id, Case.key.is_not(None))
    order = (AssignedText.handed_day.is_not(None), AssignedText.id)
    return list(session.scalars(mine.where(assignment.not_kept_from(actor)).order_by(*order)))


def save(session: Session, row: AssignedText, draft: str) -> None:
    """What was written so far; raises BadField, WrongState once it was handed in."""
    _still_open(row)
    if len(draft) > translating.TEXT_MAX:
        raise BadField("a translation of at most 100,000 characters")
    row.sealed_draft = b""
    if draft:
        case = case_of(session, row)
        row.sealed_draft = written.seal(case, ASSIGNED_DRAFT, row.text_id, draft.encode("utf-8")).sealed


def hand_in(session: Session, day: int, actor: Actor, row: AssignedText, text: str) -> Translation:
    """The translation goes to the case; the interpreter sees neither text any more. Raises as `save`."""
    _still_open(row)
    case = case_of(session, row)
    of: Envelope | Reply = (
        session.get_one(Envelope, row.envelope_pk)
        if row.envelope_pk is not None
        else session.get_one(Reply, row.reply_pk)
    )
    made_from = text_of(case, row)
    new = New("interpreter", row.into, text, made_from)
    translation, commitment = translating.add(session, day, actor, of, new)
    row.handed_day, row.sealed_text, row.sealed_draft = day, b"", b""
    session.flush()
    ledger.append(session, day, actor, "translation-handed-in", case.case_id, None, commitment)
    return translation


def take_over(session: Session, day: int, actor: Actor, reply: Reply, translation_id: bytes) -> None:
    """The draft says what the interpreter wrote; what stood there before stays beside it, as `before`.

    Whoever takes it over has written the answer as much as the interpreter has (second reading). Raises
    UnknownItem, Outdated; WrongState once it is no draft, TooLarge.
    """
    wanted = Translation.translation_id == translation_id, Translation.reply_pk == reply.id
    row = session.scalar(select(Translation).where(*wanted, Translation.origin == "interpreter"))
    if row is None:
        raise UnknownItem("no such translation")
    case = reply.of_thread.of_case
    text, own, language = translating.text_of(case, row), words.reply_text(reply), reply.language
    if translating.is_outdated(case, row, own):
        raise Outdated("the draft was changed since")
    replies.edit(reply, text, row.language)
    for writer in (actor, Actor(row.author, "", frozenset())):
        second_reading.wrote(session, writer, reply)
    row.origin, row.language = "before", language
    commitment = translating.fill(case, row, own)
    session.flush()
    facts = {"person": row.author.hex()}
    ledger.append(session, day, actor, "translation-taken-over", case.case_id, facts, commitment)


def case_of(session: Session, row: AssignedText) -> Case:
    """Where it belongs."""
    return session.get_one(Thread, row.thread_pk).of_case


def text_of(case: Case, row: AssignedText) -> str:
    """What the interpreter sees; "" once it was handed in."""
    if not row.sealed_text:
        return ""
    return written.unseal(case, ASSIGNED, row.text_id, row.sealed_text).decode("utf-8")


def draft_of(case: Case, row: AssignedText) -> str:
    """What they have written so far."""
    if not row.sealed_draft:
        return ""
    return written.unseal(case, ASSIGNED_DRAFT, row.text_id, row.sealed_draft).decode("utf-8")


def _still_open(row: AssignedText) -> None:
    if row.handed_day is not None:
        raise WrongState("handed-in")
