"""Release: see what would leave, make it, write it to a medium, and read it back before saying so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Blueprint, redirect, render_template, session, url_for

from sluis.errors import SluisError
from sluis.limits import RELEASE_SIZE
from workstation.errors import DiskFull
from workstation.records import WrittenRelease
from workstation.ui.answer_texts import weekdays_text
from workstation.ui.forms import ReleaseForm
from workstation.ui.medium import MediumGone, error_of, folders
from workstation.ui.outgoing import Outgoing, outgoing
from workstation.ui.reasons import Reason, release_reason
from workstation.ui.station import actor, office, station
from workstation.ui.views.answers import Answer

blueprint = Blueprint("releases", __name__, url_prefix="/<lang>/release")
MADE = "release-made"
WRITTEN = "release-written"


@blueprint.get("")
def page() -> Answer:
    """What would leave, and the two buttons."""
    return _render(None)


@blueprint.post("")
def make() -> Answer:
    """Makes a release for every server and writes it; the folder is looked at first, so that none is lost."""
    form = ReleaseForm()
    opened = office()
    if form.newest.data != str(opened.info.newest_release):
        return _render(release_reason("changed")), 409
    before = outgoing(opened)
    try:
        folder = _folder(form.folder.data)
        opened.releases.make(actor(), outside=form.outside.data == "yes")
    except SluisError as error:
        return _render(release_reason(error.code)), 409
    after = outgoing(opened)
    session[MADE] = {"answers": len(before.approved) - len(after.approved), "queued": len(after.approved)}
    return _write(folder)


@blueprint.post("/write")
def write() -> Answer:
    """Writes the newest release once more, for instance after the medium was pulled out."""
    try:
        folder = _folder(ReleaseForm().folder.data)
    except SluisError as error:
        return _render(release_reason(error.code), unwritten=True), 409
    return _write(folder)


@blueprint.get("/report")
def report() -> Answer:
    """What was written; there is no such page before it was read back."""
    written: list[WrittenRelease] | None = session.get(WRITTEN)
    if not written:
        return redirect(url_for("releases.page"), 303)
    made: dict[str, Any] = session.get(MADE) or {}
    return render_template("release_report.html", written=written, made=made, size=RELEASE_SIZE)


def _write(folder: Path) -> Answer:
    session.pop(WRITTEN, None)
    try:
        written = office().releases.write(actor(), folder)
    except OSError as error:
        return _render(release_reason(error_of(error).code), unwritten=True), 409
    except SluisError as error:
        return _render(release_reason(error.code), unwritten=True), 409
    session[WRITTEN] = list(written)
    return redirect(url_for("releases.report"), 303)


def _folder(name: str | None) -> Path:
    """The chosen folder as the list has it; raises MediumGone."""
    media = station().settings.media
    for folder in folders(media):
        if _name(folder) == (name or ""):
            return folder
    raise MediumGone("the folder is no longer there")


def _name(folder: Path) -> str:
    media = station().settings.media
    return "" if folder == media else folder.name


def _render(problem: Reason | None, *, unwritten: bool = False) -> str:
    opened = office()
    leaving: Outgoing = outgoing(opened)
    try:
        choices = [(_name(folder), str(folder)) for folder in folders(station().settings.media)]
    except (MediumGone, DiskFull):
        choices = []
    return render_template(
        "release.html",
        leaving=leaving,
        choices=choices,
        chosen=choices[-1][0] if len(choices) == 2 else "",
        problem=problem,
        unwritten=unwritten,
        newest=opened.info.newest_release,
        rhythm=opened.releases.rhythm(),
        weekdays=weekdays_text,
        servers=opened.info.servers,
    )
