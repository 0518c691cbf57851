"""The two sockets of the mailroom, a thread for each connection, and the ticker.

A source socket answers STATUS, OPEN_SET, PUT, COMMIT, ABORT, FETCH and DELETE, an operator socket STATUS,
MAKE_EXPORT, EXPORT_SIZE, READ_EXPORT and IMPORT. A connection carries at most one set at a time; when it ends
before COMMIT, the set is aborted. Bytes that are no request get one error, and the connection is closed.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

from mailroom.desks import OperatorDesk, SourceDesk
from mailroom.errors import MailroomDown
from mailroom.frames import (
    OPERATOR_REQUEST_MAX,
    SOURCE_REQUEST_MAX,
    answer,
    receive_frame,
    refusal,
    send_frame,
)
from mailroom.store import Mailroom
from sluis.errors import FormatError, SluisError

CONNECTIONS_MAX = 512
IDLE_S = 900
_BACKLOG = 128
_LAST_WORDS_S = 5
_PAUSE_S = 0.1
Desk = SourceDesk | OperatorDesk


class Listener:
    """One listening socket; each connection gets a thread and a desk of its own."""

    def __init__(self, path: Path, group: int | None, limit: int, desk: Callable[[], Desk]) -> None:
        """Binds `path`, for this user alone (0600), or for a group as well (0660)."""
        path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        old = os.umask(0o177)
        try:
            self._socket.bind(os.fspath(path))
        finally:
            os.umask(old)
        if group is not None:
            os.chown(path, -1, group)
            path.chmod(0o660)
        self._socket.listen(_BACKLOG)
        self._limit = limit
        self._desk = desk
        self._permits = threading.BoundedSemaphore(CONNECTIONS_MAX)
        self._closed = threading.Event()
        self._idle = threading.Condition()
        self._busy = 0

    def start(self) -> None:
        """Accepts in a thread."""
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Accepts nothing more."""
        self._closed.set()
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        finally:
            self._socket.close()

    def wait_idle(self, seconds: float) -> None:
        """Returns when no request is being answered, or after that time."""
        with self._idle:
            self._idle.wait_for(lambda: self._busy == 0, seconds)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                # closed, or the process has no file handle left, and then some connection will end
                if self._closed.wait(_PAUSE_S):
                    return
                continue
            if not self._permits.acquire(blocking=False):
                connection.close()  # the client says that the mailroom is down; nothing was promised
                continue
            try:
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()
            except RuntimeError:  # no more threads
                connection.close()
                self._permits.release()

    def _serve(self, connection: socket.socket) -> None:
        desk = self._desk()
        try:
            connection.settimeout(IDLE_S)
            while True:
                body = receive_frame(connection, self._limit)
                self._count(1)
                try:
                    self._answer(connection, desk, body)
                finally:
                    self._count(-1)
        except FormatError as error:
            self._last_word(connection, error)
        except (EOFError, OSError):
            pass  # gone, silent for too long, or the disk failed, which the room itself knows
        finally:
            self._end(connection, desk)

    def _count(self, change: int) -> None:
        with self._idle:
            self._busy += change
            self._idle.notify_all()

    @staticmethod
    def _answer(connection: socket.socket, desk: Desk, body: bytes) -> None:
        try:
            said = answer(desk.answer(body[0], body[1:]))
        except SluisError as error:
            said = refusal(error)
        send_frame(connection, said)

    @staticmethod
    def _last_word(connection: socket.socket, error: FormatError) -> None:
        try:
            send_frame(connection, refusal(error))
        except OSError:
            return

    def _end(self, connection: socket.socket, desk: Desk) -> None:
        try:
            desk.end()
        except (SluisError, OSError):
            pass  # the disk failed; the room is broken and the process ends
        finally:
            connection.close()
            self._permits.release()


class Server:
    """The room behind its sockets in the run folder, ticking."""

    def __init__(
        self,
        room: Mailroom,
        run: Path,
        tick_seconds: float,
        source_group: int | None = None,
        operator_group: int | None = None,
    ) -> None:
        self._room = room
        self._tick_seconds = tick_seconds
        self._stopping = threading.Event()
        self._listeners = [
            Listener(run / "source.sock", source_group, SOURCE_REQUEST_MAX, lambda: SourceDesk(room)),
            Listener(run / "operator.sock", operator_group, OPERATOR_REQUEST_MAX, lambda: OperatorDesk(room)),
        ]

    def serve(self) -> bool:
        """Serves until stop() or until the disk fails; True when it was stopped."""
        for listener in self._listeners:
            listener.start()
        next_tick = time.monotonic()
        try:
            while not self._stopping.wait(max(0.0, next_tick - time.monotonic())):
                try:
                    self._room.tick()
                except MailroomDown:  # a write failed in another thread
                    return False
                # a late tick is not made up for: a burst of ticks would show how long something took
                next_tick = max(next_tick + self._tick_seconds, time.monotonic())
            return True
        finally:
            for listener in self._listeners:
                listener.close()
            self._room.stop()
            for listener in self._listeners:
                listener.wait_idle(_LAST_WORDS_S)

    def stop(self) -> None:
        """Ends serve(): what waits is written and acknowledged first."""
        self._stopping.set()
