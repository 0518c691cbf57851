"""Intake by phone or in person: what was told, and a codename that is drawn here and handed over."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, request, session, url_for
from flask_babel import gettext as _

from sluis.errors import SluisError
from workstation.casework.phone import Call
from workstation.casework.phone_desk import Conversation
from workstation.casework.roles import NotAllowed
from workstation.errors import UnknownItem, WrongState
from workstation.ui import keeping, posted
from workstation.ui.phone_pages import (
    DRAWN,
    asked_triage,
    render_call,
    render_codename,
    render_intake,
    told_reason,
)
from workstation.ui.posted import unified
from workstation.ui.station import actor, office, station
from workstation.ui.views.answers import Answer

blueprint = Blueprint("phone", __name__, url_prefix="/<lang>")
_DIGITS = "digits"


@blueprint.get("/intake")
def page() -> Answer:
    """The form for a call of somebody new, as far as it was filled in."""
    return render_intake()


@blueprint.post("/intake/keep")
def keep() -> Answer:
    """For the script of the page: the fields are on the disk, sealed; 204."""
    office().kept.keep_intake(actor(), posted.pairs())
    return "", 204


@blueprint.post("/intake/throw-away")
def throw_away() -> Answer:
    """What was kept of that form is destroyed."""
    office().kept.forget_intake(actor())
    flash(_("What you had typed there is thrown away."))
    return redirect(url_for("phone.page"), 303)


@blueprint.post("/intake")
def begin() -> Answer:
    """A case for somebody new; the codename is shown next."""
    codename, fields = _draw(), request.form
    try:
        made = office().phone.begin(
            actor(), _call(fields), codename, asked_triage(fields), station().settings.codename_kdf
        )
    except NotAllowed:
        raise
    except SluisError as error:
        return give_back({}, fields, error.code), 400
    office().kept.forget_intake(actor())
    return _show(made, codename)


@blueprint.get("/intake/codename")
def codename() -> Answer:
    """The codename, until it is confirmed; it is in the memory of this session only."""
    kept = session.get(DRAWN)
    if kept is None:
        return redirect(url_for("phone.page"), 303)
    return render_codename(kept)


@blueprint.post("/intake/codename")
def handed_over() -> Answer:
    """Forgets it."""
    kept = session.pop(DRAWN, None)
    if kept is None:
        return redirect(url_for("phone.page"), 303)
    flash(_("The codename is forgotten here. Answers that you write now wait for whoever has it."))
    return redirect(url_for("case.page", case_id=kept["case_id"], to=kept["thread_id"]), 303)


@blueprint.get("/case/<case_id>/phone")
def case(case_id: str) -> Answer:
    """One more call, or a codename that was lost."""
    return render_call(case_id, {})


@blueprint.post("/case/<case_id>/phone/told")
def tell(case_id: str) -> Answer:
    """Writes one more call down."""
    fields = request.form
    try:
        told_id = office().phone.tell(actor(), case_id, fields.get("thread", ""), _call(fields))
    except (NotAllowed, UnknownItem, WrongState):
        raise
    except SluisError as error:
        return give_back_told({"case_id": case_id}, fields, error.code), 400
    keeping.forget(case_id, keeping.CALL)
    flash(_("The call is written down."))
    return redirect(url_for("case.page", case_id=case_id, _anchor=f"told-{told_id}"), 303)


@blueprint.post("/case/<case_id>/phone/codename")
def draw_again(case_id: str) -> Answer:
    """A new codename for somebody who lost theirs, once that was ticked."""
    if request.form.get("sure") != "yes":
        return render_call(case_id, {}, told_reason("not-confirmed"), "#sure"), 400
    codename = _draw()
    thread_id = request.form.get("thread", "")
    kdf = station().settings.codename_kdf
    return _show(office().phone.draw_again(actor(), case_id, thread_id, codename, kdf), codename)


def give_back(named: Mapping[str, str], fields: Mapping[str, str], code: str) -> str:
    """The form of a call of somebody new, as it was filled in, and why nothing was saved."""
    return render_intake(fields, told_reason(code))


def give_back_told(named: Mapping[str, str], fields: Mapping[str, str], code: str) -> str:
    """The form of one more call, as it was filled in, and why nothing was saved."""
    return render_call(named["case_id"], fields, told_reason(code))


def _draw() -> str:
    """A fresh codename: words of a language that has a list, or digits."""
    return station().settings.draw(request.form.get("codename", _DIGITS))


def _call(fields: Mapping[str, str]) -> Call:
    text = unified(fields.get("told", ""))
    return Call(fields.get("how", ""), fields.get("language", ""), text)


def _show(made: Conversation, codename: str) -> Answer:
    session[DRAWN] = {"codename": codename, "case_id": made.case_id, "thread_id": made.thread_id}
    return redirect(url_for("phone.codename"), 303)
