"""Gunicorn as all three sites use it: one worker with many threads, and nothing of a visitor kept.

One worker, because sessions live in its memory. Without keep-alive, because tor tells the circuit once for
each connection. What differs between the sites is in their own `serving.py`.
"""

from __future__ import annotations

import gc
import socket
import struct
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from gunicorn import util
from gunicorn.app.base import BaseApplication
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.http import wsgi
from gunicorn.workers.gthread import TConn, ThreadWorker

from serving.fresh_threads import FreshThreads

SILENCE_S = 120
"""Seconds without a byte after which a connection is given up; a slow circuit pauses for far less."""

TIDY_EVERY_S = 1.0
"""Seconds between two looks for what nobody refers to any more; twice that where nobody comes."""

_DROPPED = ("Server:", "Date:")
_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108  # a folder in RAM for gunicorn's heartbeat file, which it unlinks
_REFUSAL = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class QuietLog(Logger):  # type: ignore[misc]  # gunicorn has no types
    """Faults of the program, by their class; never a request, an address, a path or a clock time."""

    error_fmt = "%(levelname)s %(message)s"

    def access(self, *_: object, **__: object) -> None:
        """Nothing: no visit is written down."""

    def exception(self, msg: object, *args: object, **kwargs: object) -> None:
        """Logs the class of the exception that is being handled; its text could quote a request."""
        kind = sys.exc_info()[0]
        self.error_log.error("fault %s", kind.__name__ if kind else "")

    def warning(self, msg: object, *args: object, **kwargs: object) -> None:
        """Nothing: gunicorn's warnings quote requests."""


class PlainResponse(wsgi.Response):  # type: ignore[misc]  # gunicorn has no types
    """A response without the name and clock of the server.

    The skew of a clock that anyone may read tells one machine from another; RFC 9110 lets a server without
    a trustworthy clock leave `Date` out (section 6.6.1).
    """

    def default_headers(self) -> list[str]:
        """Status line and Connection only."""
        return [line for line in super().default_headers() if not line.startswith(_DROPPED)]


@runtime_checkable
class Tidy(Protocol):
    """An application that lets go of what is over, also while nobody comes."""

    def tidy(self) -> None:
        """Called every second or so."""


class QuietWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """Gunicorn's threaded worker with our response. What a request held is gone a second after its end.

    Flask's and gunicorn's objects of a request refer to each other, so that Python frees them only when it
    looks for such rings; left to itself it may do so after hours (docs/decisions/0010-memory.md).
    """

    def init_process(self) -> None:
        """Puts our response where gunicorn looks for it; it has no setting for that."""
        wsgi.Response = PlainResponse
        self._tidied = time.monotonic()
        super().init_process()

    def load_wsgi(self) -> None:
        """Makes the application; what is there now stays for good, and is looked through no more."""
        super().load_wsgi()
        gc.collect()
        gc.freeze()

    def get_thread_pool(self) -> FreshThreads:
        """A thread for each request, which ends with it."""
        return FreshThreads(self.cfg.threads)

    def notify(self) -> None:
        """Gunicorn calls this at every event, and every second without one."""
        super().notify()
        now = time.monotonic()
        if now - self._tidied >= TIDY_EVERY_S:
            self._tidied = now
            if isinstance(self.wsgi, Tidy):
                self.wsgi.tidy()
            gc.collect()


class OnionWorker(QuietWorker):
    """A worker for visitors whom nobody knows: it bounds silence, and says nothing of what is no HTTP."""

    def enqueue_req(self, conn: TConn) -> None:
        """Lets the kernel bound the silence, both ways: gunicorn sets the socket to block without end."""
        bound = struct.pack("ll", SILENCE_S, 0)
        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, bound)
        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, bound)
        super().enqueue_req(conn)

    def handle_error(self, req: object, client: socket.socket, addr: object, exc: BaseException) -> None:
        """One fixed answer, and neither address nor line in the log."""
        try:
            util.write_nonblock(client, _REFUSAL)
        except OSError:
            return


def quiet_options(name: str, bind: Path, threads: int, worker: type[QuietWorker]) -> dict[str, Any]:
    """Gunicorn's settings that all sites share; `bind` is the path of the unix socket."""
    return {
        "default_proc_name": name,
        "bind": f"unix:{bind}",
        "workers": 1,
        "worker_class": worker,
        "threads": threads,
        "timeout": 0,  # the worker's life is no measure: an upload, a download or an import may take an hour
        "keepalive": 0,
        "secure_scheme_headers": {},
        "forwarder_headers": "",
        "accesslog": None,
        "errorlog": "-",
        "loglevel": "warning",
        "logger_class": QuietLog,
        "control_socket_disable": True,
    }


def onion_options(name: str, bind: Path, threads: int) -> dict[str, Any]:
    """The settings of a site behind tor, which says on which circuit a visitor is (PROXY protocol)."""
    return quiet_options(name, bind, threads, OnionWorker) | {
        "umask": 0o117,  # the socket is for this user and its group, which is tor's
        "graceful_timeout": 30,
        "proxy_protocol": True,
        "worker_tmp_dir": str(_SHARED_MEMORY) if _SHARED_MEMORY.is_dir() else None,
    }


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """Serves one WSGI application with these options, until it is told to stop.

    `make` makes it in the worker, after the fork: what it holds in memory is in one process only.
    """

    def __init__(self, make: Callable[[], Any], settings: Mapping[str, Any]) -> None:
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
