"""Tables of casework, beside those of the transfer in `workstation.models` (the same database).

Days are days since 1970-01-01, UTC; there is no clock time anywhere. Columns named `sealed_...` hold words
under the key of their case (`sealed.CaseBox`); b"" where there are none.
"""

from __future__ import annotations

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workstation.models import Base, Thread


class LedgerRow(Base):
    """One entry of the ledger, chained to the one before."""

    __tablename__ = "ledger"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[int]
    kind: Mapped[str]
    subject: Mapped[bytes]
    actor: Mapped[bytes]
    facts: Mapped[str]
    commitment: Mapped[bytes]
    hash: Mapped[bytes]


class Case(Base):
    """What is done about one or several threads. Its key is all that opens its words; None: destroyed.

    `state` is open, closed, merged (into the case `merged_into`) or destroyed. `urgency` is "" until
    somebody judged it; `reported` is the most urgent answer of the source's own form since then. `owner` is a
    person's id; nobody's case may be read by every counsellor. `destroy_day` is what its clock points to.
    """

    __tablename__ = "case"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[bytes] = mapped_column(unique=True)
    alias: Mapped[str] = mapped_column(unique=True)
    key: Mapped[bytes | None]
    state: Mapped[str] = mapped_column(default="open", index=True)
    opened_day: Mapped[int]
    closed_day: Mapped[int | None]
    close_reason: Mapped[str] = mapped_column(default="")
    owner: Mapped[bytes | None] = mapped_column(index=True)
    urgency: Mapped[str] = mapped_column(default="")
    urgency_reason: Mapped[str] = mapped_column(default="")
    review_day: Mapped[int | None]
    reported: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="")
    retention: Mapped[str] = mapped_column(default="")
    destroy_day: Mapped[int | None]
    merged_into: Mapped[int | None] = mapped_column(ForeignKey("case.id"))
    muted: Mapped[bool] = mapped_column(default=False)
    threads: Mapped[list[Thread]] = relationship(back_populates="of_case", order_by="Thread.id")


class Assessment(Base):
    """One triage of a case; a later one does not change it. `batch`: newest Export of the case by then."""

    __tablename__ = "assessment"
    id: Mapped[int] = mapped_column(primary_key=True)
    assessment_id: Mapped[bytes] = mapped_column(unique=True)
    case_pk: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    author: Mapped[bytes]
    day: Mapped[int]
    batch: Mapped[int]
    urgency: Mapped[str]
    reason: Mapped[str]
    review_day: Mapped[int]
    sealed_triage: Mapped[bytes]


class Note(Base):
    """What somebody of the team noted, apart from what the source sent."""

    __tablename__ = "note"
    id: Mapped[int] = mapped_column(primary_key=True)
    note_id: Mapped[bytes] = mapped_column(unique=True)
    case_pk: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    author: Mapped[bytes]
    day: Mapped[int]
    sealed_text: Mapped[bytes]


class Task(Base):
    """Something to be done by a day."""

    __tablename__ = "task"
    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[bytes] = mapped_column(unique=True)
    case_pk: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    author: Mapped[bytes]
    day: Mapped[int]
    due_day: Mapped[int]
    done_day: Mapped[int | None]
    sealed_text: Mapped[bytes]


class CaseCode(Base):
    """A code of the codebook that applies to a case; `version` is the codebook's when it was given."""

    __tablename__ = "case_code"
    case_pk: Mapped[int] = mapped_column(ForeignKey("case.id"), primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int]
    author: Mapped[bytes]
    day: Mapped[int]


class CaseLink(Base):
    """Two cases that have to do with each other; `kind` says how. It goes when either is destroyed."""

    __tablename__ = "case_link"
    __table_args__ = (UniqueConstraint("case_pk", "other_pk"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    case_pk: Mapped[int] = mapped_column(ForeignKey("case.id"))
    other_pk: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    kind: Mapped[str]
    author: Mapped[bytes]
    day: Mapped[int]
