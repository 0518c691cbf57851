"""One connection to the mailroom: a frame out, a frame in. Both clients use it."""

from __future__ import annotations

import os
import socket

from mailroom.errors import MailroomDown
from mailroom.frames import ANSWER_MAX, Operation, receive_frame, request, send_frame, take_answer
from sluis.errors import FormatError


class Connection:
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


class Client:
    """What both clients share: a fresh connection for each request."""

    def __init__(self, socket_path: str | os.PathLike[str], timeout_s: float) -> None:
        self._path = socket_path
        self._timeout_s = timeout_s

    def connect(self) -> Connection:
        """A fresh connection; raises MailroomDown."""
        return Connection(self._path, self._timeout_s)

    def ask(self, operation: Operation, fields: bytes = b"") -> bytes:
        """One request over a connection of its own: the fields of the answer, or the store's error."""
        connection = self.connect()
        try:
            return connection.ask(operation, fields)
        finally:
            connection.close()
