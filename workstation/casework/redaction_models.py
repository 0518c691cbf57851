"""What is taken out of a message before somebody else gets it (casework/redaction.py)."""

from __future__ import annotations

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workstation.models import Base


class Redaction(Base):
    """One version of what is taken out of a message; the newest counts. The message itself is not changed.

    `places` is how many there are; where they are is sealed.
    """

    __tablename__ = "redaction"
    __table_args__ = (UniqueConstraint("envelope_pk", "version"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    redaction_id: Mapped[bytes] = mapped_column(unique=True)
    thread_pk: Mapped[int] = mapped_column(ForeignKey("thread.id"), index=True)
    envelope_pk: Mapped[int] = mapped_column(ForeignKey("envelope.id"), index=True)
    version: Mapped[int]
    author: Mapped[bytes]
    day: Mapped[int]
    places: Mapped[int]
    sealed_ranges: Mapped[bytes]
