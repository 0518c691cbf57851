"""A real office, real mailrooms with small stores, and the gap between them that couriers cross.

All of it is made once and copied, so that a measurement begins with a fresh instance in half a second.
"""

from __future__ import annotations

import io
import shutil
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from mailroom.banks import no_progress
from mailroom.create import create_store
from mailroom.intake import OpenSet
from mailroom.store import Mailroom
from sluis.cells import CellSplitter, seal_cell
from sluis.envelope import Kind
from sluis.errors import StoreFull
from sluis.keytree import SourceKeys
from sluis.limits import SITES, SiteProfile
from sluis.primitives import random_id, sha256
from sluis.sealing import SealingKey
from tests.support.counsellor_key import tmpfs_folder
from tests.support.export_builder import envelope, gpg_encrypt, new_source
from tests.support.ram_disk import RamDisk
from tests.support.workroom import CHEAP, PASSPHRASE, ROOT_PASSPHRASE, Clock
from workstation.office import Office
from workstation.records import ImportReport, LooseFile, Message, ReleaseFile

# A size of site that only tests know: 1 MiB an export instead of 32.
SITE = SiteProfile(200, "sixteen slots", 16, 1_048_576, banks=5)


@dataclass(frozen=True)
class Promise:
    """What a source was told is received: its message, its set, the exports that its cells lie in."""

    message_id: bytes
    digest: bytes
    set_id: bytes
    serials: frozenset[int]


@dataclass
class Upload:
    """A message on its way into a mailroom, cell by cell."""

    message_id: bytes
    digest: bytes
    cells: OpenSet
    plain: list[bytes]


@dataclass
class Post:
    """One server: its disk, its run folder, its room, and what it said it received.

    Its clock is `skew` days ahead of the office's.
    """

    label: str
    disk: RamDisk
    run: RamDisk
    instance_id: bytes
    clock: Clock
    skew: int = 0
    promises: list[Promise] = field(default_factory=list)
    sources: list[SourceKeys] = field(default_factory=lambda: [new_source(), new_source()])

    def start(self) -> None:
        """The room, on whatever is on the disk and in the run folder."""
        self.room = Mailroom(self.disk, self.run, SITE, lambda: self.clock.day + self.skew)

    def begin(self, body: bytes, source: SourceKeys, *, text: bool) -> Upload:
        """A message, sealed by real gpg and cut into cells, of which none is handed over yet."""
        status = self.room.status()
        if not status.ready:
            raise StoreFull(status.reason)
        message_id, kind = random_id(), Kind.TEXT if text else Kind.FILE
        day = status.epoch.day
        plain = envelope(source, self.instance_id, body, kind=kind, message_id=message_id, day=day)
        splitter = CellSplitter(random_id())
        stream = gpg_encrypt(status.certificate, plain, max(day, self.clock.day))
        cells = [*splitter.feed(stream), *splitter.finish()]
        return Upload(message_id, sha256(body), self.room.open_set(splitter.set_id, text=text), cells)

    def put(self, upload: Upload) -> None:
        """Hands over its next cell; raises StoreFull."""
        status = self.room.status()
        if not status.ready:
            raise StoreFull(status.reason)
        plain = upload.plain[upload.cells.count]
        cell = seal_cell(SealingKey(status.epoch_public), self.instance_id, plain)
        self.room.put(upload.cells, status.epoch, upload.cells.count, cell)

    def commit(self, upload: Upload) -> Promise:
        """Ticks as long as a cell waits; the source is told when this returns."""
        while upload.cells.text and upload.cells.waiting:
            self.room.tick()
        self.room.commit(upload.cells)
        serials = frozenset(serial for serial, _ in upload.cells.slots)
        promise = Promise(upload.message_id, upload.digest, upload.cells.set_id, serials)
        self.promises.append(promise)
        return promise

    def send(self, body: bytes, *, text: bool = True, source: SourceKeys | None = None) -> Promise:
        """A whole message, received; raises StoreFull, and then nothing of it stays."""
        upload = self.begin(body, source or self.sources[0], text=text)
        try:
            while upload.cells.count < len(upload.plain):
                self.put(upload)
        except StoreFull:
            self.room.abort(upload.cells)
            raise
        return self.commit(upload)

    def export(self, serial: int) -> bytes:
        """A closed bank, as an operator downloads it."""
        return self.room.read_export(serial, 0, self.room.export_size())

    def closed(self) -> list[int]:
        """The serials of the closed banks."""
        return [bank.serial for bank in self.room.operator_status().closed]


