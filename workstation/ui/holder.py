"""Holds the one open office, for the one session that unlocked it, and runs imports beside the pages."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from sluis.errors import SluisError
from sluis.instance import InstanceRecord
from workstation import badges
from workstation.casework.roles import Actor
from workstation.errors import DamagedExport, Locked
from workstation.folder import Folder
from workstation.office import Office
from workstation.records import ImportReport, OfficeInfo
from workstation.seats_file import read_shared
from workstation.signing_in import Doorkeeper
from workstation.ui.medium import FoundExport, error_of

_log = logging.getLogger("workstation.ui")


class Busy(SluisError):
    """An import is running; everything else waits for it."""

    code = "busy"


@dataclass
class ImportJob:
    """One import: pass 1 reads slots, pass 2 opens sets; then either a report or the code of an error."""

    export: FoundExport
    accept_damaged: bool
    phase: int = 1
    done: int = 0
    total: int = 0
    report: ImportReport | None = None
    code: str = ""
    damaged: tuple[int, ...] = ()
    ended: threading.Event = field(default_factory=threading.Event)

    def progress(self, done: int, total: int) -> None:
        """Called by the office; `done` begins again when the second pass begins."""
        if done < self.done:
            self.phase = 2
        self.done, self.total = done, total


def _nothing() -> None:
    pass


class Holder:
    """Opens and locks the office; thread-safe.

    `steady` gives seconds of a clock that is never set, `now` those since 1970, by which codes go. After
    `idle_s` without `touch()` the office may be locked; whoever serves the pages calls `lock_if_idle()` now
    and then, so that no key stays in memory because nobody comes back.
    """

    def __init__(
        self,
        folder: Path,
        *,
        today: Callable[[], int],
        steady: Callable[[], float],
        now: Callable[[], float],
        idle_s: float,
    ) -> None:
        self._places = Folder(folder)
        self._today = today
        self._steady = steady
        self._idle_s = idle_s
        self._lock = threading.RLock()
        self._unlocking = threading.Lock()
        self._doorkeeper = Doorkeeper(now, steady)
        self._office: Office | None = None
        self._owner = ""
        self._seen = 0.0
        self._lock_after_job = False
        self._info: OfficeInfo | None = None
        self.job: ImportJob | None = None
        self.on_lock: Callable[[], None] = _nothing
        self.training = self._says_training()

    @property
    def has_people(self) -> bool:
        """Whether one signs in by a desk, and not by the founding passphrase."""
        return badges.any_badge(self._places)

    @property
    def lan(self) -> str:
        """The interface of the office's LAN, "" where one seat works; raises BadField."""
        shared = read_shared(self._places)
        return shared.interface if shared is not None else ""

    @property
    def is_open(self) -> bool:
        """Whether somebody has it open."""
        with self._lock:
            return self._office is not None

    def unlock(self, passphrase: str, desk: str = "", code: str = "") -> None:
        """Opens the office; one that another session had open is locked first.

        Raises WrongPassphrase, or, once there are people, WrongSignIn, CodeUsed, TryLater; InUse, GpgMissing,
        and Busy while an import is running.
        """
        with self._unlocking:
            if self.importing:
                raise Busy("an import is running")
            self.lock()
            office = self._opened(passphrase, desk, code)
            with self._lock:
                self._office = office
                self._info = office.info
            self.training = self._info.training

    def _opened(self, passphrase: str, desk: str, code: str) -> Office:
        folder, today = self._places.path, self._today
        if not self.has_people:
            return Office.unlock(folder, passphrase, today=today)
        return Office.sign_in(folder, desk, passphrase, code, today=today, doorkeeper=self._doorkeeper)

    def _says_training(self) -> bool:
        """What the public record of the instance says, so that the locked page bears the banner too."""
        try:
            return InstanceRecord.parse(self._places.record.read_bytes()).training
        except (OSError, SluisError):
            return False

    def give_to(self, session_name: str) -> None:
        """From now on the office is open for this session only."""
        with self._lock:
            self._owner = session_name
            self._seen = self._steady()

    def is_open_for(self, session_name: str) -> bool:
        """True while this session may see the office."""
        self.lock_if_idle()
        with self._lock:
            return self._office is not None and bool(session_name) and session_name == self._owner

    def touch(self) -> None:
        """Somebody is there."""
        with self._lock:
            self._seen = self._steady()

    @property
    def office(self) -> Office:
        """The open office; raises Locked."""
        with self._lock:
            if self._office is None:
                raise Locked("the office is locked")
            return self._office

    @property
    def actor(self) -> Actor:
        """Whoever opened the office; raises Locked."""
        return self.office.actor

    @property
    def info(self) -> OfficeInfo | None:
        """The instance as it was last read; None while locked. It never waits for an import."""
        if not self.importing:
            with self._lock:
                office = self._office
            if office is not None:
                self._info = office.info
        return self._info

    def lock(self) -> None:
        """Closes the office, or lets a running import close it; from now on no session sees anything."""
        self.on_lock()
        with self._lock:
            self._owner = ""
            if self.importing:
                self._lock_after_job = True
                return
            office, self._office, self._info, self.job = self._office, None, None, None
            self._lock_after_job = False
        if office is not None:
            office.close()

    def lock_if_idle(self) -> None:
        """Locks when nobody has been there for too long and no import is running."""
        with self._lock:
            idle = self._office is not None and self._steady() - self._seen > self._idle_s
            if idle and not self.importing:
                self.lock()

    @property
    def importing(self) -> bool:
        """True while an import is running."""
        job = self.job
        return job is not None and not job.ended.is_set()

    def start_import(self, export: FoundExport, *, accept_damaged: bool) -> ImportJob:
        """Starts an import in a thread of its own; raises Busy, Locked."""
        with self._lock:
            if self.importing:
                raise Busy("an import is running")
            office = self.office
            self.job = job = ImportJob(export, accept_damaged)
        threading.Thread(target=self._run, args=(office, job), name="import", daemon=True).start()
        return job

    def _run(self, office: Office, job: ImportJob) -> None:
        try:
            job.report = office.imports.take_in(
                office.actor, job.export.path, job.progress, accept_damaged=job.accept_damaged
            )
        except DamagedExport as error:
            job.code, job.damaged = error.code, error.damaged_slots
        except SluisError as error:
            job.code = error.code
        except OSError as error:
            job.code = error_of(error).code
        except Exception as error:  # noqa: BLE001 - the page must say that it failed, whatever it was
            job.code = SluisError.code
            _log.error("fault %s", type(error).__name__)
        with self._lock:
            self._seen = self._steady()
            job.ended.set()
            if self._lock_after_job:
                self.lock()
