"""Tables of people: who signs in, what they are and can, whom they never get, and who wrote what.

Codes, days and random ids only; no name of a person is anywhere.
"""

from __future__ import annotations

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workstation.models import Base


class Person(Base):
    """Somebody who signs in: `person_id` (16 random bytes) is all that the ledger and the disk know of them.

    `desk` is a pseudonym and is never given to anybody else. The secret of the one-time code is in the badge
    (workstation/badges.py), and which codes were used is nowhere on a disk: a step of a code is a clock time.
    """

    __tablename__ = "person"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[bytes] = mapped_column(unique=True)
    desk: Mapped[str] = mapped_column(unique=True)
    active: Mapped[bool] = mapped_column(default=True)
    added_day: Mapped[int]
    roles: Mapped[list[PersonRole]] = relationship(order_by="PersonRole.id")
    skills: Mapped[list[PersonSkill]] = relationship(
        cascade="all, delete-orphan", order_by="PersonSkill.code"
    )
    languages: Mapped[list[PersonLanguage]] = relationship(
        cascade="all, delete-orphan", order_by="PersonLanguage.code"
    )


class PersonRole(Base):
    """A role that a person has or had; `until_day` is None while they have it."""

    __tablename__ = "person_role"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_pk: Mapped[int] = mapped_column(ForeignKey("person.id"))
    role: Mapped[str]
    since_day: Mapped[int]
    until_day: Mapped[int | None]


class PersonSkill(Base):
    """What a person has learnt, by its code (people.SKILLS)."""

    __tablename__ = "person_skill"
    person_pk: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)


class PersonLanguage(Base):
    """A language in which a person can work, by its code (sluis.languages)."""

    __tablename__ = "person_language"
    person_pk: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)


class NeverAssign(Base):
    """A case that a person must never get, and why, by the code of a reason (people.NEVER_REASONS)."""

    __tablename__ = "never_assign"
    __table_args__ = (UniqueConstraint("person_pk", "case_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    person_pk: Mapped[int] = mapped_column(ForeignKey("person.id"))
    case_id: Mapped[bytes]
    reason: Mapped[str]


class ReplyAuthor(Base):
    """Whoever wrote any of a reply (zeros: a lone seat). It stays here; nothing that leaves holds it."""

    __tablename__ = "reply_author"
    reply_pk: Mapped[int] = mapped_column(ForeignKey("reply.id"), primary_key=True)
    person_id: Mapped[bytes] = mapped_column(primary_key=True)


class OfficeRule(Base):
    """A rule of this office that can be switched on, by its name (second_reading.RULE)."""

    __tablename__ = "office_rule"
    name: Mapped[str] = mapped_column(primary_key=True)
    on: Mapped[bool]
