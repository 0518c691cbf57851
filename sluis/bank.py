"""Banks and slots as bytes (docs/protocol.md, "Bank").

A bank file: export header block 4,096 || bank header block 4,096 || slots of 65,592 bytes each. The export
header block is zero until the bank is closed; an export is the file, verbatim.
"""

from __future__ import annotations

from dataclasses import dataclass

from sluis.epoch import Epoch
from sluis.errors import BadField, WrongInstance, WrongSize
from sluis.limits import (
    BANK_PREFIX_SIZE,
    CELL_SIZE,
    HEADER_BLOCK_SIZE,
    HPKE_OVERHEAD,
    ID_SIZE,
    KEY_SIZE,
    SLOT_CONTENT_SIZE,
    SLOT_SIZE,
)
from sluis.primitives import aead_open, aead_seal, label
from sluis.sealing import OpeningKey, SealingKey
from sluis.wire import Reader, Writer

_MAGIC = b"SLUISBNK"
_VERSION = 1
_SEALED_KEY_SIZE = KEY_SIZE + HPKE_OVERHEAD
_FREE = bytes(SLOT_CONTENT_SIZE)


@dataclass(frozen=True)
class SlotContent:
    """A taken slot: the epoch whose key opens the cell, its set and place in it, the cell (65,536 bytes)."""

    epoch: Epoch
    set_id: bytes
    index: int
    cell: bytes

    def encode(self) -> bytes:
        """SLOT_CONTENT_SIZE bytes."""
        writer = Writer().u32(self.epoch.release).day(self.epoch.day).fixed(self.set_id, ID_SIZE)
        return writer.u32(self.index).fixed(self.cell, CELL_SIZE).bytes()


def slot_offset(slot: int) -> int:
    """Where a slot begins in the bank file."""
    return BANK_PREFIX_SIZE + slot * SLOT_SIZE


def _slot_aad(serial: int, slot: int) -> bytes:
    return label("slot") + serial.to_bytes(8, "big") + slot.to_bytes(4, "big")


def seal_slot(bank_key: bytes, serial: int, slot: int, content: SlotContent | None) -> bytes:
    """65,592 bytes under a fresh nonce; `None` makes a free slot, which looks the same."""
    plain = _FREE if content is None else content.encode()
    return aead_seal(bank_key, plain, _slot_aad(serial, slot))


def open_slot(bank_key: bytes, serial: int, slot: int, sealed: bytes) -> SlotContent | None:
    """The content, or None for a free slot; raises Unopenable when damaged or moved."""
    if len(sealed) != SLOT_SIZE:
        raise WrongSize("a slot has 65,592 bytes")
    plain = aead_open(bank_key, sealed, _slot_aad(serial, slot))
    if plain == _FREE:
        return None
    reader = Reader(plain, "a slot")
    epoch = Epoch(reader.u32(), reader.day())
    content = SlotContent(epoch, reader.fixed(ID_SIZE), reader.u32(), reader.fixed(CELL_SIZE))
    reader.end()
    return content


@dataclass(frozen=True)
class BankHeader:
    """The second block of a bank: whose it is, its serial, the epoch and the sealed K_bank (1,168 bytes)."""

    instance_id: bytes
    server_id: bytes
    serial: int
    opening_day: int
    epoch: Epoch
    sealed_key: bytes

    def encode(self) -> bytes:
        """4,096 bytes."""
        writer = Writer().magic(_MAGIC, _VERSION).fixed(self.instance_id, ID_SIZE)
        writer.fixed(self.server_id, ID_SIZE).u64(self.serial).day(self.opening_day)
        writer.u32(self.epoch.release).day(self.epoch.day)
        return writer.fixed(self.sealed_key, _SEALED_KEY_SIZE).pad(HEADER_BLOCK_SIZE).bytes()

    @classmethod
    def parse(cls, block: bytes, instance_id: bytes) -> BankHeader:
        """Raises a FormatError or WrongInstance."""
        reader = Reader(block, "a bank")
        reader.magic(_MAGIC, (_VERSION,))
        if reader.fixed(ID_SIZE) != instance_id:
            raise WrongInstance("a bank of another instance")
        header = cls(
            instance_id,
            server_id=reader.fixed(ID_SIZE),
            serial=reader.u64(),
            opening_day=reader.day(),
            epoch=Epoch(reader.u32(), reader.day()),
            sealed_key=reader.fixed(_SEALED_KEY_SIZE),
        )
        reader.zeros_to(HEADER_BLOCK_SIZE)
        reader.end()
        return header

    def open_key(self, epoch_key: OpeningKey) -> bytes:
        """K_bank (32 bytes); raises Unopenable."""
        return epoch_key.open(self.sealed_key, bank_key_info(self.instance_id, self.server_id, self.serial))


def bank_key_info(instance_id: bytes, server_id: bytes, serial: int) -> bytes:
    """HPKE info of a sealed K_bank."""
    return label("bank") + instance_id + server_id + serial.to_bytes(8, "big")


def make_bank_header(
    instance_id: bytes,
    server_id: bytes,
    serial: int,
    opening_day: int,
    epoch: Epoch,
    epoch_key: SealingKey,
    bank_key: bytes,
) -> BankHeader:
    """A bank header with K_bank sealed to the epoch key, the only way back to it once the bank is closed."""
    if len(bank_key) != KEY_SIZE:
        raise BadField("K_bank has 32 bytes")
    sealed = epoch_key.seal(bank_key, bank_key_info(instance_id, server_id, serial))
    return BankHeader(instance_id, server_id, serial, opening_day, epoch, sealed)
