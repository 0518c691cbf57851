"""The public part of the newest release, in the file `release` (constant size, zeros before the first).

Replacing this file is the one moment at which a release has been taken in: whatever an import does before can
be done again, and whatever it does after is repeated at the next start. Tombstones are not in it: the tag of
a deleted reply must not stay on the disk.
"""

from __future__ import annotations

from dataclasses import dataclass

from mailroom.disk import Disk
from sluis.epoch import Epoch, epoch_day
from sluis.limits import CERTIFICATE_MAX, EPOCH_DAYS, HASH_SIZE, XWING_PUBLIC_SIZE
from sluis.primitives import sha256
from sluis.release import Release
from sluis.wire import Reader, Writer

FILE = "release"
_MAGIC = b"SLUISRLP"
_VERSION = 1
SIZE = 10 + 4 + 2 * HASH_SIZE + 2 * 4 + EPOCH_DAYS * XWING_PUBLIC_SIZE + 2 + CERTIFICATE_MAX + 8 + HASH_SIZE


@dataclass(frozen=True)
class Released:
    """What stays of a release: its hash and the sealed file's, days, keys, certificate, receipt."""

    sequence: int
    hash: bytes
    sealed_hash: bytes
    expiry_day: int
    first_epoch_day: int
    epoch_keys: tuple[bytes, ...]
    certificate: bytes
    acknowledged_serial: int
    acknowledged_hash: bytes

    @classmethod
    def of(cls, release: Release, sealed: bytes) -> Released:
        """The part of a verified release that is kept; `sealed` is the file as it came."""
        return cls(
            release.sequence,
            release.hash,
            sha256(sealed),
            release.expiry_day,
            release.first_epoch_day,
            tuple(release.epoch_keys),
            release.certificate,
            release.acknowledged_serial,
            release.acknowledged_hash,
        )

    @property
    def last_key_day(self) -> int:
        """The day of the last of the 45 epoch keys."""
        return self.first_epoch_day + EPOCH_DAYS - 1

    def epoch(self, clock_day: int, floor: int) -> Epoch:
        """The epoch that seals now; raises Expired."""
        return Epoch(self.sequence, epoch_day(clock_day, floor, self.first_epoch_day, self.expiry_day))

    def epoch_public(self, epoch: Epoch) -> bytes:
        """The X-Wing public key (1,216 bytes) of one of this release's own epochs."""
        return self.epoch_keys[epoch.day - self.first_epoch_day]

    def save(self, disk: Disk) -> None:
        """Into the store, at once and for good."""
        writer = Writer().magic(_MAGIC, _VERSION).u32(self.sequence).fixed(self.hash, HASH_SIZE)
        writer.fixed(self.sealed_hash, HASH_SIZE).u32(self.expiry_day).u32(self.first_epoch_day)
        for key in self.epoch_keys:
            writer.fixed(key, XWING_PUBLIC_SIZE)
        writer.u64(self.acknowledged_serial).fixed(self.acknowledged_hash, HASH_SIZE)
        disk.replace(FILE, writer.var(self.certificate, CERTIFICATE_MAX).pad(SIZE).bytes())

    @classmethod
    def load(cls, disk: Disk) -> Released | None:
        """From the store, None before the first release; raises a FormatError or OSError."""
        data = disk.read(FILE, 0, disk.size(FILE))
        if not any(data):
            return None
        reader = Reader(data, "the newest release")
        reader.magic(_MAGIC, (_VERSION,))
        released = cls(
            sequence=reader.u32(),
            hash=reader.fixed(HASH_SIZE),
            sealed_hash=reader.fixed(HASH_SIZE),
            expiry_day=reader.u32(),
            first_epoch_day=reader.u32(),
            epoch_keys=tuple(reader.fixed(XWING_PUBLIC_SIZE) for _ in range(EPOCH_DAYS)),
            acknowledged_serial=reader.u64(),
            acknowledged_hash=reader.fixed(HASH_SIZE),
            certificate=reader.var(CERTIFICATE_MAX),
        )
        reader.zeros_to(SIZE)
        reader.end()
        return released
