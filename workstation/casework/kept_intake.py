"""What is being written down of a call that has no case yet: kept at each pause, under a key of its own.

As in `kept.py`, it is no act and only whoever typed it sees it again. It goes when the call becomes a case,
when it is thrown away, when whoever typed it leaves, and after DAYS at the latest: nothing else would end it.
"""

from __future__ import annotations

from sqlalchemy import delete, select
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
    forget(session, actor.person_id)
    kept_id, key = random_id(), random_key()
    sealed = CaseBox(kept_id, key).seal(_PLACE, kept_id, data)
    session.add(KeptIntake(kept_id=kept_id, person=actor.person_id, key=key, day=day, sealed_fields=sealed))


def of(session: Session, actor: Actor) -> KeptFields | None:
    """What this person typed and did not send."""
    row = session.scalar(select(KeptIntake).where(KeptIntake.person == actor.person_id))
    if row is None:
        return None
    return decoded(row.day, CaseBox(row.kept_id, row.key).open(_PLACE, row.kept_id, row.sealed_fields))


def forget(session: Session, person_id: bytes) -> None:
    """It was sent, is not wanted, or whoever typed it has left."""
    session.execute(delete(KeptIntake).where(KeptIntake.person == person_id))


def forget_old(session: Session, today: int) -> None:
    """Of everybody, what nobody has touched for DAYS."""
    session.execute(delete(KeptIntake).where(KeptIntake.day + DAYS < today))
