"""What was passed on to a service (casework/referral.py)."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from workstation.models import Base


class Referral(Base):
    """One sheet or packet that was made, which nobody can recall. `how` is one of referral.HOW.

    `service` is the id of its entry in the directory; `fields` codes of consent.FIELDS, with spaces between.
    `sha256` (hexadecimal) is of the packet as it was written, or of the sheet. `sealed_wanted`: what the
    counsellor wrote and chose; b"" once a withdrawal or the end of the case took the words. The rest is the
    proof, which stays until `proof_until` when the case is gone before.
    """

    __tablename__ = "referral"
    id: Mapped[int] = mapped_column(primary_key=True)
    referral_id: Mapped[bytes] = mapped_column(unique=True)
    case_pk: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    grant_id: Mapped[bytes] = mapped_column(index=True)
    author: Mapped[bytes]
    day: Mapped[int]
    service: Mapped[str]
    purpose: Mapped[str]
    fields: Mapped[str]
    how: Mapped[str]
    sha256: Mapped[str]
    proof_until: Mapped[int]
    sealed_wanted: Mapped[bytes]


class SheetHeading(Base):
    """What stands at the top of every sheet in one language (casework/sheet_heading.py)."""

    __tablename__ = "sheet_heading"
    language: Mapped[str] = mapped_column(primary_key=True)
    text: Mapped[str]
