"""Opens the case database: SQLCipher under a raw 32-byte key, through SQLAlchemy."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import StaticPool
from sqlcipher3 import dbapi2

from keys.errors import WrongPassphrase
from sluis.errors import BadField
from sluis.limits import KEY_SIZE
from workstation.casework.models import LedgerRow
from workstation.casework.people_models import Person
from workstation.models import Base

# The tables of casework are on the same list, and are known before any is made.
assert LedgerRow.metadata is Person.metadata is Base.metadata


def open_database(path: Path, key: bytes) -> Engine:
    """The engine over one connection; the tables are made where they are missing.

    Raises WrongPassphrase when the key does not open the file.
    """
    if len(key) != KEY_SIZE:
        raise BadField("a database key has 32 bytes")

    def connect() -> Any:
        connection = dbapi2.connect(str(path), check_same_thread=False)
        # SQLCipher would log a wrong key with the time of day. This reads no page; the key comes before any
        # statement that does. A raw key is used as it is: Argon2id came before.
        connection.execute("PRAGMA cipher_log_level = NONE")
        connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        connection.execute("PRAGMA cipher_memory_security = ON")
        connection.execute("PRAGMA secure_delete = ON")  # an erased seed leaves no copy in a free page
        connection.execute("PRAGMA journal_mode = PERSIST")  # one file that stays, and can be overwritten
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute("PRAGMA synchronous = FULL")
        return connection

    engine = create_engine("sqlite://", module=dbapi2, creator=connect, poolclass=StaticPool)
    with _journal(path) as journal:  # opened before: SQLite removes it when it undoes what was cut short
        try:
            Base.metadata.create_all(engine)
        except DatabaseError as error:
            engine.dispose()
            if "not a database" in str(error.orig):
                raise WrongPassphrase("the key does not open the case database") from error
            raise
        path.chmod(0o600)
        _overwrite(journal)
    return engine


def wipe_journal(database: Path) -> None:
    """Overwrites the rollback journal, which holds pages as they were before: erased seeds as well.

    To be called between two transactions only: then no start of the program needs what is in it. On flash it
    promises nothing. Raises OSError.
    """
    with _journal(database) as journal:
        _overwrite(journal)


@contextmanager
def _journal(database: Path) -> Iterator[BinaryIO | None]:
    try:
        file = open(database.with_name(database.name + "-journal"), "r+b")  # noqa: SIM115  # closed below
    except FileNotFoundError:
        yield None
        return
    with file:
        yield file


def _overwrite(journal: BinaryIO | None) -> None:
    if journal is not None:
        size = os.fstat(journal.fileno()).st_size
        journal.seek(0)
        journal.write(bytes(size))
        journal.flush()
        os.fsync(journal.fileno())
