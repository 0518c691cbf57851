"""Copies of files without what they say of their making (casework/stripping.py)."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from workstation.models import Base


class StrippedCopy(Base):
    """The copy of one file; it lies in the vault under a key of its own, and goes when the file goes."""

    __tablename__ = "stripped_copy"
    id: Mapped[int] = mapped_column(primary_key=True)
    copy_id: Mapped[bytes] = mapped_column(unique=True)
    derived_from: Mapped[int] = mapped_column(ForeignKey("envelope.id"), unique=True)
    thread_pk: Mapped[int] = mapped_column(ForeignKey("thread.id"), index=True)
    author: Mapped[bytes]
    day: Mapped[int]
    size: Mapped[int]
    sha256: Mapped[str]
    vault_name: Mapped[str] = mapped_column(unique=True)
    sealed_vault_key: Mapped[bytes]
