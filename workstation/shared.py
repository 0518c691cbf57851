"""The case database of several seats: PostgreSQL on an air-gapped LAN, or over a unix socket.

The same tables as in SQLCipher; what may not be read on the server's disk is sealed here, column by column
(`sealed_columns`). Over a network only TLS with certificates on both sides is spoken.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import URL, Engine, create_engine
from sqlalchemy.exc import OperationalError

from sluis.errors import BadField, SluisError
from sluis.limits import KEY_SIZE
from workstation.erasing import ErasingKeys
from workstation.schema import bring_up
from workstation.sealed_columns import ColumnSeals, give_seals
from workstation.seats_file import Shared
from workstation.sweeping import check_server
from workstation.turns import named

# A seat whose plug was pulled is given up after about a minute, and its turn with it.
_PATIENCE = {
    "connect_timeout": 10,
    "keepalives_idle": 20,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
_SERVER = "-c tcp_keepalives_idle=20 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3"


def open_shared(where: Shared, key: bytes, erasing: Path, *, new: bool = False) -> Engine:
    """The engine of one seat; `key` is the office's database key (32 bytes), `erasing` a file (erasing.py).

    The tables are brought to this version; only with `new` are they made. Raises ServerAway, ServerUnproven,
    NewerDatabase, UnknownDatabase, ServerKeeps; OSError without the file.
    """
    if len(key) != KEY_SIZE:
        raise BadField("a database key has 32 bytes")
    engine = create_engine(
        URL.create(
            "postgresql+psycopg",
            username=where.user,
            host=where.host,
            port=where.port,
            database=where.database,
        ),
        connect_args={**_PATIENCE, "options": _SERVER, **_tls(where)},
        # Each statement of a transaction sees the same; the turn (turns.py) keeps writers apart.
        isolation_level="REPEATABLE READ",
        pool_size=1,  # the office lets one transaction run at a time
        max_overflow=0,
        pool_timeout=30,
        pool_pre_ping=True,  # after the server was started again
        hide_parameters=True,
    )
    keys = ErasingKeys(erasing, key)
    if new and erasing.exists():
        keys.take_first()
    elif new:
        keys.make()
    give_seals(engine, ColumnSeals(key, keys))
    try:
        bring_up(engine, new=new)
        check_server(engine)
    except OperationalError as error:
        engine.dispose()
        raise named(error) from error
    except SluisError:
        engine.dispose()
        raise
    return engine


def _tls(where: Shared) -> dict[str, str]:
    """Libpq's options; with a unix socket the system tells the server who asks (peer)."""
    if where.by_socket:
        return {"sslmode": "disable"}
    return {
        "hostaddr": where.address,  # the name is only looked for in the certificate
        "sslmode": "verify-full",
        "sslrootcert": where.authority,
        "sslcert": where.certificate,
        "sslkey": where.key,
        "ssl_min_protocol_version": "TLSv1.3",
    }
