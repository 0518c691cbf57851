"""Who this server is, and the keys that open releases.

`identity` (once, at init): magic, server id 16, Ed25519 seed 32. `transfer`: 16 entries of 64 bytes (serial
8, seed 32, zeros), written in place one at a time: an entry never spans two sectors, so it is there whole or
not at all, and an overwritten seed leaves no copy in the file system.
"""

from __future__ import annotations

from dataclasses import dataclass

from mailroom.disk import SECTOR, Disk
from sluis.errors import CapacityError, Unopenable
from sluis.limits import ID_SIZE, KEY_SIZE
from sluis.primitives import SigningKey, random_id
from sluis.sealing import OpeningKey
from sluis.wire import Reader, Writer

IDENTITY_FILE = "identity"
TRANSFER_FILE = "transfer"
_MAGIC = b"SLUISIDT"
_VERSION = 1
_ENTRIES = 16
_ENTRY_SIZE = 64
_VACANT = (1 << 64) - 1
ENROLMENT_SERIAL = 0

assert SECTOR % _ENTRY_SIZE == 0


@dataclass(frozen=True)
class Identity:
    """Server id and signing key."""

    server_id: bytes
    key: SigningKey

    @classmethod
    def create(cls, disk: Disk) -> Identity:
        """A fresh identity, on disk."""
        key, seed = SigningKey.generate()
        identity = cls(random_id(), key)
        content = Writer().magic(_MAGIC, _VERSION).fixed(identity.server_id, ID_SIZE).fixed(seed, KEY_SIZE)
        disk.replace(IDENTITY_FILE, content.bytes())
        return identity

    @classmethod
    def load(cls, disk: Disk) -> Identity:
        """Raises a FormatError or OSError."""
        reader = Reader(disk.read(IDENTITY_FILE, 0, disk.size(IDENTITY_FILE)), "a server's identity")
        reader.magic(_MAGIC, (_VERSION,))
        identity = cls(reader.fixed(ID_SIZE), SigningKey(reader.fixed(KEY_SIZE)))
        reader.end()
        return identity


class TransferKeys:
    """Release-opening seeds by the serial of the export that carried the public key (0: the enrolment)."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._seeds: list[tuple[int, bytes]] = []
        for entry in range(_ENTRIES):
            raw = disk.read(TRANSFER_FILE, entry * _ENTRY_SIZE, 8 + KEY_SIZE)
            self._seeds.append((int.from_bytes(raw[:8], "big"), raw[8:]))

    @classmethod
    def create(cls, disk: Disk) -> TransferKeys:
        """A file without a key."""
        empty = _VACANT.to_bytes(8, "big").ljust(_ENTRY_SIZE, b"\0")
        disk.replace(TRANSFER_FILE, empty * _ENTRIES)
        return cls(disk)

    def _write(self, entry: int, serial: int, seed: bytes) -> None:
        record = (serial.to_bytes(8, "big") + seed).ljust(_ENTRY_SIZE, b"\0")
        self._disk.write(TRANSFER_FILE, entry * _ENTRY_SIZE, record)
        self._disk.sync(TRANSFER_FILE)
        self._seeds[entry] = (serial, seed)

    def draw(self, serial: int) -> bytes:
        """A fresh key for this serial, on disk before this returns; gives the public key (1,216 bytes).

        Drawn again for the same serial (the first attempt at closing a bank was cut short) it takes the place
        of the former, which was never handed out. Raises CapacityError when all 16 entries are taken, which
        8 banks cannot bring about.
        """
        serials = [taken for taken, _ in self._seeds]
        wanted = serial if serial in serials else _VACANT
        if wanted not in serials:
            raise CapacityError("no entry for a release-opening key is vacant")
        key, seed = OpeningKey.generate()
        self._write(serials.index(wanted), serial, seed)
        return key.public

    def opening(self, serial: int) -> OpeningKey:
        """Raises Unopenable when that key was never there or is erased."""
        for taken, seed in self._seeds:
            if taken == serial and serial != _VACANT:
                return OpeningKey(seed)
        raise Unopenable("the key that this release is sealed to is not here any more")

    def erase_before(self, serial: int) -> None:
        """Overwrites every seed of an older serial."""
        for entry, (taken, _) in enumerate(self._seeds):
            if taken < serial:
                self._write(entry, _VACANT, bytes(KEY_SIZE))
