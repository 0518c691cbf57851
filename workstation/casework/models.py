"""Tables of casework, beside those of the transfer in `workstation.models` (the same database).

Days are days since 1970-01-01, UTC; there is no clock time anywhere. Columns named `sealed_...` hold words
under the key of their case (`sealed.CaseBox`).
"""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from workstation.models import Base


class LedgerRow(Base):
    """One entry of the ledger, chained to the one before."""

    __tablename__ = "ledger"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[int]
    kind: Mapped[str]
    subject: Mapped[bytes]
    actor: Mapped[bytes]
    facts: Mapped[str]
    commitment: Mapped[bytes]
    hash: Mapped[bytes]
