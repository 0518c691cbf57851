"""Taking names, places and days out of a message, within the caller's transaction.

The message stays as it was sent. What somebody else gets, an interpreter or an organisation, is
`redacted_text`: it has a block such as `[name]` for each range. Every change is a version of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from sluis.envelope import Kind
from sluis.primitives import random_id
from workstation.casework import ledger, words, written
from workstation.casework.models import Case
from workstation.casework.redaction_models import Redaction
from workstation.casework.redaction_rules import Range, applied, normalised
from workstation.casework.roles import Actor
from workstation.casework.sealed import CaseBox
from workstation.errors import UnknownItem, WrongState
from workstation.ids import item_id
from workstation.models import Envelope, Thread

PLACE = "redaction"


@dataclass(frozen=True)
class Redacted:
    """What is taken out of a message. `version` is 0 as long as nobody has taken anything out."""

    version: int
    author: str
    day: int
    ranges: tuple[Range, ...]


def redacted_text(session: Session, case: Case, envelope: Envelope) -> str:
    """The message as others may get it; as it is, where nobody has taken anything out (`newest`)."""
    return applied(words.envelope_text(envelope), newest(session, case, envelope).ranges)


def newest(session: Session, case: Case, envelope: Envelope) -> Redacted:
    """The version that counts."""
    mine = select(Redaction).where(Redaction.envelope_pk == envelope.id)
    row = session.scalar(mine.order_by(Redaction.version.desc()).limit(1))
    if row is None:
        return Redacted(0, "", 0, ())
    ranges = json.loads(written.unseal(case, PLACE, row.redaction_id, row.sealed_ranges))
    return Redacted(row.version, row.author.hex(), row.day, tuple(Range(*one) for one in ranges))


def find_message(session: Session, case: Case, message_id: str) -> Envelope:
    """A text of this case whose words are still there; raises UnknownItem."""
    of_case = select(Envelope).join(Thread).where(Thread.case_pk == case.id, Envelope.kind == Kind.TEXT)
    found = session.scalar(
        of_case.where(Envelope.message_id == item_id(message_id), Envelope.sealed_text != b"")
    )
    if found is None:
        raise UnknownItem("no such message in this case")
    return found


def texts_of(session: Session, case: Case) -> tuple[Envelope, ...]:
    """Every text of a case whose words are still there, the oldest first."""
    there = Thread.case_pk == case.id, Envelope.kind == Kind.TEXT, Envelope.sealed_text != b""
    found = select(Envelope).join(Thread).where(*there)
    return tuple(
        session.scalars(found.order_by(Envelope.batch, Envelope.day, Envelope.sequence, Envelope.id))
    )


def redact(
    session: Session,
    day: int,
    actor: Actor,
    case: Case,
    envelope: Envelope,
    ranges: Iterable[Range],
    before: int,
) -> Redacted:
    """A new version: exactly these ranges are taken out. `before` is the version that was looked at.

    Raises BadField for a range outside the text; WrongState when somebody has made a version since.
    """
    was = newest(session, case, envelope)
    wanted = normalised(ranges, len(words.envelope_text(envelope)))
    if was.version != before:
        raise WrongState("changed")
    if wanted == was.ranges:
        return was
    row_id = random_id()
    encoded = json.dumps([[one.start, one.end, one.label] for one in wanted]).encode("ascii")
    sealed = written.seal(case, PLACE, row_id, encoded)
    session.add(
        Redaction(
            redaction_id=row_id,
            thread_pk=envelope.thread_pk,
            envelope_pk=envelope.id,
            version=was.version + 1,
            author=actor.person_id,
            day=day,
            places=len(wanted),
            sealed_ranges=sealed.sealed,
        )
    )
    session.flush()
    facts = {"version": str(was.version + 1), "places": str(len(wanted))}
    ledger.append(session, day, actor, "redacted", case.case_id, facts, sealed.commitment)
    return Redacted(was.version + 1, actor.person_id.hex(), day, wanted)


def move(session: Session, old: CaseBox, new: CaseBox, thread: Thread) -> None:
    """Seals what is taken out of the messages of a thread for another case."""
    for row in session.scalars(select(Redaction).where(Redaction.thread_pk == thread.id)):
        row.sealed_ranges = words.resealed(old, new, PLACE, row.redaction_id, row.sealed_ranges)
