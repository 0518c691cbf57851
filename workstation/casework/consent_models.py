"""Tables of what sources agreed to, and of what was passed on under it; beside those of `models`."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workstation.models import Base


class Consent(Base):
    """One answer of a source to one question, or an exception that two people made without one.

    `purpose`, `identifiability` and `answer` are codes of `consent_terms`; `fields` some of its FIELDS.
    `expiry_day` is the last day of a yes, the day to ask again of a "later", None of a no. `how` is a code;
    `message_id` (16 bytes, b"" for none) the message in which the source said so. `ended` is "" while it
    stands, or why it does not since `ended_day`. `sealed_words`: recipient, language and text as JSON; of an
    exception the reason in place of the text. `second` confirmed an exception.
    """

    __tablename__ = "consent"
    id: Mapped[int] = mapped_column(primary_key=True)
    grant_id: Mapped[bytes] = mapped_column(unique=True)
    case_pk: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    author: Mapped[bytes]
    second: Mapped[bytes | None]
    day: Mapped[int]
    purpose: Mapped[str]
    identifiability: Mapped[str]
    fields: Mapped[str]
    answer: Mapped[str]
    expiry_day: Mapped[int | None]
    how: Mapped[str]
    message_id: Mapped[bytes]
    ended: Mapped[str] = mapped_column(default="")
    ended_day: Mapped[int | None]
    sealed_words: Mapped[bytes]
    sources: Mapped[list[ConsentSource]] = relationship(cascade="all, delete-orphan")


class ConsentSource(Base):
    """A source whose answer it is; of an exception, each whose words it is about."""

    __tablename__ = "consent_source"
    consent_pk: Mapped[int] = mapped_column(ForeignKey("consent.id"), primary_key=True)
    thread_pk: Mapped[int] = mapped_column(ForeignKey("thread.id"), primary_key=True)


class PassedOn(Base):
    """That something was passed on, which nobody can recall; it outlives the grant, not the case.

    `reference` (16 bytes) is the id of what was made for it, for instance a referral.
    """

    __tablename__ = "passed_on"
    id: Mapped[int] = mapped_column(primary_key=True)
    row_id: Mapped[bytes] = mapped_column(unique=True)
    case_pk: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    grant_id: Mapped[bytes] = mapped_column(index=True)
    author: Mapped[bytes]
    day: Mapped[int]
    purpose: Mapped[str]
    identifiability: Mapped[str]
    fields: Mapped[str]
    reference: Mapped[bytes]
    sealed_recipient: Mapped[bytes]
