"""What a source could do, as it was discussed; beside the tables of `models`."""

from __future__ import annotations

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workstation.models import Base


class Option(Base):
    """One version of one option; a later one does not change it. Codes are those of `options`.

    `sealed_words`: what it is, its likely outcome, its risk, and what doing nothing means, as JSON.
    """

    __tablename__ = "option"
    __table_args__ = (UniqueConstraint("option_id", "version"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    row_id: Mapped[bytes] = mapped_column(unique=True)
    option_id: Mapped[bytes]
    version: Mapped[int]
    case_pk: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    author: Mapped[bytes]
    day: Mapped[int]
    offered_by: Mapped[str]
    choice: Mapped[str]
    sealed_words: Mapped[bytes]
