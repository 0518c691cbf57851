"""What this workstation is: its line, its servers, its keys, and what it sees of a network."""

from __future__ import annotations

from flask import Blueprint, render_template

from workstation.ui.station import office
from workstation.ui.views.answers import Answer

blueprint = Blueprint("about", __name__)


@blueprint.get("/<lang>/about")
def page() -> Answer:
    """Fingerprints to compare by voice, and the network interfaces."""
    return render_template("about.html", about=office().info)
