"""How the pages are served, with a watch beside them that locks the office when nobody is there."""

from __future__ import annotations

import atexit
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from flask import Flask

from serving.unix_site import QuietWorker, Server, quiet_options
from sluis.errors import SluisError
from workstation.airgap import open_interfaces
from workstation.folder import Folder
from workstation.ui.app import create_app
from workstation.ui.settings import UiSettings
from workstation.ui.station import Station

THREADS = 8
_LOOK_EVERY_S = 5.0


def options(bind: Path) -> dict[str, Any]:
    """Gunicorn's settings; only this user may connect to the socket."""
    return quiet_options("workstation", bind, THREADS, QuietWorker) | {
        "umask": 0o177,
        "graceful_timeout": 10,
    }


def make_app(settings: UiSettings, today: Callable[[], int], steady: Callable[[], float]) -> Flask:
    """The application with a watch beside it that locks the office when nobody is there, and at the end."""
    folder = Folder(settings.office_folder)
    app = create_app(settings, today, steady, lambda: open_interfaces(folder))
    station: Station = app.extensions["station"]
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(_LOOK_EVERY_S):
            station.holder.lock_if_idle()
            if station.holder.is_open:
                with suppress(SluisError, OSError):  # locked already, and the next page says why
                    station.check_network()

    threading.Thread(target=watch, name="idle", daemon=True).start()
    atexit.register(station.holder.lock)
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
    draw: Callable[[str], str] = UiSettings.draw,
) -> None:
    """Serves until told to stop; the application is made in the process that serves it.

    Whoever calls this has checked the air gap; it is checked again at every page, unless `demonstration`.
    """
    settings = UiSettings(office_folder, media, idle_s=idle_s, demonstration=demonstration, draw=draw)
    Server(lambda: make_app(settings, today, steady), options(bind)).run()
