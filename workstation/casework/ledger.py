"""The ledger: what was done and by which desk, each entry chained to the last (docs/protocol.md, "Ledger").

It holds codes, numbers, days and random ids, and no word of a source, so it can outlive every case. Words
enter as commitments: SHA-256(salt 32 || words), the salt sealed beside the words, so that nothing can be
guessed once both are destroyed. It proves the order of what was written down here, to whoever noted an
earlier head elsewhere. It does not prove that something which is not written did not happen, nor that no
copy of a case exists.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from sluis.errors import BadField
from sluis.limits import HASH_SIZE, ID_SIZE
from sluis.primitives import label, random_key, sha256
from sluis.wire import Writer
from workstation.casework.models import LedgerRow
from workstation.casework.roles import Actor

KIND_MAX = 32
FACTS_MAX = 1_024
NOBODY = bytes(ID_SIZE)
_START = bytes(HASH_SIZE)
_BATCH = 2_000
# Stands for facts that somebody changed into what cannot be read; `verify` tells where.
UNREADABLE = {"unreadable": "yes"}

_Row = TypeVar("_Row")
Raw: TypeAlias = tuple[int, int, str, bytes, bytes, str, bytes, bytes]
"""Number, day, kind, subject, actor, facts as JSON, commitment, hash."""


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

    `anchored` tells whether the head that was noted earlier is in the part that is whole; None without one.
    `anchor` is then the number of its entry: all up to it is as it was.
    """

    entries: int
    broken: int
    head: bytes
    anchored: bool | None
    anchor: int = 0


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


def entries(
    session: Session, *, subject: bytes | None = None, kind: str = "", newest: int = 500, skip: int = 0
) -> tuple[Entry, ...]:
    """The newest entries but `skip`, newest first; of one subject or kind only, when it is given."""
    wanted = _only(select(LedgerRow), subject, kind).order_by(LedgerRow.number.desc())
    return tuple(_entry(row) for row in session.scalars(wanted.offset(skip).limit(newest)))


def count(session: Session, *, subject: bytes | None = None, kind: str = "") -> int:
    """How many entries there are, of one subject or kind only, when it is given."""
    return session.scalar(_only(select(func.count()).select_from(LedgerRow), subject, kind)) or 0


def _only(wanted: Select[_Row], subject: bytes | None, kind: str) -> Select[_Row]:
    if subject is not None:
        wanted = wanted.where(LedgerRow.subject == subject)
    return wanted.where(LedgerRow.kind == kind) if kind else wanted


def raw(session: Session) -> Iterator[Raw]:
    """Every line as it is stored, oldest first."""
    # Columns, not rows as objects: a hundred thousand of those take several times as long.
    wanted = select(
        LedgerRow.number,
        LedgerRow.day,
        LedgerRow.kind,
        LedgerRow.subject,
        LedgerRow.actor,
        LedgerRow.facts,
        LedgerRow.commitment,
        LedgerRow.hash,
    )
    yield from session.execute(wanted.order_by(LedgerRow.number).execution_options(yield_per=_BATCH))


def verify(session: Session, noted: bytes | None = None) -> Verdict:
    """Reads the whole chain; `noted` is a head (32 bytes) that somebody wrote down earlier."""
    previous, seen, broken, anchor = _START, 0, 0, 0
    for line in raw(session):
        seen += 1
        if not broken and (line[0] != seen or not _follows(previous, line)):
            broken = seen
        previous = line[-1]
        if previous == noted and not broken:
            anchor = seen
    return Verdict(seen, broken, previous, None if noted is None else anchor > 0, anchor)


def _follows(previous: bytes, line: Raw) -> bool:
    """Whether a line has the hash that it must have; one that has no encoding has none."""
    try:
        return line[-1] == _chained(previous, _body(*line[:-1]))
    except BadField:
        return False


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
    facts = _decoded(row.facts)
    return Entry(row.number, row.day, row.kind, row.subject, row.actor, facts, row.commitment, row.hash)


def _decoded(facts: str) -> Mapping[str, str]:
    try:
        found = json.loads(facts)
    except ValueError:
        return UNREADABLE
    if not isinstance(found, dict) or not all(isinstance(one, str) for one in found.values()):
        return UNREADABLE
    return found
