"""What the search is told of changes where several seats write: marks of cases, kept by this connection.

PostgreSQL gives every version of a row a place and a transaction of its own. The mark of a case is made of
those of all its rows that the search depends on, so it is another one as soon as any seat has changed one of
them, whatever the statement. While no transaction has ended since, nothing is computed.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import text
from sqlalchemy.orm import Session

# Beside the cases, under a number that none has, the transactions that were seen.
_MADE = "CREATE TEMP TABLE IF NOT EXISTS seen_case (case_pk bigint PRIMARY KEY, mark bigint NOT NULL)"
_SEEN = "SELECT 0 AS case_pk, hashtextextended(pg_current_snapshot()::text, 0) AS mark"
_NOTHING_NEW = f"SELECT EXISTS (SELECT FROM seen_case JOIN ({_SEEN}) AS now USING (case_pk, mark))"  # noqa: S608  # ours
_MARK = "hashtextextended(concat_ws(':', r.tableoid, r.ctid, r.xmin), 0)"


def watch(session: Session, watched: Mapping[str, str]) -> None:
    """From now on `changed` tells. `watched`: table, and the statement that finds the case of its `{row}`."""
    session.execute(text(_MADE))
    _write_down(session, watched)


def changed(session: Session, watched: Mapping[str, str]) -> list[int]:
    """The cases that changed since the last time; raises sqlalchemy's ProgrammingError without `watch`."""
    if session.scalar(text(_NOTHING_NEW)):
        return []
    both = f"FROM seen_case AS seen FULL JOIN ({_marks(watched)}) AS now USING (case_pk)"
    other = "WHERE seen.mark IS DISTINCT FROM now.mark AND case_pk <> 0"
    found = list(session.scalars(text(f"SELECT case_pk {both} {other}")))  # ours
    _write_down(session, watched)
    return found


def _write_down(session: Session, watched: Mapping[str, str]) -> None:
    session.execute(text("DELETE FROM seen_case"))
    session.execute(text(f"INSERT INTO seen_case {_marks(watched)} UNION ALL {_SEEN}"))


def _marks(watched: Mapping[str, str]) -> str:
    rows = " UNION ALL ".join(
        f"SELECT ({case.format(row='r')}) AS case_pk, {_MARK} AS mark FROM {table} AS r"  # noqa: S608  # ours
        for table, case in watched.items()
    )
    every = f"FROM ({rows}) AS every WHERE case_pk > 0 GROUP BY case_pk"
    return f"SELECT case_pk, bit_xor(mark) AS mark {every}"  # ours
