"""The ledger: what was done and by which desk, each entry chained to the last (docs/protocol.md, "Ledger").

It holds codes, numbers, days and random ids, and no word of a source, so it can outlive every case. Words
enter as commitments: SHA-256(salt 32 || words), the salt sealed beside the words, so that nothing can be
guessed once both are destroyed. It proves the order of what was written down here, to whoever noted an
earlier head elsewhere. It does not prove that something which is not written did not happen, nor that no
copy of a case exists.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from sluis.limits import HASH_SIZE, ID_SIZE
from sluis.primitives import label, random_key, sha256
from sluis.wire import Writer
from workstation.casework.models import LedgerRow
from workstation.casework.roles import Actor

KIND_MAX = 32
FACTS_MAX = 1_024
NOBODY = bytes(ID_SIZE)
_START = bytes(HASH_SIZE)


@dataclass(frozen=True)
class Entry:
    """One line: number from 1, day, kind, what it is about and who did it (16 bytes each), coded facts."""

    number: int
    day: int
    kind: str
    subject: bytes
    actor: bytes
    facts: Mapping[str, str]
    commitment: bytes
    hash: bytes


@dataclass(frozen=True)
class Verdict:
    """`entries` were read; `broken` is the number of the first that does not follow, 0 when all do.

    `anchored` tells whether the head that was noted earlier is still in the chain; None without one.
    """

    entries: int
    broken: int
    head: bytes
    anchored: bool | None


def commit_to(words: bytes) -> tuple[bytes, bytes]:
    """(salt, commitment), 32 bytes each, for words that stay elsewhere."""
    salt = random_key()
    return salt, sha256(salt + words)


def append(
    session: Session,
    day: int,
    actor: Actor | None,
    kind: str,
    subject: bytes = NOBODY,
    facts: Mapping[str, str] | None = None,
    commitment: bytes = b"",
) -> Entry:
    """Adds one entry within the caller's transaction; `actor` is None for what the office does by itself.

    Raises BadField for a kind, facts or commitment over their bounds.
    """
    last = session.scalar(select(LedgerRow).order_by(LedgerRow.number.desc()).limit(1))
    number, previous = (last.number + 1, last.hash) if last is not None else (1, _START)
    told = dict(sorted((facts or {}).items()))
    who = actor.person_id if actor is not None else NOBODY
    body = _body(number, day, kind, subject, who, _encoded(told), commitment)
    row = LedgerRow(
        number=number,
        day=day,
        kind=kind,
        subject=subject,
        actor=who,
        facts=_encoded(told),
        commitment=commitment,
        hash=_chained(previous, body),
    )
    session.add(row)
    session.flush()
    return _entry(row)


def entries(session: Session, *, subject: bytes | None = None, newest: int = 500) -> tuple[Entry, ...]:
    """The newest entries, newest first; of one subject only, when it is given."""
    wanted = select(LedgerRow).order_by(LedgerRow.number.desc()).limit(newest)
    if subject is not None:
        wanted = wanted.where(LedgerRow.subject == subject)
    return tuple(_entry(row) for row in session.scalars(wanted))


def verify(session: Session, noted: bytes | None = None) -> Verdict:
    """Reads the whole chain; `noted` is a head (32 bytes) that somebody wrote down earlier."""
    previous, count, broken, seen = _START, 0, 0, noted is None or noted == _START
    for row in session.scalars(select(LedgerRow).order_by(LedgerRow.number)):
        count += 1
        body = _body(row.number, row.day, row.kind, row.subject, row.actor, row.facts, row.commitment)
        if not broken and (row.number != count or row.hash != _chained(previous, body)):
            broken = count
        previous = row.hash
        seen = seen or row.hash == noted
    return Verdict(count, broken, previous, None if noted is None else seen)


def _encoded(facts: Mapping[str, str]) -> str:
    return json.dumps(facts, ensure_ascii=True, separators=(",", ":"))


def _body(
    number: int, day: int, kind: str, subject: bytes, actor: bytes, facts: str, commitment: bytes
) -> bytes:
    writer = Writer().u64(number).day(day).text(kind, KIND_MAX)
    writer.fixed(subject, ID_SIZE).fixed(actor, ID_SIZE).text(facts, FACTS_MAX)
    return writer.var(commitment, HASH_SIZE).bytes()


def _chained(previous: bytes, body: bytes) -> bytes:
    return sha256(label("ledger") + previous + body)


def _entry(row: LedgerRow) -> Entry:
    facts = json.loads(row.facts)
    return Entry(row.number, row.day, row.kind, row.subject, row.actor, facts, row.commitment, row.hash)
