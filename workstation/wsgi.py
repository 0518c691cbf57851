"""Entry point for a WSGI server: `workstation.wsgi:application`, made when it is asked for.

SLUIS_OFFICE is the workstation's folder, SLUIS_MEDIA where media appear; SLUIS_DEMONSTRATION is set where a
network interface may be up.
"""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path
from typing import Any

from flask import Flask

from securedrop_config.clock import today
from securedrop_config.lexicon import load_lexicon
from workstation import serving
from workstation.ui.settings import LANGUAGES, UiSettings


def make_app() -> Flask:
    """The application that the environment names; raises KeyError for a missing variable."""
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    logging.getLogger("flask_wtf").disabled = True
    settings = UiSettings(
        office_folder=Path(os.environ["SLUIS_OFFICE"]),
        media=Path(os.environ["SLUIS_MEDIA"]),
        demonstration=bool(os.environ.get("SLUIS_DEMONSTRATION")),
        draw=load_lexicon(LANGUAGES).draw,
    )
    return serving.make_app(settings, today, time.monotonic)


def __getattr__(name: str) -> Any:
    if name == "application":
        return make_app()
    raise AttributeError(name)
