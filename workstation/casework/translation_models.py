"""Translations: beside what was written, never in its place."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from workstation.models import Base


class Translation(Base):
    """One version of a translation of a message (`envelope_pk`) or of an answer (`reply_pk`).

    `origin` is "team" (by somebody who reads the case), "interpreter" (from the text in `sealed_from`), or,
    of an answer, "before" (as the desk wrote it, before the translation of an interpreter took its place).
    """

    __tablename__ = "translation"
    id: Mapped[int] = mapped_column(primary_key=True)
    translation_id: Mapped[bytes] = mapped_column(unique=True)
    thread_pk: Mapped[int] = mapped_column(ForeignKey("thread.id"), index=True)
    envelope_pk: Mapped[int | None] = mapped_column(ForeignKey("envelope.id"), index=True)
    reply_pk: Mapped[int | None] = mapped_column(ForeignKey("reply.id"), index=True)
    origin: Mapped[str]
    author: Mapped[bytes]
    day: Mapped[int]
    language: Mapped[str]
    version: Mapped[int]
    sealed_text: Mapped[bytes]
    sealed_from: Mapped[bytes] = mapped_column(default=b"")
