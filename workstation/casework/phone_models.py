"""What was told by phone or in person: words that a counsellor wrote down, and no signature covers."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from workstation.models import Base


class Told(Base):
    """One call or visit of a conversation. `how` is one of phone.HOW; `author` the desk that wrote it down.

    `batch`: newest Export of its thread by then, by which a conversation is ordered. A withdrawal of
    everything up to its day leaves the row, without language and words; the end of its case takes it.
    """

    __tablename__ = "told"
    id: Mapped[int] = mapped_column(primary_key=True)
    told_id: Mapped[bytes] = mapped_column(unique=True)
    thread_pk: Mapped[int] = mapped_column(ForeignKey("thread.id"), index=True)
    author: Mapped[bytes]
    day: Mapped[int]
    batch: Mapped[int]
    how: Mapped[str]
    language: Mapped[str]
    sealed_text: Mapped[bytes]
