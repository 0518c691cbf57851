"""What the mailroom knows of its banks from one start to the next: states, serials and days, never a count.

The file `state` is replaced as a whole, and only by a start, an export or the import of a release.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum

from mailroom.disk import Disk
from sluis.errors import BadField
from sluis.export import NO_HASH
from sluis.limits import HASH_SIZE
from sluis.primitives import sha256
from sluis.wire import Reader, Writer

FILE = "state"
_MAGIC = b"SLUISSTA"
_VERSION = 1


class BankState(IntEnum):
    """A bank goes round: free, open, closing (its header is being made), closed, free once acknowledged."""

    FREE = 0
    OPEN = 1
    CLOSING = 2
    CLOSED = 3


@dataclass(frozen=True)
class Bank:
    """One bank file; the fields of a free one are those of its last use, or zero."""

    state: BankState = BankState.FREE
    serial: int = 0
    opening_day: int = 0
    closing_day: int = 0
    header_hash: bytes = NO_HASH


def bank_file(index: int) -> str:
    """The name of a bank's file."""
    return f"bank-{index}"


@dataclass(frozen=True)
class State:
    """All banks; the last serial that was opened; the hash of the last export header.

    `floor` is the day of the last bank opening; `acknowledged_*` name the last export that a release
    acknowledged (0 and zeros before the first).
    """

    banks: tuple[Bank, ...]
    last_serial: int = 0
    previous_hash: bytes = NO_HASH
    floor: int = 0
    acknowledged_serial: int = 0
    acknowledged_hash: bytes = NO_HASH

    def find(self, state: BankState) -> int | None:
        """Index of a bank in this state: the free one that rested longest, or the oldest of another state."""
        found = [index for index, bank in enumerate(self.banks) if bank.state is state]
        return min(found, key=lambda index: self.banks[index].serial, default=None)

    def with_bank(self, index: int, bank: Bank) -> State:
        """The same with one bank changed."""
        return replace(self, banks=(*self.banks[:index], bank, *self.banks[index + 1 :]))

    def closed(self) -> list[Bank]:
        """The closed banks in order of serial."""
        closed = [bank for bank in self.banks if bank.state is BankState.CLOSED]
        return sorted(closed, key=lambda bank: bank.serial)

    def closed_index(self, serial: int) -> int:
        """The bank that is this export; raises BadField when there is none."""
        for index, bank in enumerate(self.banks):
            if bank.state is BankState.CLOSED and bank.serial == serial:
                return index
        raise BadField("no closed bank has this serial")

    def encode(self) -> bytes:
        """A constant number of bytes for a number of banks, with a checksum at the end."""
        writer = Writer().magic(_MAGIC, _VERSION).u8(len(self.banks))
        for bank in self.banks:
            writer.u8(bank.state).u64(bank.serial).u32(bank.opening_day).u32(bank.closing_day)
            writer.fixed(bank.header_hash, HASH_SIZE)
        writer.u64(self.last_serial).fixed(self.previous_hash, HASH_SIZE).u32(self.floor)
        writer.u64(self.acknowledged_serial).fixed(self.acknowledged_hash, HASH_SIZE)
        return writer.bytes() + sha256(writer.bytes())

    @classmethod
    def parse(cls, data: bytes) -> State:
        """Raises a FormatError; BadField when the checksum says that the file is damaged."""
        reader = Reader(data, "the mailroom's state")
        reader.magic(_MAGIC, (_VERSION,))
        if sha256(data[:-HASH_SIZE]) != data[-HASH_SIZE:]:
            raise BadField("the mailroom's state is damaged")
        banks = tuple(
            Bank(BankState(reader.u8()), reader.u64(), reader.u32(), reader.u32(), reader.fixed(HASH_SIZE))
            for _ in range(reader.u8())
        )
        state = cls(
            banks,
            last_serial=reader.u64(),
            previous_hash=reader.fixed(HASH_SIZE),
            floor=reader.u32(),
            acknowledged_serial=reader.u64(),
            acknowledged_hash=reader.fixed(HASH_SIZE),
        )
        reader.fixed(HASH_SIZE)
        reader.end()
        return state

    @classmethod
    def load(cls, disk: Disk) -> State:
        """From the store; raises a FormatError or OSError."""
        return cls.parse(disk.read(FILE, 0, disk.size(FILE)))

    def save(self, disk: Disk) -> None:
        """Into the store, at once and for good."""
        disk.replace(FILE, self.encode())
