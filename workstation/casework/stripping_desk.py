"""Copies of files without what they say of their making, one transaction each: `office.stripping`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from sqlalchemy.orm import Session

from workstation import threads
from workstation.casework import cases, stripping
from workstation.casework.roles import Actor
from workstation.casework.stripping import Stripped
from workstation.models import Envelope
from workstation.transaction import Work
from workstation.vault import Vault


class StrippingDesk:
    """`work` opens a transaction. Every method may raise NotAllowed, UnknownItem."""

    def __init__(self, work: Work, today: Callable[[], int], vault: Vault) -> None:
        self._work = work
        self._today = today
        self._vault = vault

    def may_make(self, actor: Actor, file_id: str) -> None:
        """To be asked before the copy is made, which takes long; raises WrongState (the case is closed)."""
        with self._work() as (session, _):
            _workable(session, actor, file_id)

    def keep(self, actor: Actor, file_id: str, chunks: Iterable[bytes]) -> None:
        """Keeps a copy that was made, in place of one that there was; raises WrongState."""
        with self._work() as (session, staging):
            file = _workable(session, actor, file_id)
            stripping.keep(session, staging, self._today(), actor, file, chunks)

    def of(self, actor: Actor, file_id: str) -> Stripped | None:
        """The copy of a file, if there is one."""
        with self._work() as (session, _):
            row = stripping.find(session, _readable(session, actor, file_id))
            return None if row is None else stripping.shown(row)

    def chunks(self, actor: Actor, file_id: str) -> Iterator[bytes]:
        """The content of the copy in pieces of at most 64 KiB; raises Unopenable when it is damaged."""
        with self._work() as (session, _):
            key = stripping.key_of(session, _readable(session, actor, file_id))
        return self._vault.read(key)


def _readable(session: Session, actor: Actor, file_id: str) -> Envelope:
    file = threads.find_file(session, file_id)
    cases.readable(session, actor, file.of_thread.of_case.case_id.hex())
    return file


def _workable(session: Session, actor: Actor, file_id: str) -> Envelope:
    file = threads.find_file(session, file_id)
    cases.workable(session, actor, file.of_thread.of_case.case_id.hex())
    return file
