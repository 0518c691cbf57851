"""Conversations and their files, to be read: `office.conversations`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import update
from sqlalchemy.orm import Session

from workstation import threads, timeline
from workstation.casework import cases, words
from workstation.casework.inbox import readable_by
from workstation.casework.roles import Actor
from workstation.medium import save_stream
from workstation.models import Envelope, Thread
from workstation.records import FileInfo, ThreadSummary, ThreadView
from workstation.transaction import Work, no_room_is_named
from workstation.vault import Vault


class ConversationDesk:
    """`work` opens a transaction. Every method about one of them may raise NotAllowed, UnknownItem."""

    def __init__(self, work: Work, vault: Vault) -> None:
        self._work = work
        self._vault = vault

    def all(self, actor: Actor) -> tuple[ThreadSummary, ...]:
        """Every conversation that this person may read, newest first."""
        with self._work() as (session, _):
            return threads.summaries(session, *readable_by(actor))

    def view(self, actor: Actor, thread_id: str) -> ThreadView:
        """One conversation."""
        with self._work() as (session, _):
            return timeline.view(_readable(session, actor, threads.find_thread(session, thread_id)))

    def mark_read(self, actor: Actor, thread_id: str) -> None:
        """All messages of this conversation so far were read."""
        with self._work() as (session, _):
            thread = _readable(session, actor, threads.find_thread(session, thread_id))
            session.execute(update(Envelope).where(Envelope.thread_pk == thread.id).values(unread=False))

    def file_info(self, actor: Actor, file_id: str) -> FileInfo:
        """A file's name, size and hash."""
        with self._work() as (session, _):
            return threads.file_info(_readable_file(session, actor, file_id))

    def file_chunks(self, actor: Actor, file_id: str) -> Iterator[bytes]:
        """A file's content in pieces of at most 64 KiB; raises Unopenable when it is damaged."""
        with self._work() as (session, _):
            key = words.vault_key(_readable_file(session, actor, file_id))
        return self._vault.read(key)

    def save_file(self, actor: Actor, file_id: str, destination: Path) -> Path:
        """Writes a file, **readable**, to `destination` (a new file); raises AlreadyExists, DiskFull."""
        chunks = self.file_chunks(actor, file_id)
        with no_room_is_named():
            return save_stream(destination, chunks)


def _readable(session: Session, actor: Actor, thread: Thread) -> Thread:
    cases.readable(session, actor, thread.of_case.case_id.hex())
    return thread


def _readable_file(session: Session, actor: Actor, file_id: str) -> Envelope:
    file = threads.find_file(session, file_id)
    _readable(session, actor, file.of_thread)
    return file
