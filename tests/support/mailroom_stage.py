"""A mailroom with everything around it that a test needs: an instance, releases, opened exports."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache

from mailroom.banks import no_progress
from mailroom.create import create_store
from mailroom.disk import Disk
from mailroom.intake import OpenSet
from mailroom.store import Mailroom
from sluis.bank import BankHeader, SlotContent, open_slot, slot_offset
from sluis.cells import CellSplitter, join_cells, open_cell, seal_cell
from sluis.epoch import Epoch
from sluis.export import NO_HASH, ExportHeader
from sluis.instance import EnrolmentRequest, InstanceRecord, OperatingCertificate
from sluis.limits import (
    EPOCH_DAYS,
    HASH_SIZE,
    HEADER_BLOCK_SIZE,
    ROWS_PER_RELEASE,
    SLOT_SIZE,
    TOMBSTONES,
    SiteProfile,
)
from sluis.primitives import SigningKey, random_id, sha256
from sluis.release import Release, seal_release
from sluis.ring import Row, unused_row
from sluis.sealing import OpeningKey, SealingKey
from tests.support.ram_disk import RamDisk

DAY = 20_000
TINY = SiteProfile(1, "demo", 16, 1_048_576, banks=3)
CERTIFICATE = b"an OpenPGP certificate"


class Workstation:
    """The keys of an instance, the releases it made, and what it reads out of exports."""

    def __init__(self, *, training: bool = False) -> None:
        self._root, _ = SigningKey.generate()
        self._operating, _ = SigningKey.generate()
        self.record = InstanceRecord(random_id(), self._root.public, training, DAY)
        self.record_bytes = self.record.encode(self._root)
        self._epochs: dict[Epoch, OpeningKey] = {}
        self._filler = [unused_row() for _ in range(ROWS_PER_RELEASE)]

    def release(
        self,
        sequence: int,
        *,
        previous: bytes = NO_HASH,
        day: int = DAY,
        expiry_day: int | None = None,
        rows: Sequence[Row] = (),
        tombstones: Sequence[bytes] = (),
        acknowledged: tuple[int, bytes] = (0, NO_HASH),
    ) -> Release:
        """A full release with fresh epoch keys, which this workstation keeps."""
        for number in range(day, day + EPOCH_DAYS):
            self._epochs.setdefault(Epoch(sequence, number), OpeningKey.generate()[0])
        return Release(
            sequence,
            previous,
            day,
            day + 90 if expiry_day is None else expiry_day,
            day,
            [self._epochs[Epoch(sequence, number)].public for number in range(day, day + EPOCH_DAYS)],
            CERTIFICATE,
            [*rows, *self._filler[len(rows) :]],
            [*tombstones, *(secrets.token_bytes(HASH_SIZE) for _ in range(TOMBSTONES - len(tombstones)))],
            *acknowledged,
        )

    def seal(
        self,
        release: Release,
        server_id: bytes,
        key_serial: int,
        transfer_public: bytes,
        *,
        signer: SigningKey | None = None,
        days: tuple[int, int] = (DAY - 10, DAY + 10_000),
    ) -> bytes:
        """The file for one server."""
        certificate = OperatingCertificate(self.record.instance_id, self._operating.public, *days)
        return seal_release(
            release,
            self.record.instance_id,
            server_id,
            key_serial,
            SealingKey(transfer_public),
            certificate.encode(self._root),
            signer or self._operating,
        )

    def cells(self, epoch: Epoch, set_id: bytes, stream: bytes) -> list[bytes]:
        """A stream as sealed cells."""
        splitter = CellSplitter(set_id)
        key = SealingKey(self._epochs[epoch].public)
        plain = [*splitter.feed(stream), *splitter.finish()]
        return [seal_cell(key, self.record.instance_id, cell) for cell in plain]

    def open_export(self, data: bytes, request: EnrolmentRequest) -> tuple[ExportHeader, list[SlotContent]]:
        """Verified header and all taken slots; every slot must open."""
        header = ExportHeader.parse(data[:HEADER_BLOCK_SIZE], self.record.instance_id)
        header.verify(request.server_id, request.sign_public)
        assert header.body_hash == sha256(data[HEADER_BLOCK_SIZE:])
        block = data[HEADER_BLOCK_SIZE : 2 * HEADER_BLOCK_SIZE]
        bank = BankHeader.parse(block, self.record.instance_id)
        assert (bank.serial, bank.opening_day) == (header.serial, header.opening_day)
        key = bank.open_key(self._epochs[bank.epoch])
        slots = []
        for slot in range((len(data) - slot_offset(0)) // SLOT_SIZE):
            content = open_slot(key, bank.serial, slot, data[slot_offset(slot) : slot_offset(slot + 1)])
            if content is not None:
                slots.append(content)
        return header, slots

    def stream(self, slots: Iterable[SlotContent], set_id: bytes) -> bytes:
        """The stream of one set; raises when it is not whole."""
        mine = sorted((slot for slot in slots if slot.set_id == set_id), key=lambda slot: slot.index)
        cells = [open_cell(self._epochs[slot.epoch], self.record.instance_id, slot.cell) for slot in mine]
        return b"".join(join_cells(cells, set_id))


@cache
def _made(site: SiteProfile) -> tuple[Workstation, EnrolmentRequest, RamDisk]:
    """Making the ring takes a second, so all tests with the same profile begin with copies of one store."""
    workstation = Workstation()
    disk = RamDisk()
    request = create_store(disk, site, workstation.record_bytes, no_progress)
    return workstation, EnrolmentRequest.parse(request, workstation.record.instance_id), disk


@dataclass
class Stage:
    """One server of a fresh instance, with a clock that the test sets."""

    workstation: Workstation
    request: EnrolmentRequest
    site: SiteProfile
    disk: Disk
    run: Disk
    day: int = DAY
    newest: Release | None = None
    exports: dict[int, bytes] = field(default_factory=dict)

    @classmethod
    def make(cls, site: SiteProfile = TINY) -> Stage:
        workstation, request, disk = _made(site)
        return cls(workstation, request, site, disk.copy(), RamDisk())

    @property
    def ram(self) -> RamDisk:
        assert isinstance(self.disk, RamDisk)
        return self.disk

    def start(self) -> Mailroom:
        return Mailroom(self.disk, self.run, self.site, lambda: self.day)

    def opened(self, rows: Sequence[Row] = ()) -> Mailroom:
        """A started room with its first release."""
        room = self.start()
        room.import_release(self.next_release(rows=rows))
        return room

    def next_release(self, *, skip: int = 0, rows: Sequence[Row] = (), **more: object) -> bytes:
        """The release after the newest one, sealed to the newest key of this server."""
        sequence = (self.newest.sequence if self.newest else 0) + 1 + skip
        previous = self.newest.hash if self.newest else NO_HASH
        release = self.workstation.release(
            sequence,
            previous=previous,
            rows=rows,
            day=more.pop("day", self.day),  # type: ignore[arg-type]
            **more,  # type: ignore[arg-type]
        )
        self.newest = release
        return self.seal(release)

    def seal(self, release: Release) -> bytes:
        serial, public = 0, self.request.transfer_public
        if self.exports:
            serial = max(self.exports)
            header = self.header(serial)
            public = header.transfer_public
        return self.workstation.seal(release, self.request.server_id, serial, public)

    def header(self, serial: int) -> ExportHeader:
        block = self.exports[serial][:HEADER_BLOCK_SIZE]
        return ExportHeader.parse(block, self.workstation.record.instance_id)

    def acknowledged(self, serial: int) -> tuple[int, bytes]:
        return serial, self.header(serial).hash

    def export(self, room: Mailroom) -> int:
        """Makes an export and takes it along."""
        serial = room.make_export()
        self.take(room, serial)
        return serial

    def take(self, room: Mailroom, serial: int) -> None:
        self.exports[serial] = room.read_export(serial, 0, room.export_size())

    def slots(self) -> list[SlotContent]:
        """All taken slots of all exports that were taken along."""
        slots = []
        for _, data in sorted(self.exports.items()):
            slots += self.workstation.open_export(data, self.request)[1]
        return slots

    def put(self, room: Mailroom, stream: bytes, *, text: bool) -> OpenSet:
        """Hands over a whole set, not committed."""
        cells = room.open_set(random_id(), text=text)
        epoch = room.status().epoch
        for index, cell in enumerate(self.workstation.cells(epoch, cells.set_id, stream)):
            room.put(cells, epoch, index, cell)
        return cells

    def send(self, room: Mailroom, stream: bytes, *, text: bool) -> bytes:
        """Hands over and commits a set, ticking as long as it waits; gives its id."""
        cells = self.put(room, stream, text=text)
        while text and cells.waiting:
            room.tick()
        room.commit(cells)
        return cells.set_id
