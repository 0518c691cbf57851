"""Stores with one protection taken away, in this process, for as long as the context lasts."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from unittest.mock import patch

import mailroom.banks
import mailroom.imports
import sluis.keytree
import sluis.ring
from mailroom.banks import OpenBank
from mailroom.disk import Disk
from mailroom.imports import Imports
from mailroom.ring import Place, Ring, RingFile, RowWrite, make_ring_file
from mailroom.scratch import SlotWrite
from mailroom.store import Mailroom
from sluis.bank import SlotContent, open_slot, seal_slot
from sluis.limits import SLOT_SIZE
from sluis.primitives import sha256
from sluis.ring import Row
from tests.property.test_mailroom_crash import acknowledging_early


@contextmanager
def free_slots_as_zeros() -> Iterator[None]:
    """Free slots are not sealed: they hold zeros."""

    def seal(key: bytes, serial: int, slot: int, content: SlotContent | None) -> bytes:
        return bytes(SLOT_SIZE) if content is None else seal_slot(key, serial, slot, content)

    def opened(key: bytes, serial: int, slot: int, sealed: bytes) -> SlotContent | None:
        return open_slot(key, serial, slot, sealed) if any(sealed) else None

    with patch.multiple(mailroom.banks, seal_slot=seal, open_slot=opened):
        yield


@contextmanager
def random_rows() -> Iterator[None]:
    """The cell of an unused row is random bytes, which no HPKE made."""
    with patch.object(sluis.ring, "throwaway_seal", secrets.token_bytes):
        yield


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


@contextmanager
def acknowledged_before_it_is_synced() -> Iterator[None]:
    """A cell or row is acknowledged while it is only in the page cache."""
    genuine = Mailroom.__init__

    def made(room: Mailroom, *given: Disk, **more: object) -> None:
        genuine(room, *given, **more)  # type: ignore[arg-type]
        acknowledging_early(room)

    with patch.object(Mailroom, "__init__", made):
        yield


@contextmanager
def freed_without_a_receipt() -> Iterator[None]:
    """A server takes any release as the receipt for all that it handed out."""
    genuine = Imports.finish

    def finish(imports: Imports) -> tuple[int, ...]:
        stores = imports._stores
        if stores.released is not None and (closed := stores.state.closed()):
            newest = closed[-1]
            stores.released = replace(
                stores.released, acknowledged_serial=newest.serial, acknowledged_hash=newest.header_hash
            )
        return genuine(imports)

    with patch.object(Imports, "finish", finish):
        yield


@contextmanager
def tags_that_count() -> Iterator[None]:
    """H(thread) || i: all tags of a source are the same but for their end."""

    def tag(k_tag: bytes, _label: bytes, instance_id: bytes, release: bytes, row: bytes) -> bytes:
        return sha256(instance_id, k_tag)[:28] + release[1:] + row

    with patch.object(sluis.keytree, "hmac_sha256", tag):
        yield
