"""Searching in the cases that one may read. The words come in the body of a request: no address has them."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from workstation.casework.search_desk import Found
from workstation.casework.search_words import QUERY_MAX
from workstation.errors import DiskFull
from workstation.ui.posted import number
from workstation.ui.reason import Reason
from workstation.ui.search_texts import NO_ROOM, PLACES, STATES
from workstation.ui.station import actor, office
from workstation.ui.views.answers import Answer

blueprint = Blueprint("search", __name__)


@blueprint.get("/<lang>/search")
def page() -> Answer:
    """The box, and how it works."""
    return _render("", None)


@blueprint.post("/<lang>/search")
def find() -> Answer:
    """A page of what was found."""
    words = request.form.get("words", "").strip()[:QUERY_MAX]
    wanted = number(request.form.get("page", ""), 1, digits=3)
    try:
        found = office().search.find(actor(), words, wanted)
    except DiskFull:
        return _render(words, None, NO_ROOM), 503
    return _render(words, found)


def _render(words: str, found: Found | None, problem: Reason | None = None) -> str:
    return render_template(
        "search.html", words=words, found=found, problem=problem, places=PLACES, states=STATES
    )
