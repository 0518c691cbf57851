"""An interpreter's pages: the texts that were given to them, and nothing else of any case."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from sluis.errors import SluisError
from workstation.casework.interpreting_desk import OpenText
from workstation.casework.roles import NotAllowed
from workstation.ui import keeping
from workstation.ui.posted import unified
from workstation.ui.reason import Reason
from workstation.ui.station import actor, office
from workstation.ui.translation_pages import writing_reason
from workstation.ui.views.answers import Answer

blueprint = Blueprint("texts", __name__, url_prefix="/<lang>/texts")


@blueprint.get("")
def page() -> Answer:
    """What lies before this interpreter."""
    return render_template("texts.html", texts=office().interpreting.texts(actor()))


@blueprint.get("/<text_id>")
def text(text_id: str) -> Answer:
    """One text, and the form for its translation."""
    opened = office().interpreting.open(actor(), text_id)
    return _render(opened, text_id, opened.draft)


@blueprint.post("/<text_id>")
def save(text_id: str) -> Answer:
    """Saves what was written so far, or hands it in; nothing typed is lost."""
    desk, typed = office().interpreting, unified(request.form.get("translation", ""))
    try:
        if request.form.get("what") == "hand-in":
            desk.hand_in(actor(), text_id, typed)
            flash(_("Handed in. Thank you. You do not see the text any more."))
            return redirect(url_for("texts.page"), 303)
        desk.save(actor(), text_id, typed)
    except NotAllowed:
        raise
    except SluisError as error:
        return give_back({"text_id": text_id}, request.form, error.code), 400
    flash(_("Saved. Nobody else reads it until you hand it in."))
    return redirect(url_for("texts.text", text_id=text_id), 303)


@blueprint.post("/<text_id>/keep")
def keep(text_id: str) -> Answer:
    """For the script of the page: what was written so far is on the disk, as *Save* leaves it; 204."""
    office().interpreting.save(actor(), text_id, unified(request.form.get("translation", "")))
    return "", 204


def give_back(named: Mapping[str, str], fields: Mapping[str, str], code: str) -> str:
    """The form as it was filled in, and why it was not saved; also when the text was taken back."""
    try:
        opened = office().interpreting.open(actor(), named["text_id"])
    except SluisError as error:
        opened, code = None, error.code
    return _render(opened, named["text_id"], unified(fields.get("translation", "")), writing_reason(code))


def _render(one: OpenText | None, text_id: str, typed: str, problem: Reason | None = None) -> str:
    return render_template(
        "texts_one.html",
        one=one,
        typed=typed,
        text_id=text_id,
        problem=problem,
        keep_script=keeping.keep_script,
    )
