"""What the search is told of changes where several seats write: marks of cases, kept by this connection.

The mark of a case is made of all its rows that the search depends on, so it is another one as soon as any
seat has changed one of them, whatever the statement. Of sealed words their random nonce is enough, and of a
key that there is one: when tables are written anew because something was erased (sweeping.py), no mark
changes. While no transaction has ended since, nothing is computed.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import text
from sqlalchemy.orm import Session

from sluis.limits import NONCE_SIZE

# Beside the cases, under a number that none has, the transactions that were seen.
_MADE = "CREATE TEMP TABLE IF NOT EXISTS seen_case (case_pk bigint PRIMARY KEY, mark bigint NOT NULL)"
_SEEN = "SELECT 0 AS case_pk, hashtextextended(pg_current_snapshot()::text, 0) AS mark"
_NOTHING_NEW = f"SELECT EXISTS (SELECT FROM seen_case JOIN ({_SEEN}) AS now USING (case_pk, mark))"  # noqa: S608  # ours
Watched = Mapping[str, tuple[str, str]]
"""Table: the statement that finds the case of its `{row}`, and the columns that count."""


def watch(session: Session, watched: Watched) -> None:
    """From now on `changed` tells."""
    session.execute(text(_MADE))
    _write_down(session, watched)


def changed(session: Session, watched: Watched) -> list[int]:
    """The cases that changed since the last time; raises sqlalchemy's ProgrammingError without `watch`."""
    if session.scalar(text(_NOTHING_NEW)):
        return []
    both = f"FROM seen_case AS seen FULL JOIN ({_marks(watched)}) AS now USING (case_pk)"
    other = "WHERE seen.mark IS DISTINCT FROM now.mark AND case_pk <> 0"
    found = list(session.scalars(text(f"SELECT case_pk {both} {other}")))  # ours
    _write_down(session, watched)
    return found


def _write_down(session: Session, watched: Watched) -> None:
    session.execute(text("DELETE FROM seen_case"))
    session.execute(text(f"INSERT INTO seen_case {_marks(watched)} UNION ALL {_SEEN}"))


def _marks(watched: Watched) -> str:
    rows = " UNION ALL ".join(
        f"SELECT ({case.format(row='r')}) AS case_pk, {_mark(columns)} AS mark FROM {table} AS r"  # noqa: S608  # ours
        for table, (case, columns) in watched.items()
    )
    every = f"FROM ({rows}) AS every WHERE case_pk > 0 GROUP BY case_pk"
    return f"SELECT case_pk, bit_xor(mark) AS mark {every}"  # ours


def _mark(columns: str) -> str:
    """Of one row; PostgreSQL's `concat_ws` leaves out what is NULL."""
    values = ", ".join(_value(name.strip()) for name in columns.split(","))
    return f"hashtextextended(concat_ws(':', r.tableoid, r.id, {values}), 0)"


def _value(name: str) -> str:
    if name.startswith("sealed_"):
        return f"substring(r.{name} FROM 1 FOR {NONCE_SIZE})"
    return f"r.{name} IS NULL" if name == '"key"' else f"r.{name}"
