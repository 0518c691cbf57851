"""What the mailroom tells its clients: status and reports, with their encodings."""

from __future__ import annotations

from dataclasses import dataclass

from sluis.epoch import Epoch
from sluis.limits import CERTIFICATE_MAX, HASH_SIZE, ID_SIZE, XWING_PUBLIC_SIZE, SiteProfile
from sluis.wire import Reader, Writer

_TEXT_MAX = 255
NO_EPOCH = Epoch(0, 0)


def _put_site(writer: Writer, site: SiteProfile) -> None:
    writer.u8(site.code).text(site.name, _TEXT_MAX).u32(site.slots).u64(site.largest_file).u8(site.banks)


def _take_site(reader: Reader) -> SiteProfile:
    return SiteProfile(reader.u8(), reader.text(_TEXT_MAX), reader.u32(), reader.u64(), reader.u8())


@dataclass(frozen=True)
class StoreStatus:
    """What the source site may know.

    `reason` is "" when `ready`, else "no-release", "expired" or "store-full"; then `epoch` is Epoch(0, 0),
    `epoch_public` is empty, and so is `certificate` before the first release. `certificate` is the binary
    OpenPGP public key. `keys_run_out`: the last daily key is past and goes on being used until the release
    expires. `file_room`: a file of one cell would fit now; `file_cells_free`: how many file cells would.
    """

    training: bool
    instance_id: bytes
    ready: bool
    reason: str
    epoch: Epoch
    epoch_public: bytes
    certificate: bytes
    newest_release: int
    keys_run_out: bool
    file_room: bool
    file_cells_free: int
    site: SiteProfile

    def encode(self) -> bytes:
        """The fields of an answer."""
        writer = Writer().u8(self.training).fixed(self.instance_id, ID_SIZE)
        writer.u8(self.ready).text(self.reason, _TEXT_MAX).u32(self.epoch.release).u32(self.epoch.day)
        writer.var(self.epoch_public, XWING_PUBLIC_SIZE).var(self.certificate, CERTIFICATE_MAX)
        writer.u32(self.newest_release).u8(self.keys_run_out).u8(self.file_room).u32(self.file_cells_free)
        _put_site(writer, self.site)
        return writer.bytes()

    @classmethod
    def parse(cls, data: bytes) -> StoreStatus:
        """Raises a FormatError."""
        reader = Reader(data, "a status")
        status = cls(
            training=bool(reader.u8()),
            instance_id=reader.fixed(ID_SIZE),
            ready=bool(reader.u8()),
            reason=reader.text(_TEXT_MAX),
            epoch=Epoch(reader.u32(), reader.u32()),
            epoch_public=reader.var(XWING_PUBLIC_SIZE),
            certificate=reader.var(CERTIFICATE_MAX),
            newest_release=reader.u32(),
            keys_run_out=bool(reader.u8()),
            file_room=bool(reader.u8()),
            file_cells_free=reader.u32(),
            site=_take_site(reader),
        )
        reader.end()
        return status


@dataclass(frozen=True)
class ClosedBank:
    """A closed bank, which is an export: `header_hash` (32 bytes) names it."""

    serial: int
    opening_day: int
    closing_day: int
    header_hash: bytes


@dataclass(frozen=True)
class OperatorStatus:
    """What the operators' site may know.

    `open_since_day` is None when no bank is open; `closed` is in order of serial; `release_expiry_day` and
    `last_key_day` are 0 before the first release; `reason` as in StoreStatus.
    """

    training: bool
    instance_id: bytes
    server_id: bytes
    server_fingerprint: str
    site: SiteProfile
    open_since_day: int | None
    closed: tuple[ClosedBank, ...]
    free_banks: int
    newest_release: int
    release_expiry_day: int
    last_key_day: int
    ready: bool
    reason: str

    def encode(self) -> bytes:
        """The fields of an answer."""
        writer = Writer().u8(self.training).fixed(self.instance_id, ID_SIZE).fixed(self.server_id, ID_SIZE)
        writer.text(self.server_fingerprint, _TEXT_MAX)
        _put_site(writer, self.site)
        writer.u8(self.open_since_day is not None).u32(self.open_since_day or 0)
        writer.u8(len(self.closed))
        for bank in self.closed:
            writer.u64(bank.serial).u32(bank.opening_day).u32(bank.closing_day)
            writer.fixed(bank.header_hash, HASH_SIZE)
        writer.u8(self.free_banks).u32(self.newest_release).u32(self.release_expiry_day)
        return writer.u32(self.last_key_day).u8(self.ready).text(self.reason, _TEXT_MAX).bytes()

    @classmethod
    def parse(cls, data: bytes) -> OperatorStatus:
        """Raises a FormatError."""
        reader = Reader(data, "an operators' status")
        training, instance_id, server_id = bool(reader.u8()), reader.fixed(ID_SIZE), reader.fixed(ID_SIZE)
        fingerprint, site = reader.text(_TEXT_MAX), _take_site(reader)
        is_open, open_day = bool(reader.u8()), reader.u32()
        closed = tuple(
            ClosedBank(reader.u64(), reader.u32(), reader.u32(), reader.fixed(HASH_SIZE))
            for _ in range(reader.u8())
        )
        status = cls(
            training,
            instance_id,
            server_id,
            fingerprint,
            site,
            open_since_day=open_day if is_open else None,
            closed=closed,
            free_banks=reader.u8(),
            newest_release=reader.u32(),
            release_expiry_day=reader.u32(),
            last_key_day=reader.u32(),
            ready=bool(reader.u8()),
            reason=reader.text(_TEXT_MAX),
        )
        reader.end()
        return status


@dataclass(frozen=True)
class ReleaseReport:
    """A release was taken in: its sequence, and the serials of the exports whose banks it freed."""

    sequence: int
    freed_serials: tuple[int, ...]

    def encode(self) -> bytes:
        """The fields of an answer."""
        writer = Writer().u32(self.sequence).u8(len(self.freed_serials))
        for serial in self.freed_serials:
            writer.u64(serial)
        return writer.bytes()

    @classmethod
    def parse(cls, data: bytes) -> ReleaseReport:
        """Raises a FormatError."""
        reader = Reader(data, "a release report")
        report = cls(reader.u32(), tuple(reader.u64() for _ in range(reader.u8())))
        reader.end()
        return report
