"""The tables of what is being typed (casework/kept.py, casework/kept_intake.py)."""

from __future__ import annotations

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workstation.models import Base


class KeptForm(Base):
    """The fields of a form that somebody has begun to fill in and not sent; one for each person and form."""

    __tablename__ = "kept_form"
    __table_args__ = (UniqueConstraint("case_pk", "person", "form"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    kept_id: Mapped[bytes] = mapped_column(unique=True)
    case_pk: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    person: Mapped[bytes]
    form: Mapped[str]
    day: Mapped[int]
    sealed_fields: Mapped[bytes]


class KeptIntake(Base):
    """The same of a call that has no case yet: one for each person, with a key (32 bytes) of its own."""

    __tablename__ = "kept_intake"
    id: Mapped[int] = mapped_column(primary_key=True)
    kept_id: Mapped[bytes] = mapped_column(unique=True)
    person: Mapped[bytes] = mapped_column(unique=True)
    key: Mapped[bytes]
    day: Mapped[int]
    sealed_fields: Mapped[bytes]
