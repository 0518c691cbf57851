"""The two clients of the mailroom: one for the source site, one for the operators' site.

Errors of the store arrive as the same classes of sluis.errors, by their code; MailroomDown when the socket
does not answer. Each call has a connection of its own, so a client may be used by many threads; a SetWriter
belongs to one thread.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from types import TracebackType

from mailroom.errors import MailroomDown, StaleEpoch
from mailroom.frames import (
    ANSWER_MAX,
    CHUNK_MAX,
    Operation,
    receive_frame,
    request,
    send_frame,
    take_answer,
)
from mailroom.messages import ClosedBank, OperatorStatus, ReleaseReport, StoreStatus
from sluis.epoch import Epoch
from sluis.errors import FormatError, SluisError
from sluis.limits import CELL_SIZE, HASH_SIZE, ID_SIZE, MAX_LIVE_ROWS, REPLY_CELL_SIZE, TAGS_PER_LOGIN
from sluis.release import RELEASE_SIZE
from sluis.ring import Row
from sluis.wire import Reader, Writer

__all__ = [
    "ClosedBank",
    "MailroomDown",
    "OperatorClient",
    "OperatorStatus",
    "ReleaseReport",
    "SetWriter",
    "SourceClient",
    "StaleEpoch",
    "StoreStatus",
]


class _Connection:
    """One connection: a frame out, a frame in."""

    def __init__(self, path: str | os.PathLike[str], timeout_s: float) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(timeout_s)
        try:
            self._socket.connect(os.fspath(path))
        except OSError as error:
            self._socket.close()
            raise MailroomDown("the mailroom's socket does not answer") from error

    def ask(self, operation: Operation, fields: bytes = b"") -> bytes:
        """The fields of the answer; raises the store's error, or MailroomDown."""
        try:
            send_frame(self._socket, request(operation, fields))
            body = receive_frame(self._socket, ANSWER_MAX)
        except (OSError, EOFError, FormatError) as error:
            raise MailroomDown("the mailroom stopped answering") from error
        return take_answer(body)

    def close(self) -> None:
        """Closes; twice does no harm."""
        self._socket.close()


class _Client:
    """What both clients share: a fresh connection for each request."""

    def __init__(self, socket_path: str | os.PathLike[str], timeout_s: float) -> None:
        self._path = socket_path
        self._timeout_s = timeout_s

    def _connect(self) -> _Connection:
        return _Connection(self._path, self._timeout_s)

    def _ask(self, operation: Operation, fields: bytes = b"") -> bytes:
        connection = self._connect()
        try:
            return connection.ask(operation, fields)
        finally:
            connection.close()


class SetWriter:
    """Puts one set of cells; a context manager that aborts the set unless commit() was called."""

    def __init__(self, connection: _Connection) -> None:
        self._connection = connection
        self._open = True

    def __enter__(self) -> SetWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.abort()

    def put(self, epoch: Epoch, index: int, cell: bytes) -> None:
        """Hands over one sealed cell (65,536 bytes); indexes count up from 0.

        Raises StaleEpoch (seal this cell again under the status of now, put it again with the same index),
        StoreFull, Expired, TooLarge or MailroomDown. The cell is safe only when commit() has returned.
        """
        fields = Writer().u32(epoch.release).u32(epoch.day).u32(index).fixed(cell, CELL_SIZE)
        self._connection.ask(Operation.PUT, fields.bytes())

    def commit(self) -> None:
        """Returns when every cell of the set is on disk; raises MailroomDown."""
        self._connection.ask(Operation.COMMIT)
        self._open = False
        self._connection.close()

    def abort(self) -> None:
        """Frees the slots of the set at once; after commit() or a second time it does nothing."""
        if not self._open:
            return
        self._open = False
        try:
            self._connection.ask(Operation.ABORT)
        except SluisError:
            return  # a mailroom that does not answer aborts the set when it sees the connection close
        finally:
            self._connection.close()


class SourceClient(_Client):
    """For the source site: puts cells, fetches and deletes reply rows."""

    def __init__(self, socket_path: str | os.PathLike[str], timeout_s: float = 60) -> None:
        super().__init__(socket_path, timeout_s)

    def status(self) -> StoreStatus:
        """What the site may know; raises MailroomDown."""
        return StoreStatus.parse(self._ask(Operation.STATUS))

    def open_set(self, set_id: bytes, *, text: bool) -> SetWriter:
        """Begins a set (id of 16 bytes); `text` sets may use the slots that files may not."""
        connection = self._connect()
        try:
            connection.ask(Operation.OPEN_SET, Writer().fixed(set_id, ID_SIZE).u8(text).bytes())
        except BaseException:
            connection.close()
            raise
        return SetWriter(connection)

    def fetch_rows(self, tags: Sequence[bytes]) -> list[Row]:
        """Always 16 rows in random order: the rows with one of these tags (at most 120), and other rows."""
        writer = Writer().u8(min(len(tags), TAGS_PER_LOGIN + 1))  # one too many is refused over there
        for tag in tags[: TAGS_PER_LOGIN + 1]:
            writer.fixed(tag, HASH_SIZE)
        reader = Reader(self._ask(Operation.FETCH, writer.bytes()), "rows")
        rows = [Row(reader.fixed(HASH_SIZE), reader.fixed(REPLY_CELL_SIZE)) for _ in range(MAX_LIVE_ROWS)]
        reader.end()
        return rows

    def delete_row(self, tag: bytes) -> None:
        """Overwrites the row with this tag by an unused one, on disk, within some ticks.

        A tag that no row has costs the same work and is no error.
        """
        self._ask(Operation.DELETE, Writer().fixed(tag, HASH_SIZE).bytes())


class OperatorClient(_Client):
    """For the operators' site: makes and hands out exports, takes in releases."""

    def __init__(self, socket_path: str | os.PathLike[str], timeout_s: float = 600) -> None:
        super().__init__(socket_path, timeout_s)

    def status(self) -> OperatorStatus:
        """Banks, release and server; raises MailroomDown."""
        return OperatorStatus.parse(self._ask(Operation.STATUS))

    def make_export(self) -> int:
        """Closes the open bank, opens the next; its serial. StoreFull when no bank is free or open."""
        return int.from_bytes(self._ask(Operation.MAKE_EXPORT), "big")

    def export_size(self) -> int:
        """Bytes of every export of this server."""
        return int.from_bytes(self._ask(Operation.EXPORT_SIZE), "big")

    def read_export(self, serial: int, offset: int, length: int) -> bytes:
        """Bytes of an export from `offset`: `length` of them, or fewer at its end.

        Identical however often it is asked. Raises BadField for a serial that is not a closed bank here.
        """
        parts = []
        while length > 0:
            fields = Writer().u64(serial).u64(offset).u32(min(length, CHUNK_MAX)).bytes()
            part = self._ask(Operation.READ_EXPORT, fields)
            if not part:
                break
            parts.append(part)
            offset += len(part)
            length -= len(part)
        return b"".join(parts)

    def import_release(self, data: bytes) -> ReleaseReport:
        """Takes in a release file; every refusal leaves all as it was.

        Raises NotOurs, UnknownVersion, WrongSize, WrongInstance, WrongServer, Unopenable, BadSignature,
        another FormatError, RolledBack, Replayed, Forked, Expired.
        """
        # A larger file is wrong whatever follows; what is sent is enough to be refused for its size.
        return ReleaseReport.parse(self._ask(Operation.IMPORT, data[: RELEASE_SIZE + 1]))
