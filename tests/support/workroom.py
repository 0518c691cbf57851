"""A workstation and one model server, in a folder of the test's own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sluis.bank import SlotContent
from sluis.instance import InstanceRecord
from sluis.keytree import KdfProfile
from tests.support.export_builder import ModelServer
from workstation.office import Office
from workstation.records import ImportReport, ReplyEntry, ThreadView

CHEAP = KdfProfile(memory_kib=64, passes=1)
FIRST_DAY = 20_000
PASSPHRASE = "walls have ears"
ROOT_PASSPHRASE = "roots go deep"


class Clock:
    """Days pass when a test says so."""

    def __init__(self) -> None:
        self.day = FIRST_DAY

    def __call__(self) -> int:
        return self.day


def no_progress(done: int, total: int) -> None:
    """Progress of no interest, but never beyond its end."""
    assert 0 < done <= total


class Workroom:
    """The office in `path`, its clock, and a server that holds release 1."""

    def __init__(self, path: Path, *, training: bool = True) -> None:
        self.path = path
        self.clock = Clock()
        self.folder = path / "workstation"
        self.media = path / "media"
        self.media.mkdir()
        self.office = Office.create(
            self.folder,
            PASSPHRASE,
            ROOT_PASSPHRASE,
            instance_name="The Line",
            training=training,
            today=self.clock,
            kdf=CHEAP,
        )
        self.record = InstanceRecord.parse(self.office.info.record)
        self.server = self.enrol("north")
        self.release()

    @property
    def day(self) -> int:
        """Today."""
        return self.clock.day

    def enrol(self, label: str) -> ModelServer:
        """One more server."""
        server = ModelServer(self.record)
        self.office.enrol_server(server.request(), label)
        return server

    def release(self, *servers: ModelServer, lost: bool = False) -> None:
        """Makes a release and carries it to the servers (the first one, if none is named)."""
        made = self.office.releases.make(self.office.actor)
        if not lost:
            for server, file in zip(servers or (self.server,), made, strict=True):
                server.take(file.data)

    def export(self, *reports: Iterable[SlotContent], server: ModelServer | None = None, **rest: Any) -> Path:
        """An export that is open on this day and closed on the next; it is then the next day."""
        opened = self.clock.day
        self.clock.day += 1
        contents = [content for report in reports for content in report]
        return (server or self.server).export(self.media, contents, opened, opened + 1, **rest)

    def take_in(self, path: Path, **rest: Any) -> ImportReport:
        """Imports."""
        return self.office.imports.take_in(self.office.actor, path, no_progress, **rest)

    def only_thread(self) -> ThreadView:
        """The one conversation that there is."""
        (summary,) = self.office.conversations.all(self.office.actor)
        return self.office.conversations.view(self.office.actor, summary.thread_id)

    def answer(self, text: str, thread_id: str | None = None) -> str:
        """A reply, drafted and approved."""
        thread_id = thread_id or self.only_thread().summary.thread_id
        reply_id = self.office.answers.draft(self.office.actor, thread_id, text, "en")
        self.office.answers.approve(self.office.actor, reply_id)
        return reply_id

    def reply(self, reply_id: str) -> ReplyEntry:
        """A reply as it is shown."""
        for summary in self.office.conversations.all(self.office.actor):
            for entry in self.office.conversations.view(self.office.actor, summary.thread_id).entries:
                if isinstance(entry, ReplyEntry) and entry.reply_id == reply_id:
                    return entry
        raise KeyError(reply_id)

    def reopen(self) -> None:
        """Locks and unlocks."""
        self.office.close()
        self.office = Office.unlock(self.folder, PASSPHRASE, today=self.clock)

    def contents(self) -> dict[str, bytes]:
        """Every file of the case database and vault, to show that nothing changed."""
        kept = [self.folder / "cases.db", *(self.folder / "vault").iterdir()]
        return {path.name: path.read_bytes() for path in kept}


@contextmanager
def workroom(path: Path, *, training: bool = True) -> Iterator[Workroom]:
    """A workroom that is closed at the end."""
    room = Workroom(path, training=training)
    try:
        yield room
    finally:
        room.office.close()
