"""The source site's client of the mailroom: puts cells, fetches and deletes rows.

Errors of the store arrive as the same classes of sluis.errors, by their code; MailroomDown when the socket
does not answer. Each call has a connection of its own, so a client may be used by many threads; a SetWriter
belongs to one thread.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from types import TracebackType

from mailroom.connection import Client, Connection
from mailroom.errors import MailroomDown, StaleEpoch
from mailroom.frames import Operation
from mailroom.messages import StoreStatus
from sluis.epoch import Epoch
from sluis.errors import SluisError
from sluis.limits import CELL_SIZE, HASH_SIZE, ID_SIZE, MAX_LIVE_ROWS, REPLY_CELL_SIZE, TAGS_PER_LOGIN
from sluis.ring import Row
from sluis.wire import Reader, Writer

__all__ = ["MailroomDown", "SetWriter", "SourceClient", "StaleEpoch", "StoreStatus"]


class SetWriter:
    """Puts one set of cells; a context manager that aborts the set unless commit() was called."""

    def __init__(self, connection: Connection) -> None:
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


class SourceClient(Client):
    """For the source site: puts cells, fetches and deletes reply rows."""

    def __init__(self, socket_path: str | os.PathLike[str], timeout_s: float = 60) -> None:
        super().__init__(socket_path, timeout_s)

    def status(self) -> StoreStatus:
        """What the site may know; raises MailroomDown."""
        return StoreStatus.parse(self.ask(Operation.STATUS))

    def open_set(self, set_id: bytes, *, text: bool) -> SetWriter:
        """Begins a set (id of 16 bytes); `text` sets may use the slots that files may not."""
        connection = self.connect()
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
        reader = Reader(self.ask(Operation.FETCH, writer.bytes()), "rows")
        rows = [Row(reader.fixed(HASH_SIZE), reader.fixed(REPLY_CELL_SIZE)) for _ in range(MAX_LIVE_ROWS)]
        reader.end()
        return rows

    def delete_row(self, tag: bytes) -> None:
        """Overwrites the row with this tag by an unused one, on disk, within some ticks.

        A tag that no row has costs the same work and is no error.
        """
        self.ask(Operation.DELETE, Writer().fixed(tag, HASH_SIZE).bytes())
