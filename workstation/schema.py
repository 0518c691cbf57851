"""Which version the tables of the case database have, and how they get to that of this program.

Each version is a revision of alembic in `migrations/`. Nothing of alembic is imported while the version is
that of this program. An upgrade is one transaction: a program that dies in it leaves all as it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Column, Connection, Engine, MetaData, String, Table, inspect, select

from workstation.errors import NewerDatabase, UnknownDatabase
from workstation.models import Base
from workstation.turns import several_seats

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0005"
"""The revision that `Base.metadata` is; a test compares them."""
_BEFORE_VERSIONS = "0001"
_OLDEST = frozenset(
    {
        *("assessment", "case", "case_code", "case_link", "envelope", "epoch_seed", "export", "instance"),
        *("ledger", "never_assign", "note", "office_rule", "pending_part", "pending_set", "person"),
        *("person_language", "person_role", "person_skill", "release_made", "reply", "reply_author"),
        *("reply_row", "server", "server_release", "task", "thread", "withdrawal"),
    }
)
"""The tables of revision 0001: a database that has exactly these and no version was made before versions."""
VERSION_TABLE = Table("alembic_version", MetaData(), Column("version_num", String(32), primary_key=True))
_LOCK = 0x536C756973  # "Sluis": one seat at a time changes the tables


def bring_up(engine: Engine, *, new: bool = True, migrations: Path | None = None, head: str = HEAD) -> None:
    """Makes the tables where there are none and `new` ones may be made; else upgrades them to `head`.

    Raises NewerDatabase; UnknownDatabase for one that no version of this program made.
    """
    with engine.connect() as connection:
        found = _version(connection)
    if found == head:
        return
    with changing(engine) as connection:
        found = _version(connection)  # another seat may have been here in the meantime
        if found == head:
            return
        if not found:
            if not new:
                raise UnknownDatabase("there is no office in this database")
            Base.metadata.create_all(connection, checkfirst=False)
            VERSION_TABLE.create(connection, checkfirst=False)
            connection.execute(VERSION_TABLE.insert().values(version_num=head))
            return
        _upgrade(connection, found, head, migrations)


def bring_down(engine: Engine, revision: str, *, migrations: Path | None = None) -> None:
    """Back to the tables of an earlier revision, for the program of that time.

    Rows of tables that it does not know are lost; whatever it knows is kept.
    """
    from alembic import command

    with changing(engine) as connection:
        command.downgrade(configuration(connection, migrations), revision)


def _version(connection: Connection) -> str:
    """ "" for a database without tables; raises UnknownDatabase."""
    tables = set(inspect(connection).get_table_names())
    if not tables:
        return ""
    if VERSION_TABLE.name not in tables:
        if tables != _OLDEST:
            raise UnknownDatabase("this database was made by no version of this program")
        return _BEFORE_VERSIONS
    found = connection.scalars(select(VERSION_TABLE.c.version_num)).all()
    return found[0] if found else _no_version(tables)


def _no_version(tables: set[str]) -> str:
    if tables == {VERSION_TABLE.name}:
        return ""
    raise UnknownDatabase("this database has lost its version")


def _upgrade(connection: Connection, found: str, head: str, migrations: Path | None) -> None:
    from alembic import command
    from alembic.script import ScriptDirectory

    config = configuration(connection, migrations)
    known = {one.revision for one in ScriptDirectory.from_config(config).walk_revisions()}
    if found not in known:
        raise NewerDatabase("this database is of a newer version than this program")
    if not inspect(connection).has_table(str(VERSION_TABLE.name)):
        command.stamp(config, found)
    command.upgrade(config, head)


def configuration(connection: Connection, migrations: Path | None = None) -> Config:
    """Of alembic, for what runs on this connection."""
    from alembic.config import Config

    config = Config()
    folder = migrations or Path(str(resources.files("workstation") / "migrations"))
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


@contextmanager
def changing(engine: Engine) -> Iterator[Connection]:
    """One transaction for all that changes tables; everything, or nothing."""
    with engine.connect() as connection:
        if several_seats(engine):
            # What is read after the lock is what the one before has made, and not what was there before it.
            connection = connection.execution_options(isolation_level="READ COMMITTED")
            with connection.begin():
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
                yield connection
            return
        # The driver begins a transaction by itself before a change of rows only, not before one of tables.
        # A table that is made anew would take with it what refers to it; that is not set within one.
        driver = connection.connection.driver_connection
        assert driver is not None
        before, driver.isolation_level = driver.isolation_level, None
        try:
            driver.execute("PRAGMA foreign_keys = OFF")
            driver.execute("BEGIN IMMEDIATE")
            yield connection
            if driver.execute("PRAGMA foreign_key_check").fetchone() is not None:
                raise UnknownDatabase("a row refers to nothing after the change of tables")
            connection.commit()
        finally:
            connection.rollback()
            driver.execute("PRAGMA foreign_keys = ON")
            driver.isolation_level = before
