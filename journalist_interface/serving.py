"""How the site is served: behind tor."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from flask import Flask

from serving.unix_site import Server, onion_options


def serve(make_app: Callable[[], Flask], bind: Path, threads: int) -> None:
    """Serves until told to stop; the application is made in the process that serves it."""
    Server(make_app, onion_options("journalist", bind, threads)).run()
