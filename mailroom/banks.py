"""Bank files: formatting, the body's hash, the slot map of the open bank (bytes: sluis/bank.py)."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable

from mailroom.disk import Disk
from mailroom.scratch import SlotWrite
from mailroom.state import bank_file
from sluis.bank import BankHeader, SlotContent, open_slot, seal_slot, slot_offset
from sluis.errors import StoreFull, Unopenable
from sluis.limits import HEADER_BLOCK_SIZE, KEY_SIZE, SLOT_SIZE, SiteProfile

Progress = Callable[[int, int], None]
_SLOTS_AT_ONCE = 16
_CHUNK = 1_048_576
KEY_FILE = "bank.key"
_KEYS = 2
_KEY_ENTRY = 8 + KEY_SIZE


def no_progress(done: int, total: int) -> None:
    """For callers that show nothing."""


def format_bank(disk: Disk, index: int, site: SiteProfile, header: BankHeader, key: bytes) -> None:
    """Fills a bank with free slots under a new K_bank: block of zeros, bank header, slots; synced.

    About 2.5 s for the 2 GiB of a large site here, most of it the disk's; memory for 16 slots.
    """
    name = bank_file(index)
    disk.write(name, 0, bytes(HEADER_BLOCK_SIZE) + header.encode())
    for first in range(0, site.slots, _SLOTS_AT_ONCE):
        slots = range(first, min(first + _SLOTS_AT_ONCE, site.slots))
        sealed = b"".join(seal_slot(key, header.serial, slot, None) for slot in slots)
        disk.write(name, slot_offset(first), sealed)
    disk.sync(name)


def body_hash(disk: Disk, index: int, site: SiteProfile) -> bytes:
    """SHA-256 over all bytes after the export header block."""
    digest = hashlib.sha256()
    at = HEADER_BLOCK_SIZE
    while at < site.bank_size:
        part = disk.read(bank_file(index), at, min(_CHUNK, site.bank_size - at))
        if not part:
            raise OSError("a bank file is shorter than it was made")
        digest.update(part)
        at += len(part)
    return digest.digest()


class RunKeys:
    """K_bank by serial, in the run folder (a tmpfs) only: two entries of serial 8 || key 32.

    There are two only in the moment at which one bank closes and the next opens; then the older entry is
    overwritten.
    """

    def __init__(self, run: Disk) -> None:
        self._run = run

    def load(self) -> dict[int, bytes]:
        """What is there; empty after a start of the machine."""
        if KEY_FILE not in self._run.names():
            return {}
        data = self._run.read(KEY_FILE, 0, _KEYS * _KEY_ENTRY)
        entries = [data[at : at + _KEY_ENTRY] for at in range(0, len(data), _KEY_ENTRY)]
        keys = {int.from_bytes(entry[:8], "big"): entry[8:] for entry in entries if len(entry) == _KEY_ENTRY}
        return {serial: key for serial, key in keys.items() if serial}

    def store(self, keys: dict[int, bytes]) -> None:
        """Overwrites what is there by at most two keys."""
        data = b"".join(serial.to_bytes(8, "big") + key for serial, key in keys.items())
        if KEY_FILE not in self._run.names():
            self._run.create(KEY_FILE)
        self._run.write(KEY_FILE, 0, data.ljust(_KEYS * _KEY_ENTRY, b"\0"))
        self._run.sync(KEY_FILE)

    def erase(self) -> None:
        """Overwrites and removes the file."""
        if KEY_FILE in self._run.names():
            self._run.erase(KEY_FILE)


class OpenBank:
    """The bank that takes cells in: its key, and in memory only, which of its slots are free."""

    def __init__(self, disk: Disk, index: int, serial: int, key: bytes, floor: int, free: list[int]) -> None:
        self._disk = disk
        self.index = index
        self.serial = serial
        self.key = key
        self.floor = floor
        self._free = free
        self._free_set = set(free)

    @classmethod
    def resume(
        cls, disk: Disk, index: int, serial: int, key: bytes, floor: int, site: SiteProfile
    ) -> OpenBank:
        """The slot map again, from opening every slot; one that does not open is left alone, as if taken."""
        free = []
        for slot in range(site.slots):
            sealed = disk.read(bank_file(index), slot_offset(slot), SLOT_SIZE)
            try:
                if open_slot(key, serial, slot, sealed) is None:
                    free.append(slot)
            except Unopenable:
                continue
        return cls(disk, index, serial, key, floor, free)

    @property
    def free_slots(self) -> int:
        """How many slots are free."""
        return len(self._free)

    def seal(self, slot: int, content: SlotContent | None) -> SlotWrite:
        """A slot with new content, None for a free one."""
        return SlotWrite(slot, seal_slot(self.key, self.serial, slot, content))

    def seal_again(self, slot: int) -> SlotWrite:
        """A slot with its own content under a fresh nonce; one that does not open stays as it is."""
        if slot in self._free_set:
            return self.seal(slot, None)
        sealed = self._disk.read(bank_file(self.index), slot_offset(slot), SLOT_SIZE)
        try:
            return self.seal(slot, open_slot(self.key, self.serial, slot, sealed))
        except Unopenable:
            return SlotWrite(slot, sealed)

    def take(self) -> int:
        """A random free slot, taken from now on; raises StoreFull."""
        if not self._free:
            raise StoreFull("no slot of the open bank is free")
        at = secrets.randbelow(len(self._free))
        slot, self._free[at] = self._free[at], self._free[-1]
        self._free.pop()
        self._free_set.remove(slot)
        return slot

    def give_back(self, slot: int) -> None:
        """A slot that was sealed as free again."""
        self._free.append(slot)
        self._free_set.add(slot)
