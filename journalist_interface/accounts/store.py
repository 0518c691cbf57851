"""Accounts on any database that SQLAlchemy speaks to; SQLite by default, PostgreSQL for several desks."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine, create_engine, event, select
from sqlalchemy.orm import Session, sessionmaker

from journalist_interface.accounts.models import Operator
from journalist_interface.accounts.records import OperatorRecord


class AliasTaken(Exception):
    """An operator with this alias exists already."""


class UnknownAlias(Exception):
    """No operator has this alias."""


def make_engine(database: str) -> Engine:
    """An engine for an SQLAlchemy URL. In SQLite a removed account's secret is overwritten too."""
    engine = create_engine(database, hide_parameters=True)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _overwrite_deleted)
    return engine


def _overwrite_deleted(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA secure_delete = ON")


def same_alias(one: str, other: str) -> bool:
    """True when two aliases differ in nothing that a person would notice."""
    return _folded(one) == _folded(other)


def _folded(alias: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", alias).casefold().split())


class Accounts:
    """Reads and changes the table of operators. Nothing but `add` and `remove` ever writes."""

    def __init__(self, engine: Engine) -> None:
        self._sessions: sessionmaker[Session] = sessionmaker(engine, expire_on_commit=False)

    def all(self) -> Sequence[Operator]:
        """Every operator, in order of enrolment."""
        with self._sessions() as session:
            return session.scalars(select(Operator).order_by(Operator.id)).all()

    def find(self, alias: str) -> Operator | None:
        """The operator with this alias. Reads all rows, so its work does not depend on the alias."""
        found = [operator for operator in self.all() if same_alias(operator.alias, alias)]
        return found[0] if found else None

    def get(self, operator_id: int) -> Operator | None:
        """The operator with this number."""
        with self._sessions() as session:
            return session.get(Operator, operator_id)

    def add(self, record: OperatorRecord, day: int, *, replace: bool = False) -> Operator:
        """Enrols an operator; raises AliasTaken, unless told to replace the one with the same alias."""
        with self._sessions.begin() as session:
            for operator in session.scalars(select(Operator)):
                if same_alias(operator.alias, record.alias):
                    if not replace:
                        raise AliasTaken(operator.alias)
                    session.delete(operator)
            session.flush()
            added = Operator(
                alias=record.alias,
                passphrase_hash=record.passphrase_hash,
                totp_secret=record.totp_secret,
                enrolled_day=day,
            )
            session.add(added)
        return added

    def remove(self, alias: str) -> None:
        """Removes an operator, whose sessions end with the next request; raises UnknownAlias."""
        with self._sessions.begin() as session:
            for operator in session.scalars(select(Operator)):
                if same_alias(operator.alias, alias):
                    session.delete(operator)
                    return
        raise UnknownAlias(alias)
