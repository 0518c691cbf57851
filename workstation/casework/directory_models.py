"""The directory of services that this workstation holds (casework/directory_desk.py)."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from workstation.models import Base


class HeldDirectory(Base):
    """One row: the newest that was taken in, as it was signed."""

    __tablename__ = "held_directory"
    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int]
    day: Mapped[int]
    signed: Mapped[bytes]
