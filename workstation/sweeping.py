"""After something was erased in a shared PostgreSQL: no old row, page or log of it stays (decisions/0020).

The erasing key is changed (erasing.py); then the tables are written anew without what is gone, and the log
that it was written in is removed. What a server must be set to for that is looked at when it is opened.
"""

from __future__ import annotations

import time

from sqlalchemy import Connection, Engine, Table, bindparam, select, text, update

from workstation.column_policy import ERASABLE
from workstation.errors import SeatBusy, ServerKeeps
from workstation.models import Base
from workstation.schema import changing
from workstation.sealed_columns import seals_of
from workstation.turns import server_errors, several_seats, turn

_PATIENCE_S = 8
_LOOK_EVERY_S = 0.02
_NEEDED = {"wal_level": "minimal", "wal_recycle": "off"}
# Old snapshots of other seats keep old rows: none of them is from before this transaction.
_NONE_OLDER = text(
    "SELECT NOT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database()"
    " AND pid <> pg_backend_pid() AND age(backend_xmin) > age(CAST(CAST(:end AS text) AS xid)))"
)
_ALONE = text(
    "SELECT NOT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database()"
    " AND usename = current_user AND pid <> pg_backend_pid())"
)
_RIGHTS = text(
    "SELECT has_function_privilege('pg_switch_wal()', 'EXECUTE') AND pg_has_role('pg_checkpoint', 'USAGE')"
)
_COUNTED = text(
    "SELECT CAST(attrelid AS regclass)::text, quote_ident(attname) FROM pg_attribute"
    " JOIN pg_class ON pg_class.oid = attrelid WHERE relkind = 'r' AND attnum > 0 AND NOT attisdropped"
    " AND relnamespace = CAST(current_schema() AS regnamespace)"
    " AND atttypid = CAST('bytea' AS regtype) AND attstattarget <> 0"
)


def check_server(engine: Engine) -> None:
    """Raises ServerKeeps for a server that cannot forget. Sealed values go into no statistics either."""
    with engine.begin() as connection:
        for name, needed in _NEEDED.items():
            if connection.scalar(text("SELECT current_setting(:name)"), {"name": name}) != needed:
                raise ServerKeeps(f"the server keeps what is erased: {name} must be {needed}")
        if not connection.scalar(_RIGHTS):
            raise ServerKeeps("the server keeps what is erased: this seat may not end its log")
        counted = connection.execute(_COUNTED).all()
    if counted:
        with changing(engine) as connection:
            for table, column in connection.execute(_COUNTED).all():
                connection.execute(text(f"ALTER TABLE {table} ALTER COLUMN {column} SET STATISTICS 0"))


def forget(engine: Engine) -> None:
    """To be called after something was erased. While another seat takes in an export, that one does it at
    its end, and so does whoever opens the office next.
    """
    try:
        change_key(engine)
        sweep(engine)
    except SeatBusy:
        return


def forget_if_first(engine: Engine) -> None:
    """The same for whoever opens the office first: a program may have died between erasing and forgetting."""
    with engine.connect() as connection:
        alone = connection.scalar(_ALONE)
    if alone:
        forget(engine)


def change_key(engine: Engine) -> None:
    """Seals every erasable value under a new key, and overwrites the old one. Raises SeatBusy, ServerAway."""
    keys = seals_of(engine.dialect).erasing
    with turn(engine) as session:
        connection = session.connection()
        held = {place: _held(connection, place) for place in sorted(ERASABLE)}
        before, keys.current = keys.current, keys.begin()
        try:
            for place, rows in held.items():
                _put(connection, place, rows)
        except BaseException:
            keys.current = before
            raise
    # Only now, when the server has it on its disk; who is cut off before leaves both to the next one.
    keys.keep_only_current()


def sweep(engine: Engine) -> None:
    """Writes all tables anew, and removes the log up to here. Raises SeatBusy, ServerAway."""
    with server_errors(), engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        _wait_for_others(connection)
        connection.execute(text(f"SET lock_timeout = '{_PATIENCE_S}s'"))
        for table in Base.metadata.sorted_tables:
            connection.execute(text(f"VACUUM (FULL) {_quoted(connection, table)}"))
        connection.execute(text("RESET lock_timeout"))
        _end_log(connection)


def forget_log(engine: Engine) -> None:
    """What was written so far is in no log any more, and what was dropped in no file. Raises ServerAway."""
    with server_errors(), engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        _end_log(connection)


def _end_log(connection: Connection) -> None:
    connection.execute(text("SELECT pg_switch_wal()"))
    connection.execute(text("CHECKPOINT"))


def _wait_for_others(connection: Connection) -> None:
    end = connection.scalar(text("SELECT CAST(pg_snapshot_xmax(pg_current_snapshot()) AS text)"))
    deadline = time.monotonic() + _PATIENCE_S
    while not connection.scalar(_NONE_OLDER, {"end": end}):
        if time.monotonic() > deadline:
            raise SeatBusy("another seat has been reading for too long")
        time.sleep(_LOOK_EVERY_S)


def _held(connection: Connection, place: str) -> list[dict[str, object]]:
    table, name = _table(place)
    wanted = select(*table.primary_key.columns, table.c[name]).where(table.c[name].is_not(None))
    return [
        {f"at_{one.name}": row[one] for one in table.primary_key.columns} | {"value": row[table.c[name]]}
        for row in connection.execute(wanted).mappings()
    ]


def _put(connection: Connection, place: str, rows: list[dict[str, object]]) -> None:
    if rows:
        table, name = _table(place)
        at = (one == bindparam(f"at_{one.name}") for one in table.primary_key.columns)
        connection.execute(update(table).where(*at).values({name: bindparam("value")}), rows)


def _table(place: str) -> tuple[Table, str]:
    table, name = place.split(".")
    return Base.metadata.tables[table], name


def _quoted(connection: Connection, table: Table) -> str:
    return connection.dialect.identifier_preparer.format_table(table)


def forget_if_shared(engine: Engine) -> bool:
    """Whether this is a database of several seats; then `forget` was called."""
    if several_seats(engine):
        forget(engine)
        return True
    return False
