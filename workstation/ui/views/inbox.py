"""The inbox: one line for each conversation, and what needs attention."""

from __future__ import annotations

from flask import Blueprint, render_template

from workstation.ui.attention import attention
from workstation.ui.station import office, station
from workstation.ui.views.answers import Answer

blueprint = Blueprint("inbox", __name__)


@blueprint.get("/<lang>/")
def page() -> Answer:
    """All conversations, newest first."""
    opened = office()
    threads = opened.threads()
    warnings = attention(opened.info, opened.queued_replies(), station().today())
    return render_template("inbox.html", threads=threads, warnings=warnings)
