"""Opens the case database: SQLCipher under a raw 32-byte key, through SQLAlchemy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import StaticPool
from sqlcipher3 import dbapi2

from keys.errors import WrongPassphrase
from sluis.errors import BadField
from sluis.limits import KEY_SIZE
from workstation.models import Base


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
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute("PRAGMA synchronous = FULL")
        return connection

    engine = create_engine("sqlite://", module=dbapi2, creator=connect, poolclass=StaticPool)
    try:
        Base.metadata.create_all(engine)
    except DatabaseError as error:
        engine.dispose()
        if "not a database" in str(error.orig):
            raise WrongPassphrase("the key does not open the case database") from error
        raise
    path.chmod(0o600)
    return engine
