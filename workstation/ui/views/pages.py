"""The way in, and the style that hides a page which nobody looks at."""

from __future__ import annotations

from flask import Blueprint, Response, redirect

from workstation.ui.station import station
from workstation.ui.views import gate
from workstation.ui.views.answers import Answer

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def start() -> Answer:
    """To one's first page, in the browser's language."""
    return redirect(gate.home_url(), 303)


@blueprint.get("/idle.css")
def idle_style() -> Answer:
    """How long a page stays readable without a click: the screen must not show what the server has locked."""
    return Response(f":root {{ --idle: {station().settings.idle_s:.0f}s; }}\n", mimetype="text/css")
