"""One transaction over database and vault: both change, or neither does."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from workstation.errors import DiskFull
from workstation.turns import turn
from workstation.vault import Staging, Vault

Work = Callable[[], AbstractContextManager[tuple[Session, Staging]]]
"""How a desk gets a transaction of its office: each of its methods opens one."""

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_SQLITE_FULL = ("disk is full", "disk I/O error")


@contextmanager
def no_room_is_named() -> Iterator[None]:
    """Whatever says that nothing more fits becomes DiskFull."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise DiskFull("there is no room on this disk") from error
        raise
    except OperationalError as error:
        if any(text in str(error.orig) for text in _SQLITE_FULL):
            raise DiskFull("the case database cannot be written: no room, or a broken disk") from error
        raise


@contextmanager
def transaction(engine: Engine, vault: Vault, *, transfer: bool = False) -> Iterator[tuple[Session, Staging]]:
    """Commits when the block ends well; else nothing of it remains. Raises DiskFull, or what it raised.

    `transfer`: an import or a release, which other seats do not write beside (turns.py); raises SeatBusy.

    Vault files are on disk before the database names them; those it no longer names go after it committed.
    """
    staging = Staging(vault)
    with no_room_is_named():
        try:
            with turn(engine, transfer=transfer) as session:
                yield session, staging
                session.flush()
                staging.sync()
        except BaseException:
            staging.rollback()
            raise
        staging.commit()
