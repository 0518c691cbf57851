"""A copy of a file without what it says of its making: kept beside the file, and gone when that goes.

The file of the source stays as it was sent. The copy is what may be passed on; it is sealed in the vault
under a key of its own, which is sealed under the key of the case.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from sluis.primitives import random_id
from workstation.casework import ledger
from workstation.casework.roles import Actor
from workstation.casework.sealed import CaseBox
from workstation.casework.stripped_models import StrippedCopy
from workstation.casework.words import box_of, resealed
from workstation.errors import UnknownItem
from workstation.models import Envelope, Thread
from workstation.vault import Staging, VaultKey

PLACE = "stripped vault key"


@dataclass(frozen=True)
class Stripped:
    """A copy as it is shown."""

    day: int
    author: str
    size: int
    sha256: str


def keep(
    session: Session, staging: Staging, day: int, actor: Actor, file: Envelope, chunks: Iterable[bytes]
) -> StrippedCopy:
    """Keeps what `chunks` hold as the copy of a file; it takes the place of one that there was."""
    case = file.of_thread.of_case
    box, copy_id = box_of(case), random_id()
    drop(session, staging, [file.id])
    writer, digest = staging.create(), hashlib.sha256()
    for chunk in chunks:
        writer.write(chunk)
        digest.update(chunk)
    key = writer.finish()
    row = StrippedCopy(
        copy_id=copy_id,
        derived_from=file.id,
        thread_pk=file.thread_pk,
        author=actor.person_id,
        day=day,
        size=writer.size,
        sha256=digest.hexdigest(),
        vault_name=key.name,
        sealed_vault_key=box.seal(PLACE, copy_id, key.key),
    )
    session.add(row)
    session.flush()
    ledger.append(session, day, actor, "file-stripped", case.case_id)
    return row


def find(session: Session, file: Envelope) -> StrippedCopy | None:
    """The copy of this file, if there is one."""
    return session.scalar(select(StrippedCopy).where(StrippedCopy.derived_from == file.id))


def shown(row: StrippedCopy) -> Stripped:
    """As a value."""
    return Stripped(row.day, row.author.hex(), row.size, row.sha256)


def key_of(session: Session, file: Envelope) -> VaultKey:
    """Where the copy lies and what opens it; raises UnknownItem."""
    row = find(session, file)
    if row is None:
        raise UnknownItem("no copy of this file")
    box = box_of(file.of_thread.of_case)
    return VaultKey(row.vault_name, box.open(PLACE, row.copy_id, row.sealed_vault_key))


def drop(session: Session, staging: Staging, files: Collection[int]) -> None:
    """The copies of these files (their envelopes' keys) are gone when the transaction holds."""
    mine = StrippedCopy.derived_from.in_(files)
    for name in session.scalars(select(StrippedCopy.vault_name).where(mine)):
        staging.drop(name)
    session.execute(delete(StrippedCopy).where(mine))


def move(session: Session, old: CaseBox, new: CaseBox, thread: Thread) -> None:
    """Seals their keys under that of another case."""
    for row in session.scalars(select(StrippedCopy).where(StrippedCopy.thread_pk == thread.id)):
        row.sealed_vault_key = resealed(old, new, PLACE, row.copy_id, row.sealed_vault_key)
