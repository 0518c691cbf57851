"""Texts that were given to an interpreter: frozen as they were then, without the case around them."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from workstation.models import Base


class AssignedText(Base):
    """One text for one person (`interpreter`, 16 bytes), of a message or of the draft of an answer.

    `sealed_text` is what the interpreter sees; `sealed_draft` what they have written so far. Both are b""
    once it was handed in (`handed_day`), when the words are in a Translation. Taken back: no row is left.
    """

    __tablename__ = "assigned_text"
    id: Mapped[int] = mapped_column(primary_key=True)
    text_id: Mapped[bytes] = mapped_column(unique=True)
    thread_pk: Mapped[int] = mapped_column(ForeignKey("thread.id"), index=True)
    envelope_pk: Mapped[int | None] = mapped_column(ForeignKey("envelope.id"))
    reply_pk: Mapped[int | None] = mapped_column(ForeignKey("reply.id"))
    interpreter: Mapped[bytes] = mapped_column(index=True)
    author: Mapped[bytes]
    day: Mapped[int]
    handed_day: Mapped[int | None]
    language: Mapped[str]
    into: Mapped[str]
    length: Mapped[int]
    sealed_text: Mapped[bytes]
    sealed_draft: Mapped[bytes] = mapped_column(default=b"")
