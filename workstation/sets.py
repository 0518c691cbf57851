"""Sets of cells: from one export or from several, opened in order (docs/protocol.md, "Cells").

Cells that wait for the others are kept **opened**, under a vault key: by the time the others come, the day's
key may have been erased. What they carry is still OpenPGP ciphertext.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sluis.cells import Cell, CellKind, open_cell
from sluis.epoch import Epoch
from sluis.errors import BadField, Truncated
from sluis.limits import CELL_CAPACITY, HASH_SIZE, ID_SIZE
from sluis.sealing import OpeningKey
from sluis.wire import Reader, Writer
from workstation.errors import KeyErased
from workstation.export_file import ExportFile, FoundCell
from workstation.models import PendingPart
from workstation.vault import Staging, Vault, VaultKey

_NO_MANIFEST = (0, 0, bytes(HASH_SIZE))
_RECORD_SIZE = ID_SIZE + 4 + 1 + 4 + 8 + HASH_SIZE + 2


class EpochKeys:
    """The keys of the days that are not erased, made from their seeds when first used."""

    def __init__(self, seeds: Mapping[Epoch, bytes]) -> None:
        self._seeds = seeds
        self._made: dict[Epoch, OpeningKey] = {}

    def key(self, epoch: Epoch) -> OpeningKey:
        """Raises KeyErased when there is no seed (any more)."""
        if epoch not in self._made:
            if epoch not in self._seeds:
                raise KeyErased("the key of that day was erased")
            self._made[epoch] = OpeningKey(self._seeds[epoch])
        return self._made[epoch]


@dataclass
class CellSet:
    """All cells known of one set: those in this export, and those kept from exports before."""

    set_id: bytes
    bank: Mapping[int, FoundCell]
    parts: list[PendingPart] = field(default_factory=list)

    @property
    def indexes(self) -> set[int]:
        """The numbers of all cells known."""
        known = set(self.bank)
        for part in self.parts:
            known.update(part_indexes(part))
        return known


def part_indexes(part: PendingPart) -> list[int]:
    """The numbers of the cells in a part, in order."""
    raw = part.indexes
    return [int.from_bytes(raw[at : at + 4], "big") for at in range(0, len(raw), 4)]


class SetReader:
    """Opens the cells of sets out of one export and the vault."""

    def __init__(
        self, export: ExportFile, bank_key: bytes, keys: EpochKeys, instance_id: bytes, vault: Vault
    ) -> None:
        self._export = export
        self._bank_key = bank_key
        self._keys = keys
        self._instance_id = instance_id
        self._vault = vault

    def _from_bank(self, found: FoundCell) -> Cell:
        content = self._export.slot(self._bank_key, found.slot)
        if content is None or content.epoch != found.epoch:
            raise BadField("a slot changed while it was read")
        return open_cell(self._keys.key(found.epoch), self._instance_id, content.cell)

    def _bank_cells(self, cells: CellSet) -> Iterator[Cell]:
        for index in sorted(cells.bank):
            cell = self._from_bank(cells.bank[index])
            if (cell.set_id, cell.index) != (cells.set_id, index):
                raise BadField("a cell in a slot that names another")
            yield cell

    def _part_cells(self, part: PendingPart) -> Iterator[Cell]:
        pending = bytearray()
        for chunk in self._vault.read(VaultKey(part.vault_name, part.vault_key)):
            pending += chunk
            while (size := _record_size(pending)) is not None:
                yield _parse_record(bytes(pending[:size]))
                del pending[:size]
        if pending:
            raise Truncated("a kept cell ends too early")

    def cells(self, cells: CellSet) -> Iterator[Cell]:
        """All cells in order of index, each once, with the memory of one cell for each export."""
        streams = [self._bank_cells(cells), *(self._part_cells(part) for part in cells.parts)]
        last = -1
        for cell in heapq.merge(*streams, key=lambda cell: cell.index):
            if cell.index != last:
                yield cell
            last = cell.index

    def is_complete(self, cells: CellSet) -> bool:
        """Whether every cell that the last one counts is there; raises when they contradict each other."""
        indexes = cells.indexes
        top = max(indexes)
        last = self._one(cells, top)
        if last.kind is not CellKind.LAST or last.manifest is None:
            return False
        if last.manifest[0] != top + 1:
            raise BadField("the manifest of this set does not agree with its cells")
        return len(indexes) == top + 1

    def _one(self, cells: CellSet, index: int) -> Cell:
        if index in cells.bank:
            return self._from_bank(cells.bank[index])
        part = next(part for part in cells.parts if index in part_indexes(part))
        return next(cell for cell in self._part_cells(part) if cell.index == index)

    def keep(self, cells: CellSet, staging: Staging) -> PendingPart:
        """Keeps this export's cells of an incomplete set in a vault file; raises when one does not open."""
        writer = staging.create()
        try:
            for cell in self._bank_cells(cells):
                writer.write(_encode_record(cell))
        except BaseException:
            staging.discard(writer)
            raise
        kept = writer.finish()
        indexes = b"".join(index.to_bytes(4, "big") for index in sorted(cells.bank))
        return PendingPart(indexes=indexes, vault_name=kept.name, vault_key=kept.key)


def _encode_record(cell: Cell) -> bytes:
    count, length, digest = cell.manifest or _NO_MANIFEST
    head = Writer().fixed(cell.set_id, ID_SIZE).u32(cell.index).u8(cell.kind)
    head.u32(count).u64(length).fixed(digest, HASH_SIZE)
    return head.var(cell.payload, CELL_CAPACITY).bytes()


def _record_size(data: bytearray) -> int | None:
    if len(data) < _RECORD_SIZE:
        return None
    size = _RECORD_SIZE + int.from_bytes(data[_RECORD_SIZE - 2 : _RECORD_SIZE], "big")
    return size if len(data) >= size else None


def _parse_record(data: bytes) -> Cell:
    reader = Reader(data, "a kept cell")
    set_id, index, kind = reader.fixed(ID_SIZE), reader.u32(), CellKind(reader.u8())
    manifest = (reader.u32(), reader.u64(), reader.fixed(HASH_SIZE))
    payload = reader.var(CELL_CAPACITY)
    reader.end()
    return Cell(set_id, index, kind, payload, manifest if kind is CellKind.LAST else None)
