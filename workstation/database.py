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
from sluis.errors import BadField, SluisError
from sluis.limits import KEY_SIZE
from workstation.casework.consent_models import Consent
from workstation.casework.directory_models import HeldDirectory
from workstation.casework.holds_models import Hold
from workstation.casework.interpreting_models import AssignedText
from workstation.casework.kept_models import KeptForm, KeptIntake
from workstation.casework.models import LedgerRow
from workstation.casework.options_models import Option
from workstation.casework.people_models import Person
from workstation.casework.phone_models import Told
from workstation.casework.redaction_models import Redaction
from workstation.casework.referral_models import Referral
from workstation.casework.stripped_models import StrippedCopy
from workstation.casework.translation_models import Translation
from workstation.casework.two_people_models import Proposal
from workstation.models import Base
from workstation.schema import bring_up

# The tables of casework are on the same list, and are known before any is made.
_CASEWORK = (
    *(AssignedText, Consent, HeldDirectory, Hold, KeptForm, KeptIntake, LedgerRow),
    *(Option, Person, Proposal, Redaction, Referral, StrippedCopy, Told, Translation),
)
assert all(table.metadata is Base.metadata for table in _CASEWORK)


def open_database(path: Path, key: bytes) -> Engine:
    """The engine over one connection; the tables are made, or brought to this version.

    Raises WrongPassphrase when the key does not open the file; NewerDatabase, UnknownDatabase.
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
            bring_up(engine)
        except DatabaseError as error:
            engine.dispose()
            if "not a database" in str(error.orig):
                raise WrongPassphrase("the key does not open the case database") from error
            raise
        except SluisError:
            engine.dispose()
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


def destroy_database(database: Path) -> None:
    """Overwrites and removes the file and its journal, where they are; raises OSError. See `wipe_journal`."""
    for path in (database, database.with_name(database.name + "-journal")):
        if path.exists():
            with open(path, "r+b") as file:
                _overwrite(file)
            path.unlink()


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
