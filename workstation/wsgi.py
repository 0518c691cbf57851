"""Entry point for a WSGI server: `workstation.wsgi:application`, made when it is asked for.

SLUIS_OFFICE is the workstation's folder, SLUIS_MEDIA where media appear; SLUIS_DEMONSTRATION is set where a
network interface may be up.
"""

from __future__ import annotations

import logging
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import Flask

from workstation import serving
from workstation.ui.settings import UiSettings


def today() -> int:
    """Days since 1970-01-01, UTC."""
    return datetime.now(UTC).date().toordinal() - datetime(1970, 1, 1, tzinfo=UTC).toordinal()


def make_app() -> Flask:
    """The application that the environment names; raises KeyError for a missing variable."""
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    logging.getLogger("flask_wtf").disabled = True
    settings = UiSettings(
        office_folder=Path(os.environ["SLUIS_OFFICE"]),
        media=Path(os.environ["SLUIS_MEDIA"]),
        demonstration=bool(os.environ.get("SLUIS_DEMONSTRATION")),
    )
    return serving.make_app(settings, today, time.monotonic)


def __getattr__(name: str) -> Any:
    if name == "application":
        return make_app()
    raise AttributeError(name)