@dataclass
class Crossing:
    """The office, its servers, and one clock for all."""

    folder: Path
    clock: Clock
    posts: list[Post]
    office: Office

    @property
    def post(self) -> Post:
        """The first server."""
        return self.posts[0]

    def take_in(
        self, export: bytes, progress: Callable[[int, int], None] = lambda _done, _total: None
    ) -> ImportReport:
        """Carries an export to the office and imports it."""
        path = self.folder / "export.sluis"
        path.write_bytes(export)
        return self.office.imports.take_in(self.office.actor, path, progress)

    def release(self) -> list[ReleaseFile]:
        """A release for each server, in their order."""
        made = {file.server_label: file for file in self.office.releases.make(self.office.actor)}
        return [made[post.label] for post in self.posts]

    def released(self) -> None:
        """A release, carried to every server."""
        for post, file in zip(self.posts, self.release(), strict=True):
            post.room.import_release(file.data)

    def reopen(self) -> None:
        """The office is locked and unlocked."""
        self.office.close()
        self.office = Office.unlock(self.folder / "office", PASSPHRASE, today=self.clock)

    def arrived(self) -> dict[bytes, list[bytes]]:
        """SHA-256 of every text by its message id, and of all files under b""."""
        found: dict[bytes, list[bytes]] = {b"": []}
        for summary in self.office.conversations.all(self.office.actor):
            for entry in self.office.conversations.view(self.office.actor, summary.thread_id).entries:
                if isinstance(entry, Message):
                    digest = sha256(entry.text.encode())
                    found.setdefault(bytes.fromhex(entry.message_id), []).append(digest)
                    found[b""] += [bytes.fromhex(file.sha256) for file in entry.files]
                elif isinstance(entry, LooseFile):
                    found[b""].append(bytes.fromhex(entry.file.sha256))
        return found


@cache
def _made(servers: int) -> tuple[bytes, tuple[tuple[str, RamDisk], ...]]:
    """An office with its servers enrolled, as a tar of its folder; the servers' disks."""
    folder = tmpfs_folder()
    clock = Clock()
    try:
        with Office.create(
            folder / "office",
            PASSPHRASE,
            ROOT_PASSPHRASE,
            instance_name="The Line",
            training=True,
            today=clock,
            kdf=CHEAP,
        ) as office:
            disks = []
            for number in range(servers):
                disk, label = RamDisk(), f"server {number}"
                office.enrol_server(create_store(disk, SITE, office.info.record, no_progress), label)
                disks.append((label, disk))
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as tar:
            tar.add(folder / "office", "office")
    finally:
        shutil.rmtree(folder)
    return packed.getvalue(), tuple(disks)


@contextmanager
def crossing(servers: int = 1) -> Iterator[Crossing]:
    """A fresh office on a tmpfs and its servers, each with release 1 and an open bank."""
    SITES[SITE.name] = SITE
    folder = tmpfs_folder()
    clock = Clock()
    try:
        packed, disks = _made(servers)
        with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
            tar.extractall(folder)  # noqa: S202  # packed above
        office = Office.unlock(folder / "office", PASSPHRASE, today=clock)
        instance_id = bytes.fromhex(office.info.instance_id)
        posts = [Post(label, disk.copy(), RamDisk(), instance_id, clock) for label, disk in disks]
        made = Crossing(folder, clock, posts, office)
        try:
            for post in posts:
                post.start()
            made.released()
            yield made
        finally:
            made.office.close()
    finally:
        shutil.rmtree(folder)
        del SITES[SITE.name]
