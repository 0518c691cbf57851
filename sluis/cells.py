"""Cells: an OpenPGP stream cut into sealed pieces of exactly 65,536 bytes (docs/protocol.md, "Cells").

Inside a cell: set id 16 || index 4 || kind 1 || length 4 || payload || zeros, 64,400 bytes in all. The last
cell ends with the manifest: number of cells 4 || length of the stream 8 || SHA-256 of the stream 32. Set id
and index are inside as well as beside the seal, so that a slot can not be passed off as another.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum

from sluis.errors import BadField, Truncated
from sluis.limits import (
    CELL_CAPACITY,
    CELL_HEADER_SIZE,
    CELL_PLAIN_SIZE,
    HASH_SIZE,
    ID_SIZE,
    LAST_CELL_CAPACITY,
    MANIFEST_SIZE,
    MAX_SET_CELLS,
)
from sluis.padding import cells_for
from sluis.primitives import label
from sluis.sealing import OpeningKey, SealingKey
from sluis.wire import Reader, Writer


class CellKind(IntEnum):
    """What a cell carries."""

    DATA = 0
    FILLER = 1
    LAST = 2


@dataclass(frozen=True)
class Cell:
    """An opened cell; `manifest` is (cells, length, hash) in the last one, else None."""

    set_id: bytes
    index: int
    kind: CellKind
    payload: bytes
    manifest: tuple[int, int, bytes] | None


def cell_info(instance_id: bytes) -> bytes:
    """HPKE info of every cell of this instance."""
    return label("cell") + instance_id


def seal_cell(key: SealingKey, instance_id: bytes, plain: bytes) -> bytes:
    """Seals one plain cell of 64,400 bytes to an epoch key: 65,536 bytes."""
    if len(plain) != CELL_PLAIN_SIZE:
        raise BadField("a plain cell has 64,400 bytes")
    return key.seal(plain, cell_info(instance_id))


def open_cell(key: OpeningKey, instance_id: bytes, sealed: bytes) -> Cell:
    """Opens and parses one cell; raises Unopenable or a FormatError."""
    reader = Reader(key.open(sealed, cell_info(instance_id)), "a cell")
    set_id = reader.fixed(ID_SIZE)
    index = reader.u32()
    try:
        kind = CellKind(reader.u8())
    except ValueError as error:
        raise BadField("a cell of an unknown kind") from error
    length = reader.u32()
    limit = {CellKind.DATA: CELL_CAPACITY, CellKind.FILLER: 0, CellKind.LAST: LAST_CELL_CAPACITY}[kind]
    if length > limit:
        raise BadField("a cell's length is over its capacity")
    payload = reader.fixed(length)
    manifest = None
    if kind is CellKind.LAST:
        reader.zeros_to(CELL_PLAIN_SIZE - MANIFEST_SIZE)
        manifest = (reader.u32(), reader.u64(), reader.fixed(HASH_SIZE))
    else:
        reader.zeros_to(CELL_PLAIN_SIZE)
    reader.end()
    return Cell(set_id, index, kind, payload, manifest)


class CellSplitter:
    """Cuts a stream into plain cells; memory is bounded by one cell."""

    def __init__(self, set_id: bytes) -> None:
        self.set_id = set_id
        self._pending = bytearray()
        self._index = 0
        self._total = 0
        self._digest = hashlib.sha256()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Takes bytes of the stream, gives each plain cell (64,400 bytes) that is full."""
        self._digest.update(data)
        self._total += len(data)
        self._pending += data
        while len(self._pending) > CELL_CAPACITY:
            payload = bytes(self._pending[:CELL_CAPACITY])
            del self._pending[:CELL_CAPACITY]
            yield self._next(CellKind.DATA, payload)

    def finish(self) -> Iterator[bytes]:
        """The rest: data, fillers up the size ladder, and the last cell with the manifest."""
        rest = bytes(self._pending)
        self._pending.clear()
        needed = self._index + (1 if len(rest) <= LAST_CELL_CAPACITY else 2)
        count = cells_for(needed)
        if self._index + 1 < count:
            yield self._next(CellKind.DATA, rest)
            rest = b""
        while self._index + 1 < count:
            yield self._next(CellKind.FILLER, b"")
        yield self._next(CellKind.LAST, rest)

    def _next(self, kind: CellKind, payload: bytes) -> bytes:
        writer = Writer().fixed(self.set_id, ID_SIZE).u32(self._index).u8(kind).u32(len(payload))
        writer.fixed(payload, len(payload))
        self._index += 1
        if kind is CellKind.LAST:
            writer.pad(CELL_PLAIN_SIZE - MANIFEST_SIZE)
            writer.u32(self._index).u64(self._total).fixed(self._digest.digest(), HASH_SIZE)
        return writer.pad(CELL_PLAIN_SIZE).bytes()


def join_cells(cells: Iterable[Cell], set_id: bytes) -> Iterator[bytes]:
    """The stream of one set from its opened cells in order of index.

    Raises Truncated when one is missing, BadField when one does not belong, or when length or hash do not
    agree with the manifest; what was given out before that must not be used.
    """
    digest = hashlib.sha256()
    total = 0
    expected = 0
    manifest: tuple[int, int, bytes] | None = None
    for cell in cells:
        if cell.set_id != set_id or manifest is not None or expected >= MAX_SET_CELLS:
            raise BadField("a cell that does not belong to this set")
        if cell.index != expected:
            raise Truncated("a cell of this set is missing")
        expected += 1
        digest.update(cell.payload)
        total += len(cell.payload)
        manifest = cell.manifest
        if cell.payload:
            yield cell.payload
    if manifest is None:
        raise Truncated("the last cell of this set is missing")
    if manifest != (expected, total, digest.digest()):
        raise BadField("the manifest of this set does not agree with its cells")


assert CELL_HEADER_SIZE == ID_SIZE + 4 + 1 + 4
