"""Translations beside what was written, and always with whose they are; within the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session, object_session

from sluis.envelope import Kind
from sluis.errors import BadField
from sluis.languages import LANGUAGE_NAMES
from sluis.primitives import random_id
from workstation.casework import ledger, words, written
from workstation.casework.beside import TRANSLATED_FROM, TRANSLATION
from workstation.casework.models import Case
from workstation.casework.roles import Actor
from workstation.casework.translation_models import Translation
from workstation.errors import UnknownItem
from workstation.models import Envelope, Reply, Thread
from workstation.records import Translated

TEXT_MAX = 100_000
Origin = Literal["team", "interpreter", "before"]


@dataclass(frozen=True)
class New:
    """What somebody wrote: the language of it, the text, and the text that an interpreter made it from."""

    origin: Origin
    language: str
    text: str
    made_from: str = ""


@dataclass(frozen=True)
class Translations:
    """Of one conversation, newest first: by the numbers of envelopes and of replies."""

    of_messages: Mapping[int, tuple[Translated, ...]]
    of_answers: Mapping[int, tuple[Translated, ...]]


def check_text(text: str) -> None:
    """Raises BadField for a text that is empty or too long."""
    if not text.strip() or len(text) > TEXT_MAX:
        raise BadField("a translation of 1 to 100,000 characters")


def check_language(code: str) -> None:
    """Raises BadField for a language that is none of sluis.languages."""
    if code not in LANGUAGE_NAMES:
        raise BadField("no such language")


def find_message(session: Session, case: Case, message_id: bytes) -> Envelope:
    """A message of this case whose words are there; raises UnknownItem."""
    wanted = Thread.case_pk == case.id, Envelope.message_id == message_id, Envelope.kind == Kind.TEXT
    found = session.scalar(select(Envelope).join(Thread).where(*wanted).limit(1))
    if found is None or not found.sealed_text:
        raise UnknownItem("no such message")
    return found


def write(
    session: Session, day: int, actor: Actor, message: Envelope, language: str, text: str
) -> Translation:
    """Somebody who reads the case translated a message; earlier versions stay. Raises BadField."""
    row, commitment = add(session, day, actor, message, New("team", language, text))
    ledger.append(session, day, actor, "translated", message.of_thread.of_case.case_id, None, commitment)
    return row


def add(
    session: Session, day: int, actor: Actor, of: Envelope | Reply, new: New
) -> tuple[Translation, bytes]:
    """A new version in its language, and the commitment for the ledger (32 bytes); raises BadField."""
    check_text(new.text)
    check_language(new.language)
    is_message = isinstance(of, Envelope)
    mine = Translation.envelope_pk == of.id if is_message else Translation.reply_pk == of.id
    before = select(func.max(Translation.version)).where(mine, Translation.language == new.language)
    row = Translation(
        translation_id=random_id(),
        thread_pk=of.thread_pk,
        envelope_pk=of.id if is_message else None,
        reply_pk=None if is_message else of.id,
        origin=new.origin,
        author=actor.person_id,
        day=day,
        language=new.language,
        version=(session.scalar(before) or 0) + 1,
    )
    commitment = fill(of.of_thread.of_case, row, new.text, new.made_from)
    session.add(row)
    session.flush()
    return row, commitment


def fill(case: Case, row: Translation, text: str, made_from: str = "") -> bytes:
    """Puts its words into the row, and those that they were made from; their commitment (32 bytes)."""
    sealed = written.seal(case, TRANSLATION, row.translation_id, text.encode("utf-8"))
    row.sealed_text, row.sealed_from = sealed.sealed, b""
    if made_from:
        had = written.seal(case, TRANSLATED_FROM, row.translation_id, made_from.encode("utf-8"))
        row.sealed_from = had.sealed
    return sealed.commitment


def text_of(case: Case, row: Translation) -> str:
    """Its words."""
    return written.unseal(case, TRANSLATION, row.translation_id, row.sealed_text).decode("utf-8")


def is_outdated(case: Case, row: Translation, text: str) -> bool:
    """Whether `text` is another one by now than what an interpreter had of it."""
    if not row.sealed_from:
        return False
    had = written.unseal(case, TRANSLATED_FROM, row.translation_id, row.sealed_from)
    return had.decode("utf-8") != text


def of_thread(thread: Thread) -> Translations:
    """All that there are in one conversation."""
    session = object_session(thread)
    assert session is not None
    case = thread.of_case
    messages: dict[int, list[Translated]] = {}
    answers: dict[int, list[Translated]] = {}
    mine = select(Translation).where(Translation.thread_pk == thread.id).order_by(Translation.id.desc())
    for row in session.scalars(mine):
        shown = _shown(case, row)
        if row.envelope_pk is not None:
            messages.setdefault(row.envelope_pk, []).append(shown)
        elif row.reply_pk is not None:
            answer = words.reply_text(session.get_one(Reply, row.reply_pk))
            shown = replace(shown, outdated=is_outdated(case, row, answer))
            answers.setdefault(row.reply_pk, []).append(shown)
    return Translations(_frozen(messages), _frozen(answers))


def _shown(case: Case, row: Translation) -> Translated:
    return Translated(
        translation_id=row.translation_id.hex(),
        origin=cast("Origin", row.origin),
        author=row.author.hex(),
        day=row.day,
        language=row.language,
        version=row.version,
        text=text_of(case, row),
    )


def _frozen(found: Mapping[int, list[Translated]]) -> dict[int, tuple[Translated, ...]]:
    return {key: tuple(rows) for key, rows in found.items()}
