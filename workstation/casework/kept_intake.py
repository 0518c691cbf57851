"""What is being written down of a call that has no case yet: kept at each pause, under a key of its own.

As in `kept.py`, it is no act and only whoever typed it sees it again. It goes when the call becomes a case,
when it is thrown away, when whoever typed it leaves, and after DAYS at the latest: nothing else would end it.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from sluis.primitives import random_id, random_key
from workstation.casework.kept import KeptFields, Pairs, decoded, encoded
from workstation.casework.kept_models import KeptIntake
from workstation.casework.roles import Actor
from workstation.casework.sealed import CaseBox

DAYS = 7
_PLACE = "kept intake"


def keep(session: Session, day: int, actor: Actor, fields: Pairs) -> None:
    """In place of what was kept before; raises TooLarge."""
    data = encoded(fields)
    row = _row(session, actor)
    if row is None:
        row = KeptIntake(kept_id=random_id(), person=actor.person_id, key=random_key())
        session.add(row)
    row.day = day
    row.sealed_fields = CaseBox(row.kept_id, row.key).seal(_PLACE, row.kept_id, data)


def of(session: Session, actor: Actor) -> KeptFields | None:
    """What this person typed and did not send."""
    row = _row(session, actor)
    if row is None:
        return None
    return decoded(row.day, CaseBox(row.kept_id, row.key).open(_PLACE, row.kept_id, row.sealed_fields))


def forget(session: Session, person_id: bytes) -> bool:
    """It was sent, is not wanted, or whoever typed it has left; when True, the caller wipes the journal."""
    return _gone(session, KeptIntake.person == person_id)


def forget_old(session: Session, today: int) -> bool:
    """Of everybody, what nobody has touched for DAYS; as `forget`."""
    return _gone(session, KeptIntake.day + DAYS < today)


def _gone(session: Session, which: ColumnElement[bool]) -> bool:
    return session.scalar(delete(KeptIntake).where(which).returning(KeptIntake.id)) is not None


def _row(session: Session, actor: Actor) -> KeptIntake | None:
    return session.scalar(select(KeptIntake).where(KeptIntake.person == actor.person_id))
