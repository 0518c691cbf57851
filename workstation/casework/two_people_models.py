"""What waits for a second person; beside the tables of `models`."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from workstation.models import Base


class Proposal(Base):
    """What one person proposed for a case and no other has confirmed; the row goes with either answer.

    `matter` is a two_people.Matter; `last_day` is the last on which it can be confirmed.
    """

    __tablename__ = "proposal"
    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[bytes] = mapped_column(unique=True)
    case_pk: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    matter: Mapped[str]
    proposer: Mapped[bytes]
    day: Mapped[int]
    last_day: Mapped[int]
    sealed_terms: Mapped[bytes]
