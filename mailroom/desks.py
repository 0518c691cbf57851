"""Requests as bytes to calls of the room: one desk for a connection of each kind."""

from __future__ import annotations

from mailroom.frames import CHUNK_MAX, Operation
from mailroom.intake import OpenSet
from mailroom.store import Mailroom
from sluis.epoch import Epoch
from sluis.errors import BadField
from sluis.limits import CELL_SIZE, HASH_SIZE, ID_SIZE, TAGS_PER_LOGIN
from sluis.wire import Reader, Writer


def _operation(number: int) -> Operation:
    try:
        return Operation(number)
    except ValueError as error:
        raise BadField("no such request") from error


def _empty(fields: bytes) -> None:
    Reader(fields, "a request").end()


class SourceDesk:
    """One connection of the source site; holds at most one open set."""

    def __init__(self, room: Mailroom) -> None:
        self._room = room
        self._set: OpenSet | None = None

    def answer(self, number: int, fields: bytes) -> bytes:
        """The fields of the answer; raises a SluisError, or OSError when the disk fails."""
        operation = _operation(number)
        if operation is Operation.PUT:
            return self._put(fields)
        reader = Reader(fields, "a request")
        if operation is Operation.OPEN_SET:
            set_id, text = reader.fixed(ID_SIZE), reader.u8()
            reader.end()
            return self._open(set_id, text)
        if operation is Operation.FETCH:
            tags = [reader.fixed(HASH_SIZE) for _ in range(reader.count(TAGS_PER_LOGIN))]
            reader.end()
            return b"".join(row.tag + row.cell for row in self._room.fetch_rows(tags))
        if operation is Operation.DELETE:
            tag = reader.fixed(HASH_SIZE)
            reader.end()
            self._room.delete_row(tag)
            return b""
        reader.end()
        return self._plain(operation)

    def _plain(self, operation: Operation) -> bytes:
        """Requests without fields."""
        if operation is Operation.STATUS:
            return self._room.status().encode()
        if operation is Operation.COMMIT:
            self._room.commit(self._current())
            self._set = None
            return b""
        if operation is Operation.ABORT:
            self.end()
            return b""
        raise BadField("not a request of the source site")

    def _open(self, set_id: bytes, text: int) -> bytes:
        if self._set is not None or text > 1:
            raise BadField("a connection carries one set at a time")
        self._set = self._room.open_set(set_id, text=bool(text))
        return b""

    def _put(self, fields: bytes) -> bytes:
        reader = Reader(fields, "a cell to put")
        epoch, index, cell = Epoch(reader.u32(), reader.u32()), reader.u32(), reader.fixed(CELL_SIZE)
        reader.end()
        self._room.put(self._current(), epoch, index, cell)
        return b""

    def _current(self) -> OpenSet:
        if self._set is None:
            raise BadField("no set is open on this connection")
        return self._set

    def end(self) -> None:
        """The connection ends: a set that was not committed is aborted."""
        cells, self._set = self._set, None
        if cells is not None:
            self._room.abort(cells)


class OperatorDesk:
    """One connection of the operators' site."""

    def __init__(self, room: Mailroom) -> None:
        self._room = room

    def answer(self, number: int, fields: bytes) -> bytes:
        """The fields of the answer; raises a SluisError, or OSError when the disk fails."""
        operation = _operation(number)
        if operation is Operation.IMPORT:
            return self._room.import_release(fields).encode()
        if operation is Operation.READ_EXPORT:
            return self._read(fields)
        _empty(fields)
        if operation is Operation.STATUS:
            return self._room.operator_status().encode()
        if operation is Operation.MAKE_EXPORT:
            return Writer().u64(self._room.make_export()).bytes()
        if operation is Operation.EXPORT_SIZE:
            return Writer().u64(self._room.export_size()).bytes()
        raise BadField("not a request of the operators' site")

    def _read(self, fields: bytes) -> bytes:
        reader = Reader(fields, "a part of an export to read")
        serial, offset, length = reader.u64(), reader.u64(), reader.u32()
        reader.end()
        if length > CHUNK_MAX or offset > self._room.export_size():
            raise BadField("a part outside the export, or too long for one answer")
        return self._room.read_export(serial, offset, length)

    def end(self) -> None:
        """Nothing is held for a connection."""
