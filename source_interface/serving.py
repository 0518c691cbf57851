"""How the site is served: gunicorn, one worker with many threads, on a unix socket behind tor.

One worker, because sessions and permits live in its memory. Tor sends one PROXY line per connection; with
keep-alive a second request would come without its circuit id, so each connection serves one request.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gunicorn import util
from gunicorn.app.base import BaseApplication
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.http import wsgi
from gunicorn.workers.gthread import TConn, ThreadWorker

SILENCE_S = 120
"""Seconds without a byte after which a connection is given up; a slow circuit pauses for far less."""

_DROPPED = ("Server:", "Date:")
_REFUSAL = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108  # a folder in RAM for gunicorn's heartbeat file, which it unlinks


class QuietLog(Logger):  # type: ignore[misc]  # gunicorn has no types
    """Starts, stops and faults of the program; never a request, an address, a header or a clock time."""

    error_fmt = "%(levelname)s %(message)s"

    def access(self, *_: object, **__: object) -> None:
        """Nothing: no visit is written down."""

    def exception(self, msg: str, *args: object, **kwargs: object) -> None:
        """What kind of fault; its traceback and text could quote a request."""
        self.error_log.error("a connection ended by a fault")

    def warning(self, msg: str, *args: object, **kwargs: object) -> None:
        """Gunicorn warns by quoting a request; only its being started and stopped is of interest."""


class Answer(wsgi.Response):  # type: ignore[misc]  # gunicorn has no types
    """A response without the name and clock of the server.

    The skew of a clock that anyone may read tells one machine from another; RFC 9110 lets a server without
    a trustworthy clock leave `Date` out (section 6.6.1).
    """

    def default_headers(self) -> list[str]:
        """Status line and Connection only."""
        return [line for line in super().default_headers() if not line.startswith(_DROPPED)]


class QuietWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """Gunicorn's threaded worker that bounds silence and says nothing of a visitor."""

    def init_process(self) -> None:
        """Puts our response in the place where this worker's thread looks for it."""
        wsgi.Response = Answer
        super().init_process()

    def enqueue_req(self, conn: TConn) -> None:
        """Bounds how long a connection may be silent, in both directions.

        By the kernel, for gunicorn itself sets the socket to block without end.
        """
        bound = struct.pack("ll", SILENCE_S, 0)
        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, bound)
        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, bound)
        super().enqueue_req(conn)

    def handle_error(self, req: object, client: socket.socket, addr: object, exc: BaseException) -> None:
        """Something that is no HTTP request: one fixed answer, and neither address nor line in the log."""
        try:
            util.write_nonblock(client, _REFUSAL)
        except OSError:
            return


def options(bind: Path, threads: int) -> dict[str, Any]:
    """Gunicorn's settings; `bind` is the path of the unix socket that tor connects to."""
    return {
        "bind": f"unix:{bind}",
        "umask": 0o117,  # the socket is for this user and its group, which is tor's
        "workers": 1,
        "worker_class": QuietWorker,
        "threads": threads,
        "worker_connections": 4 * threads,
        "backlog": 512,
        "timeout": 0,  # the worker's life is no measure: an upload may take an hour
        "graceful_timeout": 30,
        "keepalive": 0,
        "proxy_protocol": True,
        "proxy_allow_ips": "*",  # whoever reaches the socket is tor: its mode sees to that
        "secure_scheme_headers": {},
        "forwarder_headers": "",
        "limit_request_line": 1_024,
        "limit_request_fields": 40,
        "limit_request_field_size": 4_094,
        "accesslog": None,
        "errorlog": "-",
        "loglevel": "warning",
        "logger_class": QuietLog,
        "control_socket_disable": True,
        "worker_tmp_dir": str(_SHARED_MEMORY) if _SHARED_MEMORY.is_dir() else None,
        "default_proc_name": "source",
    }


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """Serves one WSGI application with these options, until it is told to stop.

    `make` makes it in the worker, after the fork: what it holds in memory is in one process only.
    """

    def __init__(self, make: Callable[[], Any], settings: dict[str, Any]) -> None:
        self._make = make
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        """Nothing is read from files, the command line or the environment."""
        self.cfg = Config()
        for name, value in self._settings.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """The application."""
        return self._make()
