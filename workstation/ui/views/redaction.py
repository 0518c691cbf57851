"""Taking words out of the messages of a case, before somebody else gets them."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from sluis.errors import SluisError
from workstation.casework.kept import KeptFields
from workstation.casework.redaction_desk import MessageToRedact
from workstation.casework.redaction_rules import LABELS
from workstation.casework.roles import NotAllowed
from workstation.errors import UnknownItem
from workstation.ui import keeping, posted, referral_texts
from workstation.ui.posted import number
from workstation.ui.reason import Reason
from workstation.ui.redaction_form import Filled, fill
from workstation.ui.station import actor, office
from workstation.ui.views.answers import Answer

blueprint = Blueprint("redaction", __name__, url_prefix="/<lang>/case/<case_id>/redaction")


@blueprint.get("")
def page(case_id: str) -> Answer:
    """Every message, and whether anything is taken out of it."""
    return render_template(
        "redactions.html",
        line=office().cases.view(actor(), case_id).line,
        messages=office().redaction.messages(actor(), case_id),
        desks=office().cases.desks(),
    )


@blueprint.get("/<message_id>")
def message(case_id: str, message_id: str) -> Answer:
    """One message, with what is taken out of it now."""
    shown = office().redaction.message(actor(), case_id, message_id)
    begun = keeping.kept(case_id, keeping.redaction_form(message_id))
    if begun is None:
        return _render(case_id, shown, fill(shown.text, shown.redacted.ranges))
    return _again(case_id, shown, MultiDict(begun.fields), begun=begun)


@blueprint.post("/<message_id>")
def take_out(case_id: str, message_id: str) -> Answer:
    """Finds what was typed, or saves what is ticked once every place was looked at."""
    typed = MultiDict(posted.pairs())
    shown = office().redaction.message(actor(), case_id, message_id)
    try:
        filled = _fill(shown, typed)
    except SluisError as error:
        return _again(case_id, shown, typed, error.code), 400
    if typed.get("what") != "save":
        return _render(case_id, shown, filled)
    if filled.unseen:
        return _render(case_id, shown, filled, "unseen-places"), 409
    try:
        seen = number(typed.get("before", ""), -1)
        office().redaction.redact(actor(), case_id, message_id, filled.ranges, seen)
    except (NotAllowed, UnknownItem):
        raise
    except SluisError as error:
        return _render(case_id, shown, filled, error.code), 409
    keeping.forget(case_id, keeping.redaction_form(message_id))
    flash(_("Saved. Others get the message as it stands below; the message itself has not changed."))
    return redirect(url_for("redaction.message", case_id=case_id, message_id=message_id), 303)


def give_back(named: Mapping[str, str], fields: MultiDict[str, str], code: str) -> str:
    """The form as it was filled in, and why it was not saved."""
    shown = office().redaction.message(actor(), named["case_id"], named["message_id"])
    return _again(named["case_id"], shown, fields, code)


def _fill(shown: MessageToRedact, typed: MultiDict[str, str]) -> Filled:
    places = typed.getlist("offered"), typed.getlist("take")
    return fill(shown.text, shown.redacted.ranges, _words(typed), *places)


def _words(typed: Mapping[str, str]) -> dict[str, str]:
    return {label: typed.get(label, "") for label in LABELS}


def _again(
    case_id: str,
    shown: MessageToRedact,
    typed: MultiDict[str, str],
    problem: str = "",
    begun: KeptFields | None = None,
) -> str:
    """With what was typed and ticked, also when that is more than can be looked for."""
    try:
        filled = _fill(shown, typed)
    except SluisError as error:
        filled = fill(shown.text, (), None, typed.getlist("offered"), typed.getlist("take"))
        problem = problem or error.code
    return _render(case_id, shown, filled, problem, _words(typed), begun)


def _render(
    case_id: str,
    shown: MessageToRedact,
    filled: Filled,
    problem: str = "",
    typed: dict[str, str] | None = None,
    begun: KeptFields | None = None,
) -> str:
    told: Reason | None = referral_texts.redaction_reason(problem) if problem else None
    view = office().cases.view(actor(), case_id)
    return render_template(
        "redaction.html",
        line=view.line,
        workable=view.workable,
        message=shown,
        filled=filled,
        typed=typed or filled.typed,
        labels=referral_texts.LABELS,
        desks=office().cases.desks(),
        problem=told,
        begun=begun,
        keep_as=keeping.redaction_form(shown.message_id),
        keep_script=keeping.keep_script,
    )
