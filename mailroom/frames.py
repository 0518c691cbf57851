"""How the mailroom and its clients speak over a unix socket: length-prefixed frames, strictly bounded.

A frame is `length 4 (big-endian) || body`; the length is checked against the reader's limit before anything
is allocated. A request's body is `operation 1 || fields`, an answer's is `0 || fields`, or
`1 || code || detail 4 || message` for an error (docs/protocol.md, "Mailroom sockets").
"""

from __future__ import annotations

import socket
from enum import IntEnum

from mailroom.errors import error_by_code
from sluis.errors import BadField, SluisError, Truncated, UnknownVersion
from sluis.limits import CELL_SIZE, HASH_SIZE, MAX_LIVE_ROWS, RELEASE_SIZE, REPLY_ROW_SIZE, TAGS_PER_LOGIN
from sluis.wire import Reader, Writer

_LENGTH = 4
_CODE_MAX = 64
_MESSAGE_MAX = 400
CHUNK_MAX = 1_048_576
SOURCE_REQUEST_MAX = CELL_SIZE + 64
OPERATOR_REQUEST_MAX = RELEASE_SIZE + 1_024
ANSWER_MAX = CHUNK_MAX + 64

assert TAGS_PER_LOGIN * HASH_SIZE + 2 <= SOURCE_REQUEST_MAX
assert MAX_LIVE_ROWS * REPLY_ROW_SIZE + 1 <= ANSWER_MAX


class Operation(IntEnum):
    """First byte of a request."""

    STATUS = 1
    OPEN_SET = 2
    PUT = 3
    COMMIT = 4
    ABORT = 5
    FETCH = 6
    DELETE = 7
    MAKE_EXPORT = 8
    EXPORT_SIZE = 9
    READ_EXPORT = 10
    IMPORT = 11


def send_frame(connection: socket.socket, body: bytes) -> None:
    """Sends one frame; raises OSError."""
    connection.sendall(len(body).to_bytes(_LENGTH, "big") + body)


def _receive(connection: socket.socket, size: int) -> bytes:
    """Exactly `size` bytes; raises EOFError when the other side has gone."""
    buffer = bytearray(size)
    view = memoryview(buffer)
    at = 0
    while at < size:
        count = connection.recv_into(view[at:])
        if count == 0:
            raise EOFError("the other side has closed the connection")
        at += count
    return bytes(buffer)


def receive_frame(connection: socket.socket, limit: int) -> bytes:
    """One body of 1..`limit` bytes; raises BadField, EOFError or OSError."""
    size = int.from_bytes(_receive(connection, _LENGTH), "big")
    if not 0 < size <= limit:
        raise BadField("a frame of a size that no request has")
    return _receive(connection, size)


def request(operation: Operation, fields: bytes = b"") -> bytes:
    """The body of a request."""
    return bytes([operation]) + fields


def answer(fields: bytes = b"") -> bytes:
    """The body of an answer."""
    return b"\0" + fields


def refusal(error: SluisError) -> bytes:
    """The body of an answer that is an error; its text is for logs and holds no secret."""
    detail = error.version if isinstance(error, UnknownVersion) else 0
    message = str(error).encode("utf-8")[:_MESSAGE_MAX].decode("utf-8", "ignore")
    return Writer().u8(1).text(error.code, _CODE_MAX).u32(detail).text(message, _MESSAGE_MAX).bytes()


def take_answer(body: bytes) -> bytes:
    """The fields of an answer; raises the error that the mailroom raised."""
    if not body:
        raise Truncated("an empty answer")
    if body[0] == 0:
        return body[1:]
    reader = Reader(body[1:], "an answer")
    raise error_by_code(reader.text(_CODE_MAX), reader.u32(), reader.text(_MESSAGE_MAX))
