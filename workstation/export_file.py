"""One export on a medium: checked as a whole, then read slot by slot (docs/protocol.md, "Export").

The medium is not trusted between two reads: each slot is opened anew whenever it is used, and opens only as
what its server sealed.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from sluis.bank import BankHeader, SlotContent, open_slot, slot_offset
from sluis.epoch import Epoch
from sluis.errors import BadField, SluisError, Truncated, WrongServer, WrongSize
from sluis.export import ExportHeader
from sluis.limits import BANK_PREFIX_SIZE, HEADER_BLOCK_SIZE, SLOT_SIZE

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class FoundCell:
    """Where one cell of a set lies: slot number, epoch whose key opens it."""

    slot: int
    epoch: Epoch


@dataclass
class Scan:
    """What a bank holds: cells by set and index, slots that do not open, whether the server signed it so."""

    sets: dict[bytes, dict[int, FoundCell]] = field(default_factory=dict)
    damaged: list[int] = field(default_factory=list)
    as_signed: bool = False


class ExportFile:
    """A context around the open file; the header is parsed, of the right size, but **not** verified."""

    def __init__(self, path: Path, instance_id: bytes) -> None:
        self._path = path
        self._instance_id = instance_id

    def __enter__(self) -> ExportFile:
        self._descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            size = os.fstat(self._descriptor).st_size
            self.header = self._parse(size)
            expected = self.header.site.bank_size
            if size < expected:
                raise Truncated(f"the export has {expected} bytes, this file {size}")
            if size != expected:
                raise WrongSize(f"the export has {expected} bytes, this file {size}")
        except BaseException:
            os.close(self._descriptor)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._descriptor)

    def _parse(self, size: int) -> ExportHeader:
        try:
            return ExportHeader.parse(self._read(0, HEADER_BLOCK_SIZE), self._instance_id)
        except WrongSize as error:
            raise Truncated(f"an export that ends after {size} bytes") from error

    def _read(self, offset: int, size: int) -> bytes:
        parts = []
        while size > 0 and (part := os.pread(self._descriptor, size, offset)):
            parts.append(part)
            offset += len(part)
            size -= len(part)
        return b"".join(parts)

    def bank_header(self) -> BankHeader:
        """The second block; raises a FormatError, or WrongServer when it is another bank's."""
        bank = BankHeader.parse(self._read(HEADER_BLOCK_SIZE, HEADER_BLOCK_SIZE), self._instance_id)
        header = self.header
        if bank.server_id != header.server_id:
            raise WrongServer("the bank is another server's than the export")
        if (bank.serial, bank.opening_day) != (header.serial, header.opening_day):
            raise BadField("the bank is another one than the export says")
        return bank

    def slot(self, bank_key: bytes, number: int) -> SlotContent | None:
        """One slot, opened; raises Unopenable or a FormatError."""
        sealed = self._read(slot_offset(number), SLOT_SIZE)
        return open_slot(bank_key, self.header.serial, number, sealed)

    def scan(self, bank_key: bytes, progress: Progress) -> Scan:
        """Reads the whole bank once: hashes it and opens every slot, with the memory of one slot."""
        found = Scan()
        digest = hashlib.sha256(self._read(HEADER_BLOCK_SIZE, BANK_PREFIX_SIZE - HEADER_BLOCK_SIZE))
        slots = self.header.site.slots
        for number in range(slots):
            sealed = self._read(slot_offset(number), SLOT_SIZE)
            digest.update(sealed)
            try:
                content = open_slot(bank_key, self.header.serial, number, sealed)
            except SluisError:
                found.damaged.append(number)
            else:
                if content is not None:
                    cells = found.sets.setdefault(content.set_id, {})
                    # A cell that stands twice is the same cell, put again; the first will do.
                    cells.setdefault(content.index, FoundCell(number, content.epoch))
            progress(number + 1, slots)
        found.as_signed = digest.digest() == self.header.body_hash
        return found
