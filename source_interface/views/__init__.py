"""The pages of the source site, one blueprint for each step of a reporter's way."""

from __future__ import annotations

from flask import Flask

from source_interface import failures
from source_interface.views import codename, mailbox, pages, report, withdrawal


def register(app: Flask) -> None:
    """Adds every page and every error page."""
    for one in (pages, codename, report, mailbox, withdrawal):
        app.register_blueprint(one.blueprint)
    app.register_blueprint(pages.root)
    failures.register(app)
