"""Transactions take turns: in SQLCipher by the lock of the one office, in PostgreSQL by locks of tables.

Whoever may write holds `instance` for the length of one transaction, some milliseconds, and the next one
waits for it; so each transaction sees all before it, nothing has to be tried again, and the ledger has one
end. An import or a release takes minutes: it holds `release_made` as well, and meanwhile others only read.
LOCK TABLE takes no snapshot, so that what is read after it is what the one before has written; a lock of a
seat that is gone is released by the server.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from sluis.errors import SluisError, Unopenable
from workstation.erasing import ID_SIZE
from workstation.errors import DiskFull, SeatBusy, ServerAway, ServerUnproven
from workstation.sealed_columns import seals_of

# Others wait so long for a turn; longer than any transaction but an import, a release or a first search.
PATIENCE_S = 8
_UNPROVEN = ("does not support SSL", "does not match host name", "SSL error")
_REFUSED_HERE = " alert "  # an error of TLS that the other side found: it does not want this seat
_COUNTS = text("SELECT substring(operating_seed FROM 1 FOR :size) FROM instance").bindparams(size=ID_SIZE)
_LOCK_NOT_AVAILABLE, _READ_ONLY, _DISK_FULL = "55P03", "25006", "53100"


def several_seats(bind: Engine | Connection) -> bool:
    """Whether others may work in this database as well: in PostgreSQL, and not in SQLCipher's file."""
    return bind.dialect.name != "sqlite"


@contextmanager
def turn(engine: Engine, *, transfer: bool = False, wait: bool = True) -> Iterator[Session]:
    """A session whose transaction ends with the block; `transfer`: an import, or a release.

    Raises SeatBusy when a transfer of another seat keeps this one from writing, ServerAway.
    """
    if not several_seats(engine):
        with Session(engine, expire_on_commit=False) as session, session.begin():
            yield session
        return
    with server_errors(), Session(engine, expire_on_commit=False) as session:
        _take(session, transfer, PATIENCE_S if wait else 0)
        _follow(session, engine)
        yield session
        session.commit()


@contextmanager
def transfer_if_free(engine: Engine) -> Iterator[Session | None]:
    """The turn of a transfer when no seat works now, else None; it does not wait."""
    with ExitStack() as entered:
        try:
            session = entered.enter_context(turn(engine, transfer=True, wait=False))
        except SeatBusy:
            session = None
        yield session


def _take(session: Session, transfer: bool, patience_s: int) -> None:
    at_once = "" if patience_s else " NOWAIT"
    held = f"EXCLUSIVE MODE{at_once}" if transfer else "ROW SHARE MODE NOWAIT"
    try:
        session.execute(text(f"SET LOCAL lock_timeout = '{patience_s}s'"))
        session.execute(text(f"LOCK TABLE release_made IN {held}"))
        session.execute(text(f"LOCK TABLE instance IN EXCLUSIVE MODE{at_once}"))
        session.execute(text("SET LOCAL lock_timeout = 0"))
    except DBAPIError as error:
        session.rollback()
        if transfer or _state(error) != _LOCK_NOT_AVAILABLE:
            raise
        session.execute(text("SET TRANSACTION READ ONLY"))


def _follow(session: Session, engine: Engine) -> None:
    """What is written in this turn is sealed under the erasing key that counts now (erasing.py)."""
    counts = session.scalar(_COUNTS)
    if counts is not None:
        try:
            seals_of(engine.dialect).erasing.follow(bytes(counts))
        except Unopenable as error:  # it was changed since this transaction, which only reads, began
            raise SeatBusy("another seat erases something") from error


@contextmanager
def server_errors() -> Iterator[None]:
    """Raises SeatBusy, DiskFull, ServerAway, ServerUnproven for what the driver raises."""
    try:
        yield
    except DBAPIError as error:
        state = _state(error)
        if state in (_LOCK_NOT_AVAILABLE, _READ_ONLY):
            raise SeatBusy("another seat takes in an export or makes a release") from error
        if state == _DISK_FULL:
            raise DiskFull("there is no room on the server of the LAN") from error
        if error.connection_invalidated or state is None:
            raise named(error) from error
        raise


def named(error: DBAPIError) -> SluisError:
    """Why there is no connection. Libpq has no codes for that, only its English sentences."""
    said = str(error.orig)
    if _REFUSED_HERE not in said and any(sentence in said for sentence in _UNPROVEN):
        return ServerUnproven("what answers at the server's address is not the server of this office")
    return ServerAway("the database of the LAN does not answer, or does not let this seat in")


def _state(error: DBAPIError) -> str | None:
    """The SQLSTATE (PostgreSQL, appendix A); None when the server said nothing any more."""
    found = getattr(error.orig, "sqlstate", None)
    return found if isinstance(found, str) else None
