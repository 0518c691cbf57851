"""Searching in the cases that one may read. The words come in the body of a request: no address has them.

The first search makes the index. What takes longer than a moment has a page that says how far it is; until
then the words wait in the session, which is in memory only.
"""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, session, url_for

from workstation.casework.search_desk import Found
from workstation.casework.search_words import QUERY_MAX
from workstation.errors import DiskFull
from workstation.ui.posted import number
from workstation.ui.reason import Reason
from workstation.ui.search_texts import NO_ROOM, PAGES, PLACES, STATES
from workstation.ui.station import actor, office
from workstation.ui.views.answers import Answer

blueprint = Blueprint("search", __name__)
WAITING = "search-waiting"
MOMENT_S = 0.5


@blueprint.get("/<lang>/search")
def page() -> Answer:
    """The box, and how it works."""
    return _render("", None)


@blueprint.post("/<lang>/search")
def find() -> Answer:
    """A page of what was found, or the way to it."""
    words = request.form.get("words", "").strip()[:QUERY_MAX]
    wanted = number(request.form.get("page", ""), 1, digits=3)
    desk = office().search
    if desk.is_ready(actor()) or desk.begin(actor()).ended.wait(MOMENT_S):
        return _found(words, wanted)
    session[WAITING] = words
    return redirect(url_for("search.progress"), 303)


@blueprint.get("/<lang>/search/progress")
def progress() -> Answer:
    """How far the index is; the page asks for itself again until it has all, then shows what was found."""
    making = office().search.making
    if making is not None and not making.ended.is_set():
        return render_template("search_progress.html", making=making)
    words = session.pop(WAITING, None)
    return redirect(url_for("search.page"), 303) if words is None else _found(words, 1)


def _found(words: str, wanted: int) -> Answer:
    try:
        found = office().search.find(actor(), words, wanted)
    except DiskFull:
        return _render(words, None, NO_ROOM), 503
    return _render(words, found)


def _render(words: str, found: Found | None, problem: Reason | None = None) -> str:
    return render_template(
        "search.html",
        words=words,
        found=found,
        problem=problem,
        places=PLACES,
        pages=PAGES,
        states=STATES,
    )
