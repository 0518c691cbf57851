"""The office: one facade over the workstation's keys, cases, imports and releases."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from keys.ceremony import renew_operating_key
from keys.gnupg_home import GnupgHome
from keys.openpgp import export_secret_key
from sluis.instance import InstanceRecord
from sluis.keytree import KdfProfile
from workstation import enrolment, opening, replies, threads
from workstation.casework import cases, second_reading, words
from workstation.casework.assignment_desk import AssignmentDesk
from workstation.casework.case_desk import CaseDesk
from workstation.casework.inbox import readable_by
from workstation.casework.ledger_desk import LedgerDesk
from workstation.casework.people_desk import PeopleDesk
from workstation.casework.roles import Permission
from workstation.casework.search_desk import SearchDesk
from workstation.database import wipe_journal
from workstation.errors import Locked
from workstation.founding import found
from workstation.intake import Desk, stored_report, take_in
from workstation.medium import save_stream, write_checked
from workstation.models import Envelope, Export, Instance, Reply, ReplyRow, ServerRelease, Thread
from workstation.opening import Opened
from workstation.records import (
    FileInfo,
    ImportReport,
    OfficeInfo,
    ReleaseFile,
    ServerInfo,
    ThreadSummary,
    ThreadView,
    WrittenRelease,
)
from workstation.release_making import make_release, release_file
from workstation.signing_in import Doorkeeper
from workstation.training import add_training_cases
from workstation.transaction import no_room_is_named, transaction
from workstation.vault import Staging, Vault

# A third of a second on a small machine: unlocked a few times a day, and guessed at by whoever steals it.
WORKSTATION_KDF = KdfProfile(memory_kib=262_144, passes=4)


class Office:
    """The unlocked workstation. One user, safe to share between threads; close it when done.

    Every method may raise a SluisError; workstation.errors lists those beyond the core. Those about one
    conversation raise NotAllowed when its case is not for whoever signed in.
    """

    def __init__(self, opened: Opened, today: Callable[[], int]) -> None:
        self._folder = opened.folder
        self._engine: Engine | None = opened.engine
        self._today = today
        self._vault = Vault(opened.folder.vault)
        self._lock = threading.RLock()
        self.actor = opened.actor
        self.cases = CaseDesk(self._work, today, self._wipe_journal)
        self.assignment = AssignmentDesk(self._work, today)
        self.search = SearchDesk(self._work, opened.folder.search)
        self.ledger = LedgerDesk(self._work)
        self.people = PeopleDesk(self._work, today, opened.folder, opened.key)

    @staticmethod
    def create(
        folder: Path,
        passphrase: str,
        root_passphrase: str,
        *,
        instance_name: str,
        training: bool,
        today: Callable[[], int],
        kdf: KdfProfile = WORKSTATION_KDF,
    ) -> Office:
        """Makes an instance with all its keys in a new folder (0700); raises AlreadyExists, GpgMissing."""
        found(
            folder,
            passphrase,
            root_passphrase,
            instance_name=instance_name,
            training=training,
            today=today(),
            kdf=kdf,
        )
        return Office.unlock(folder, passphrase, today=today)

    @staticmethod
    def unlock(folder: Path, passphrase: str, *, today: Callable[[], int]) -> Office:
        """Opens the folder with the founding passphrase; raises WrongPassphrase, InUse, GpgMissing."""
        return Office(opening.with_founding_passphrase(folder, passphrase), today)

    @staticmethod
    def sign_in(
        folder: Path,
        desk: str,
        passphrase: str,
        code: str,
        *,
        today: Callable[[], int],
        doorkeeper: Doorkeeper,
    ) -> Office:
        """Opens the folder for a person; raises WrongSignIn, CodeUsed, TryLater, InUse, GpgMissing."""
        return Office(opening.for_person(folder, desk, passphrase, code, doorkeeper), today)

    def close(self) -> None:
        """Locks: closes the database and stops every helper process. May be called twice."""
        with self._lock:
            if self._engine is not None:
                self.search.close()
                self._engine.dispose()
                self._engine = None
                self._folder.unlock()

    def __enter__(self) -> Office:
        return self

    def __exit__(self, *ignored: object) -> None:
        self.close()

    @contextmanager
    def _work(self) -> Iterator[tuple[Session, Staging]]:
        with self._lock:
            if self._engine is None:
                raise Locked("the office is locked")
            with transaction(self._engine, self._vault) as work:
                yield work
            self.search.keep_up(self._engine)

    def _wipe_journal(self) -> None:
        with self._lock:  # no transaction is running
            wipe_journal(self._folder.database)

    @contextmanager
    def _desk(self) -> Iterator[Desk]:
        with self._work() as (session, staging), GnupgHome(self._folder.gnupg) as home:
            instance = session.get_one(Instance, 1)
            record = InstanceRecord.parse(instance.record)
            yield Desk(session, staging, home, instance, record, self._today())

    @property
    def info(self) -> OfficeInfo:
        """The instance and its servers."""
        with self._work() as (session, _):
            return enrolment.office_info(session)

    def enrol_server(self, request: bytes, label: str) -> ServerInfo:
        """Takes in an enrolment request, after its fingerprint was compared by voice."""
        with self._work() as (session, _):
            return enrolment.enrol(session, request, label)

    def retire_server(self, server_id: str) -> None:
        """A server that will send nothing more; its exports that were not imported are lost."""
        with self._work() as (session, _):
            enrolment.retire(session, server_id)

    def import_export(
        self, path: Path, progress: Callable[[int, int], None], *, accept_damaged: bool = False
    ) -> ImportReport:
        """Takes in one export, all or nothing; `progress(done, total)` counts slots, then sets.

        Raises DamagedExport when the copy is not what the server signed, unless `accept_damaged`.
        """
        with self._lock:
            with self._desk() as desk:
                report = take_in(desk, path, progress, accept_damaged=accept_damaged)
            wipe_journal(self._folder.database)
            return report

    def recent_imports(self) -> tuple[ImportReport, ...]:
        """The last 20, newest first."""
        with self._work() as (session, _):
            stored = session.scalars(select(Export.report).order_by(Export.id.desc()).limit(20))
            return tuple(stored_report(text) for text in stored)

    def threads(self) -> tuple[ThreadSummary, ...]:
        """Every conversation that whoever signed in may read, newest first."""
        with self._work() as (session, _):
            return threads.summaries(session, *readable_by(self.actor))

    def thread(self, thread_id: str) -> ThreadView:
        """One conversation; raises UnknownItem."""
        with self._work() as (session, _):
            return threads.view(self._readable(session, threads.find_thread(session, thread_id)))

    def mark_read(self, thread_id: str) -> None:
        """All messages of this thread so far were read."""
        with self._work() as (session, _):
            thread = self._readable(session, threads.find_thread(session, thread_id))
            session.execute(update(Envelope).where(Envelope.thread_pk == thread.id).values(unread=False))

    def file_info(self, file_id: str) -> FileInfo:
        """A file's name, size and hash; raises UnknownItem."""
        with self._work() as (session, _):
            return threads.file_info(self._readable_file(session, file_id))

    def file_chunks(self, file_id: str) -> Iterator[bytes]:
        """A file's content in pieces of at most 64 KiB; raises UnknownItem, Unopenable when damaged."""
        with self._work() as (session, _):
            key = words.vault_key(self._readable_file(session, file_id))
        return self._vault.read(key)

    def save_file(self, file_id: str, destination: Path) -> Path:
        """Writes a file, **readable**, to `destination` (a new file); raises AlreadyExists, DiskFull."""
        chunks = self.file_chunks(file_id)
        with no_room_is_named():
            return save_stream(destination, chunks)

    def draft_reply(self, thread_id: str, text: str, language: str) -> str:
        """The new reply's id; raises TooLarge over 6,144 bytes once HTML-escaped, UnknownItem."""
        with self._work() as (session, _):
            thread = threads.find_thread(session, thread_id)
            self._workable(session, thread)
            reply = replies.draft(session, thread, text, language, self._today())
            second_reading.wrote(session, self.actor, reply)
            return reply.reply_id.hex()

    def edit_reply(self, reply_id: str, text: str, language: str) -> None:
        """Only a draft; raises WrongState, TooLarge, UnknownItem."""
        with self._work() as (session, _):
            reply = replies.find(session, reply_id)
            self._workable(session, reply.of_thread)
            replies.edit(reply, text, language)
            second_reading.wrote(session, self.actor, reply)

    def approve_reply(self, reply_id: str) -> None:
        """A draft goes into the next release; raises WrongState, UnknownItem, OwnReply (second reading)."""
        with self._work() as (session, _):
            reply = replies.find(session, reply_id)
            self._workable(session, reply.of_thread)
            second_reading.check_reader(session, self.actor, reply)
            replies.approve(reply)

    def withdraw_reply(self, reply_id: str) -> None:
        """Takes an answer back; one already sealed is taken out of the ring by the next release."""
        with self._work() as (session, _):
            reply = replies.find(session, reply_id)
            self.actor.require(Permission.WORK_ON_CASES)
            self._readable(session, reply.of_thread)  # of a closed case as well
            replies.withdraw(reply)

    def _readable(self, session: Session, thread: Thread) -> Thread:
        """Of a case that whoever signed in may read; raises NotAllowed, UnknownItem."""
        cases.readable(session, self.actor, thread.of_case.case_id.hex())
        return thread

    def _readable_file(self, session: Session, file_id: str) -> Envelope:
        file = threads.find_file(session, file_id)
        self._readable(session, file.of_thread)
        return file

    def _workable(self, session: Session, thread: Thread) -> None:
        """Of an open case that whoever signed in may work on; raises NotAllowed, UnknownItem, WrongState."""
        cases.workable(session, self.actor, thread.of_case.case_id.hex())

    def queued_replies(self) -> int:
        """Approved answers for which the last release had no row."""
        with self._work() as (session, _):
            waiting = select(func.count()).select_from(Reply).where(Reply.queued.is_(True))
            return session.scalar(waiting) or 0

    def make_release(self) -> tuple[ReleaseFile, ...]:
        """A new release for every enrolled server; raises NotEnrolled, Expired (operating key)."""
        with self._desk() as desk:
            return make_release(desk.session, desk.home, desk.instance, desk.record.instance_id, desk.today)

    def write_release(self, folder: Path) -> tuple[WrittenRelease, ...]:
        """Writes the newest release to a medium, fsyncs, reads it back; raises MediumMismatch, DiskFull."""
        with self._work() as (session, _):
            newest = select(ServerRelease).where(ServerRelease.data.is_not(None))
            written = []
            for made in session.scalars(newest.order_by(ServerRelease.server_pk)):
                file = release_file(made)
                path = write_checked(folder, file.file_name, file.data, self._today())
                written.append(WrittenRelease(file.server_label, file.sequence, path, file.sha256))
                rows = select(ReplyRow.reply_pk).where(ReplyRow.release == made.sequence)
                sealed = update(Reply).where(Reply.id.in_(rows), Reply.state == "sealed")
                session.execute(sealed.values(state="exported"))
            return tuple(written)

    def renew_operating_key(self, root_passphrase: str) -> None:
        """A fresh operating key for 90 days, certified by the root; raises WrongPassphrase."""
        with self._work() as (session, _):
            instance = session.get_one(Instance, 1)
            record = InstanceRecord.parse(instance.record)
            root_file = self._folder.root_key.read_bytes()
            fresh = renew_operating_key(root_file, root_passphrase, record, self._today())
            instance.operating_seed = fresh.seed
            instance.operating_certificate = fresh.certificate
            instance.operating_last_day = fresh.last_day

    def export_secret_key(self) -> tuple[str, str]:
        """(armoured OpenPGP secret key, its passphrase), for custodians."""
        with self._desk() as desk:
            secret = desk.instance.openpgp_passphrase
            return export_secret_key(desk.home, desk.instance.openpgp_primary, secret, desk.today), secret

    def add_training_cases(self) -> int:
        """Invented cases, to practise on; raises NotTraining outside a training instance."""
        with self._desk() as desk:
            return add_training_cases(desk)
