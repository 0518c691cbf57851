"""What is being typed and was not sent yet: kept at each pause, sealed under the key of its case.

It is nobody's judgement and no draft: the ledger says nothing of it, only whoever typed it sees it again, and
it goes when the form is sent, or with the case.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from sluis.errors import BadField, TooLarge
from sluis.primitives import random_id
from workstation.casework.kept_models import KeptForm
from workstation.casework.models import Case
from workstation.casework.roles import Actor
from workstation.casework.words import box_of, resealed

FIELDS_MAX = 262_144
_PLACE = "kept form"
_FORM = re.compile(r"[a-z0-9][a-z0-9.-]{0,119}")  # an id of a service may have dots
Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class KeptFields:
    """The fields as a browser sends them, in order, and the day on which they were typed."""

    day: int
    fields: tuple[tuple[str, str], ...]

    def get(self, name: str) -> str:
        """The first field of this name; "" when there is none."""
        return next((value for one, value in self.fields if one == name), "")


def keep(session: Session, day: int, actor: Actor, case: Case, form: str, fields: Pairs) -> None:
    """In place of what was kept of this form before. Raises BadField for no form, TooLarge."""
    if not _FORM.fullmatch(form):
        raise BadField("no such form")
    data = encoded(fields)
    row = _row(session, actor, case, form)
    if row is None:
        row = KeptForm(kept_id=random_id(), case_pk=case.id, person=actor.person_id, form=form)
        session.add(row)
    row.day = day
    row.sealed_fields = box_of(case).seal(_PLACE, row.kept_id, data)


def of(session: Session, actor: Actor, case: Case, form: str) -> KeptFields | None:
    """What this person typed there and did not send."""
    row = _row(session, actor, case, form)
    if row is None:
        return None
    return decoded(row.day, box_of(case).open(_PLACE, row.kept_id, row.sealed_fields))


def forms(session: Session, actor: Actor, case: Case) -> tuple[str, ...]:
    """The names of all forms of this case that this person has begun and not sent."""
    mine = (KeptForm.case_pk == case.id, KeptForm.person == actor.person_id)
    return tuple(session.scalars(select(KeptForm.form).where(*mine).order_by(KeptForm.form)))


def forget(session: Session, actor: Actor, case: Case, form: str) -> None:
    """It was sent, or nothing is left of it."""
    mine = (KeptForm.case_pk == case.id, KeptForm.person == actor.person_id, KeptForm.form == form)
    session.execute(delete(KeptForm).where(*mine))


def forget_all(session: Session, case: Case) -> None:
    """With the case, or with all that the team wrote in it."""
    session.execute(delete(KeptForm).where(KeptForm.case_pk == case.id))


def move(session: Session, case: Case, target: Case, part: str = "") -> None:
    """Seals it for another case: all of it, or the forms with `part` in their names (a conversation's id).

    Where the same person has the same form there already, that one stays.
    """
    old, new = box_of(case), box_of(target)
    there = {
        (one.person, one.form)
        for one in session.scalars(select(KeptForm).where(KeptForm.case_pk == target.id))
    }
    for row in session.scalars(select(KeptForm).where(KeptForm.case_pk == case.id)).all():
        if part not in row.form:
            continue
        if (row.person, row.form) in there:
            session.delete(row)
            continue
        row.sealed_fields = resealed(old, new, _PLACE, row.kept_id, row.sealed_fields)
        row.case_pk = target.id
    session.flush()


def encoded(fields: Pairs) -> bytes:
    """The fields as they are sealed; raises TooLarge."""
    data = json.dumps([list(pair) for pair in fields]).encode("ascii")
    if len(data) > FIELDS_MAX:
        raise TooLarge("more than a form holds")
    return data


def decoded(day: int, data: bytes) -> KeptFields:
    """What `encoded` made."""
    return KeptFields(day, tuple((name, value) for name, value in json.loads(data)))


def _row(session: Session, actor: Actor, case: Case, form: str) -> KeptForm | None:
    mine = (KeptForm.case_pk == case.id, KeptForm.person == actor.person_id, KeptForm.form == form)
    return session.scalar(select(KeptForm).where(*mine))
