"""What two people decided to keep, beside the tables of `models`."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from workstation.models import Base


class Hold(Base):
    """A case is kept up to and including `until_day`, or until two people lift it on `lifted_day`."""

    __tablename__ = "hold"
    id: Mapped[int] = mapped_column(primary_key=True)
    hold_id: Mapped[bytes] = mapped_column(unique=True)
    case_pk: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    first: Mapped[bytes]
    second: Mapped[bytes]
    day: Mapped[int]
    until_day: Mapped[int]
    lifted_day: Mapped[int | None]
    sealed_reason: Mapped[bytes]
