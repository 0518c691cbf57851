"""An office with one protection taken away, in this process, for as long as the context lasts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from sqlalchemy import delete
from sqlalchemy.orm import Session

import sluis.envelope
from sluis.envelope import EnvelopeReader
from sluis.export import ExportHeader
from sluis.limits import ID_SIZE
from workstation import chain, envelopes, office
from workstation.models import EpochSeed, Export, Server
from workstation.office import Office

_KEPT_DAYS = 30


@contextmanager
def journal_left() -> Iterator[None]:
    """The database's journal stays on the disk as it is, with the pages that were changed."""
    with patch.object(office, "wipe_journal", lambda _database: None):
        yield


@contextmanager
def seeds_kept() -> Iterator[None]:
    """No day's seed is ever erased."""
    with patch.object(chain, "erase_keys", lambda _session: ()):
        yield


@contextmanager
def seeds_erased_by_the_clock() -> Iterator[None]:
    """A day's seed is erased 30 days later, whatever is still on its way."""
    genuine = Office.unlock

    def unlock(folder: Path, passphrase: str, *, today: Callable[[], int]) -> Office:
        opened = genuine(folder, passphrase, today=today)
        with opened._work() as (session, _):
            session.execute(delete(EpochSeed).where(EpochSeed.day < today() - _KEPT_DAYS))
        return opened

    with patch.object(Office, "unlock", staticmethod(unlock)):
        yield


class _AnyInstance(EnvelopeReader):
    def feed(self, data: bytes) -> Iterator[bytes]:
        if self.header is None:
            start = bytes(self._pending) + data
            self._instance_id = start[10 : 10 + ID_SIZE]
        return super().feed(data)


@contextmanager
def any_instance() -> Iterator[None]:
    """The envelope's own word is taken for the instance that it is for."""
    with patch.object(envelopes, "EnvelopeReader", _AnyInstance):
        yield


@contextmanager
def signature_not_verified() -> Iterator[None]:
    """Whatever ends an envelope is taken for the source's signature."""
    with patch.object(sluis.envelope, "verify", lambda *_: None):
        yield


@contextmanager
def chain_unchecked() -> Iterator[None]:
    """Whatever comes ends the chain of exports, and what was lost before it counts as imported."""
    genuine = chain.add_export

    def add(session: Session, server: Server, header: ExportHeader) -> Export:
        export = genuine(session, server, header)
        if header.serial > server.chain_serial:
            server.chain_serial, server.chain_hash = header.serial, header.hash
            server.chain_closing_day, server.chain_release = header.closing_day, header.release
            session.flush()
        return export

    with patch.object(chain, "add_export", add):
        yield
