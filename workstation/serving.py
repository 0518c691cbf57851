"""How the pages are served: gunicorn, one process with threads (its RAM holds the office), a unix socket."""

from __future__ import annotations

import atexit
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.http import wsgi
from gunicorn.workers.gthread import ThreadWorker

from workstation.airgap import interfaces_up, link_dump
from workstation.ui.app import create_app
from workstation.ui.settings import UiSettings

THREADS = 8
_DROPPED = ("Server:", "Date:")
_LOOK_EVERY_S = 5.0


class DaylessLogger(Logger):  # type: ignore[misc]  # gunicorn ships no types
    """gunicorn's own messages without time, path or traceback: an exception is named by its class only."""

    error_fmt = "%(levelname)s %(message)s"

    def access(self, *_: object, **__: object) -> None:
        """Nothing: no page view is written down."""

    def exception(self, msg: object, *args: object, **kwargs: object) -> None:
        """Logs the class of the exception that is being handled."""
        kind = sys.exc_info()[0]
        self.error_log.error("fault %s", kind.__name__ if kind else "")

    def warning(self, msg: object, *args: object, **kwargs: object) -> None:
        """Nothing: gunicorn's warnings quote requests."""


class PlainResponse(wsgi.Response):  # type: ignore[misc]  # gunicorn ships no types
    """A response without the server's name and clock."""

    def default_headers(self) -> list[str]:
        """The status line and Connection."""
        return [line for line in super().default_headers() if not line.startswith(_DROPPED)]


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn ships no types
    """gunicorn's threaded worker with our response."""

    def init_process(self) -> None:
        """Puts our response where gunicorn looks for it; it has no setting for that."""
        wsgi.Response = PlainResponse
        super().init_process()


def options(bind: Path) -> dict[str, Any]:
    """gunicorn's settings; only this user may connect to the socket."""
    return {
        "bind": f"unix:{bind}",
        "umask": 0o177,
        "workers": 1,
        "worker_class": Worker,
        "threads": THREADS,
        "timeout": 0,  # an import may take many minutes
        "graceful_timeout": 10,
        "keepalive": 0,
        "secure_scheme_headers": {},
        "forwarder_headers": "",
        "accesslog": None,
        "errorlog": "-",
        "loglevel": "warning",
        "logger_class": DaylessLogger,
        "control_socket_disable": True,
        "default_proc_name": "workstation",
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


def make_app(settings: UiSettings, today: Callable[[], int], steady: Callable[[], float]) -> Flask:
    """The application with a watch beside it that locks the office when nobody is there, and at the end."""
    app = create_app(settings, today, steady, lambda: interfaces_up(link_dump()))
    holder = app.extensions["station"].holder
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(_LOOK_EVERY_S):
            holder.lock_if_idle()

    threading.Thread(target=watch, name="idle", daemon=True).start()
    atexit.register(holder.lock)
    return app


def serve(
    office_folder: Path,
    bind: Path,
    media: Path,
    today: Callable[[], int],
    *,
    demonstration: bool = False,
    idle_s: float = 900.0,
    steady: Callable[[], float] = time.monotonic,
) -> None:
    """Serves until told to stop; the application is made in the process that serves it.

    Whoever calls this has checked the air gap; it is checked again at every page, unless `demonstration`.
    """
    settings = UiSettings(office_folder, media, idle_s=idle_s, demonstration=demonstration)
    _Served(lambda: make_app(settings, today, steady), options(bind)).run()
