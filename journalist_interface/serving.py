"""How the site is served: gunicorn, one process with threads (sessions are in its RAM), on a unix socket."""

from __future__ import annotations

import socket
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask
from gunicorn import util
from gunicorn.app.base import BaseApplication
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.http import wsgi
from gunicorn.workers.gthread import TConn, ThreadWorker

SILENCE_S = 120
"""Seconds without a byte, either way, after which a connection is given up; a download can go on later."""

_DROPPED = ("Server:", "Date:")
_REFUSAL = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder in RAM for gunicorn's heartbeat file, which it unlinks


class DaylessLogger(Logger):  # type: ignore[misc]  # gunicorn ships no types
    """gunicorn's own messages without time, path or traceback: an exception is named by its class only."""

    error_fmt = "%(levelname)s %(message)s"

    def access(self, *_: object, **__: object) -> None:
        """Nothing: no visit is written down."""

    def exception(self, msg: object, *args: object, **kwargs: object) -> None:
        """Logs the class of the exception that is being handled."""
        kind = sys.exc_info()[0]
        self.error_log.error("fault %s", kind.__name__ if kind else "")

    def warning(self, msg: object, *args: object, **kwargs: object) -> None:
        """Nothing: gunicorn's warnings quote requests."""


class PlainResponse(wsgi.Response):  # type: ignore[misc]  # gunicorn ships no types
    """A response without the server's name and clock (RFC 9110, section 6.6.1, allows that)."""

    def default_headers(self) -> list[str]:
        """The status line and Connection."""
        return [line for line in super().default_headers() if not line.startswith(_DROPPED)]


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn ships no types
    """gunicorn's threaded worker, with a bound on silence, and without a word about who asked."""

    def init_process(self) -> None:
        """Puts our response where gunicorn looks for it; it has no setting for that."""
        wsgi.Response = PlainResponse
        super().init_process()

    def enqueue_req(self, conn: TConn) -> None:
        """Lets the kernel bound the silence: gunicorn itself sets the socket to block without end."""
        bound = struct.pack("ll", SILENCE_S, 0)
        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, bound)
        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, bound)
        super().enqueue_req(conn)

    def handle_error(self, req: object, client: socket.socket, addr: object, exc: BaseException) -> None:
        """One fixed answer to what is not HTTP, and nothing in the log."""
        try:
            util.write_nonblock(client, _REFUSAL)
        except OSError:
            return


def options(bind: Path, threads: int) -> dict[str, Any]:
    """gunicorn's settings. tor, or the demo's bridge, connects and says on which circuit (PROXY protocol)."""
    return {
        "bind": f"unix:{bind}",
        "umask": 0o117,  # the socket is for this user and its group, which is tor's
        "workers": 1,
        "worker_class": Worker,
        "threads": threads,
        "timeout": 0,  # a download may take an hour
        "graceful_timeout": 30,
        "keepalive": 0,  # with keep-alive the second request of a connection has no circuit
        "proxy_protocol": True,
        "secure_scheme_headers": {},
        "forwarder_headers": "",
        "accesslog": None,
        "errorlog": "-",
        "loglevel": "warning",
        "logger_class": DaylessLogger,
        "control_socket_disable": True,
        "worker_tmp_dir": str(_SHARED_MEMORY) if _SHARED_MEMORY.is_dir() else None,
        "default_proc_name": "journalist",
    }


class _Served(BaseApplication):  # type: ignore[misc]  # gunicorn ships no types
    def __init__(self, make_app: Callable[[], Flask], settings: dict[str, Any]) -> None:
        self._make_app = make_app
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        self.cfg = Config()  # nothing is read from the command line or the environment
        for name, value in self._settings.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self._make_app()


def serve(make_app: Callable[[], Flask], bind: Path, threads: int) -> None:
    """Serves until told to stop; the application is made in the process that serves it."""
    _Served(make_app, options(bind, threads)).run()
