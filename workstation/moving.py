"""Moves an office between SQLCipher and PostgreSQL: every row, compared on both sides before anything counts.

Vault, badges and the OpenPGP home stay where they are. `seats.toml` says where the cases lie: it is written
after the rows are in PostgreSQL, and removed after `cases.db` is whole again; whatever is cut short
in between, one of the two is whole, and is the one that counts. The ledger says that the office moved.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Column, Connection, Engine, Table, func, select, text, update
from sqlalchemy.orm import Session

from sluis.errors import SluisError
from sluis.primitives import sha256
from workstation import lan
from workstation.casework import ledger
from workstation.casework.roles import Actor
from workstation.database import destroy_database, open_database
from workstation.erasing import destroy as destroy_keys
from workstation.errors import AlreadyExists
from workstation.folder import Folder
from workstation.models import Base, Instance
from workstation.opening import Opened, new_database
from workstation.schema import VERSION_TABLE
from workstation.seats_file import parse_shared, read_shared, sync_folder, write_shared
from workstation.shared import open_shared
from workstation.sweeping import forget_log
from workstation.turns import turn

_BATCH = 500


class NotTheSame(SluisError):
    """What arrived is not what was sent; nothing was moved."""

    code = "not-the-same"


def to_postgres(opened: Opened, settings: bytes, today: int) -> int:
    """How many rows were moved; `settings` is the text of seats.toml. `cases.db` is overwritten and removed.

    Raises AlreadyExists for an office that has moved, or a database that holds one; BadField, ServerAway,
    ServerUnproven, ServerKeeps, NotTheSame, LanOpen, LanAway.
    """
    where, folder = parse_shared(settings), opened.folder
    if read_shared(folder) is not None:
        raise AlreadyExists("the cases lie in PostgreSQL already")
    if not where.by_socket:
        lan.check(where)
    destroy_keys(folder.erasing)  # of a move that was cut short
    engine = open_shared(where, opened.key, folder.erasing, new=True)
    try:
        with _copied(opened.engine, engine) as (moved, session):
            write_down(session, today, opened.actor, several=True)
    finally:
        engine.dispose()
    opened.engine.dispose()
    write_shared(folder, settings)
    destroy_database(folder.database)
    return moved


def copy_everything(before: Engine, shared: Engine) -> int:
    """All rows into a PostgreSQL that holds no office; raises AlreadyExists, NotTheSame."""
    with _copied(before, shared) as (moved, _):
        return moved


@contextmanager
def _copied(before: Engine, shared: Engine) -> Iterator[tuple[int, Session]]:
    with shared.connect() as connection:  # whose keys are others, if there is one: no turn can be taken in it
        if connection.scalar(select(func.count()).select_from(Instance)):
            raise AlreadyExists("this database holds an office")
    with before.connect() as source, turn(shared, transfer=True) as session:
        moved = _copy(source, session.connection())
        _count_on(session.connection())
        _check_ledger(source, session)
        yield moved, session


def to_sqlcipher(opened: Opened, today: int) -> int:
    """The way back, once all other seats are locked; PostgreSQL's tables are dropped. Raises SeatBusy."""
    folder = opened.folder
    new = new_database(folder)
    destroy_database(new)
    engine = open_database(new, opened.key)
    try:
        with turn(opened.engine, transfer=True) as session:
            source = session.connection()
            with Session(engine) as target, target.begin():
                moved = _copy(source, target.connection())
                _check_ledger(source, target)
                write_down(target, today, opened.actor, several=False)
            engine.dispose()
            _settle(folder, new)
            Base.metadata.drop_all(source)
            VERSION_TABLE.drop(source)
    finally:
        engine.dispose()
    forget_log(opened.engine)
    destroy_keys(folder.erasing)
    return moved


def write_down(session: Session, today: int, actor: Actor, *, several: bool) -> None:
    """The entry of the ledger, in the database that counts from then on."""
    ledger.append(session, today, actor, "moved", facts={"several": "yes" if several else "no"})


def _settle(folder: Folder, new: Path) -> None:
    destroy_database(folder.database)
    os.replace(new, folder.database)
    destroy_database(new)  # its journal
    folder.seats.unlink()
    sync_folder(folder.path)


def _copy(source: Connection, target: Connection) -> int:
    """All rows of all tables, then the comparison of both sides; raises NotTheSame."""
    moved = 0
    for table in Base.metadata.sorted_tables:
        own = _references_itself(table)
        later = []
        rows = source.execute(select(table).execution_options(yield_per=_BATCH))
        for part in rows.mappings().partitions():
            values = [dict(row) for row in part]
            for row in values:
                if own is not None and row[own.name] is not None:
                    later.append((row["id"], row[own.name]))
                    row[own.name] = None
            target.execute(table.insert(), values)
            moved += len(values)
        for number, other in later:
            target.execute(update(table).where(table.c.id == number).values({own: other}))
        _compare(table, source, target)
    return moved


def _compare(table: Table, source: Connection, target: Connection) -> None:
    """In no order: the two databases order text, and sealed values, differently."""
    if _digests(table, source) != _digests(table, target):
        raise NotTheSame(f"the rows of {table.name} did not arrive as they were")


def _digests(table: Table, connection: Connection) -> Counter[bytes]:
    rows = connection.execute(select(table).execution_options(yield_per=_BATCH))
    return Counter(sha256(repr(tuple(row)).encode("utf-8")) for row in rows)


def _references_itself(table: Table) -> Column[int] | None:
    keys = (key for key in table.foreign_keys if key.column.table is table)
    return next((key.parent for key in keys), None)


def _count_on(target: Connection) -> None:
    """PostgreSQL numbers the next row after the last that came."""
    for table in Base.metadata.sorted_tables:
        numbered = table.autoincrement_column
        if numbered is not None:
            quoted = target.dialect.identifier_preparer.format_table(table)
            newest = target.scalar(select(func.max(numbered))) or 0
            following = text("SELECT setval(pg_get_serial_sequence(:table, :column), :next, false)")
            target.execute(following, {"table": quoted, "column": numbered.name, "next": newest + 1})


def _check_ledger(source: Connection, target: Session) -> None:
    with Session(source) as before:
        expected = ledger.verify(before)
    if ledger.verify(target) != expected:
        raise NotTheSame("the ledger is not the same on both sides")
