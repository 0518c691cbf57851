"""The table of operators. No name, no last sign-in, no counter: what is not kept cannot be taken."""

from __future__ import annotations

from sqlalchemy import Integer, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

ALIAS_MAX = 40
HASH_MAX = 255
SECRET_MAX = 128


class Base(DeclarativeBase):
    """The tables of this site."""


class Operator(Base):
    """A person who carries exports and releases, known here by the pseudonym of a desk.

    `passphrase_hash` is Argon2id in PHC form, `totp_secret` base32 (RFC 6238), `enrolled_day` counts days
    from 1970-01-01.
    """

    __tablename__ = "operator"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    alias: Mapped[str] = mapped_column(String(ALIAS_MAX), unique=True)
    passphrase_hash: Mapped[str] = mapped_column(String(HASH_MAX))
    totp_secret: Mapped[str] = mapped_column(String(SECRET_MAX))
    enrolled_day: Mapped[int] = mapped_column(Integer)

    def __repr__(self) -> str:
        return f"<Operator {self.id}>"
