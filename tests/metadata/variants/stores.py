"""Stores with one protection taken away."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from unittest.mock import patch

import mailroom.banks
import mailroom.imports
from mailroom.banks import OpenBank
from mailroom.ring import Place, Ring, RingFile, RowWrite, make_ring_file
from mailroom.scratch import SlotWrite
from sluis.bank import SlotContent, open_slot, seal_slot
from sluis.limits import HASH_SIZE, REPLY_CELL_SIZE, SLOT_SIZE
from sluis.ring import Row


@contextmanager
def free_slots_as_zeros() -> Iterator[None]:
    """Free slots are not sealed: they hold zeros."""

    def seal(key: bytes, serial: int, slot: int, content: SlotContent | None) -> bytes:
        return bytes(SLOT_SIZE) if content is None else seal_slot(key, serial, slot, content)

    def opened(key: bytes, serial: int, slot: int, sealed: bytes) -> SlotContent | None:
        return open_slot(key, serial, slot, sealed) if any(sealed) else None

    with patch.multiple(mailroom.banks, seal_slot=seal, open_slot=opened):
        yield


def random_row() -> Row:
    """An unused row of random bytes, which no HPKE made."""
    return Row(secrets.token_bytes(HASH_SIZE), secrets.token_bytes(REPLY_CELL_SIZE))


@contextmanager
def covers_on_free_slots_only() -> Iterator[None]:
    """A tick with nothing to write re-seals a free slot, never a taken one."""

    def seal_again(bank: OpenBank, slot: int) -> SlotWrite:
        return bank.seal(secrets.choice(bank._free) if bank._free else slot, None)

    with patch.object(OpenBank, "seal_again", seal_again):
        yield


@contextmanager
def delete_flag_only() -> Iterator[None]:
    """A deleted row is no longer found, but written again with what was in it."""
    genuine = Ring.sealed

    def sealed(ring: Ring, place: Place, content: Row | None = None) -> RowWrite:
        del content
        return genuine(ring, place)

    with patch.object(Ring, "sealed", sealed):
        yield


@contextmanager
def key_in_the_file() -> Iterator[None]:
    """A ring file ends with the key that opens it."""

    def make(release: int, rows: Sequence[Row]) -> RingFile:
        file = make_ring_file(release, rows)
        return replace(file, data=file.data + file.key)

    with patch.object(mailroom.imports, "make_ring_file", make):
        yield
