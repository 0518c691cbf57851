"""The operators' client of the mailroom. It imports nothing that could open a seal.

Errors of the store arrive as the same classes of sluis.errors, by their code; MailroomDown when the socket
does not answer. A client may be used by many threads.
"""

from __future__ import annotations

import os

from mailroom.connection import Client
from mailroom.frames import CHUNK_MAX, Operation
from mailroom.messages import OperatorStatus, ReleaseReport
from sluis.limits import RELEASE_SIZE
from sluis.wire import Writer


class OperatorClient(Client):
    """For the operators' site: makes and hands out exports, takes in releases."""

    def __init__(self, socket_path: str | os.PathLike[str], timeout_s: float = 600) -> None:
        super().__init__(socket_path, timeout_s)

    def status(self) -> OperatorStatus:
        """Banks, release and server; raises MailroomDown."""
        return OperatorStatus.parse(self.ask(Operation.STATUS))

    def make_export(self) -> int:
        """Closes the open bank, opens the next; its serial. StoreFull when no bank is free or open."""
        return int.from_bytes(self.ask(Operation.MAKE_EXPORT), "big")

    def export_size(self) -> int:
        """Bytes of every export of this server."""
        return int.from_bytes(self.ask(Operation.EXPORT_SIZE), "big")

    def read_export(self, serial: int, offset: int, length: int) -> bytes:
        """Bytes of an export from `offset`: `length` of them, or fewer at its end.

        Identical however often it is asked. Raises BadField for a serial that is not a closed bank here.
        """
        parts = []
        while length > 0:
            fields = Writer().u64(serial).u64(offset).u32(min(length, CHUNK_MAX)).bytes()
            part = self.ask(Operation.READ_EXPORT, fields)
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
        return ReleaseReport.parse(self.ask(Operation.IMPORT, data[: RELEASE_SIZE + 1]))
