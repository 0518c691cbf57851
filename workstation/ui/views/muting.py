"""Muting a case, and ending that."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from sluis.errors import SluisError
from workstation.casework.roles import NotAllowed
from workstation.errors import UnknownItem
from workstation.ui.answer_texts import MUTE_REASONS
from workstation.ui.case_pages import case_values
from workstation.ui.reasons import Reason, reason
from workstation.ui.station import actor, office
from workstation.ui.views.answers import Answer

blueprint = Blueprint("muting", __name__, url_prefix="/<lang>/case/<case_id>/muting")


@blueprint.get("")
def page(case_id: str) -> Answer:
    """What it means, and the form."""
    return _render(case_id, None)


@blueprint.post("")
def change(case_id: str) -> Answer:
    """Mutes the case, or ends that."""
    desk = office().cases
    try:
        if request.form.get("what") == "unmute":
            desk.unmute(actor(), case_id)
            flash(_("The case is no longer muted."))
        else:
            desk.mute(actor(), case_id, request.form.get("reason", ""))
            flash(_("The case is muted."))
    except (NotAllowed, UnknownItem):
        raise
    except SluisError as error:
        return _render(case_id, reason(error.code)), 409
    return redirect(url_for("case.page", case_id=case_id), 303)


def _render(case_id: str, problem: Reason | None) -> str:
    view = office().cases.view(actor(), case_id)
    return render_template("muting.html", **case_values(view), reasons=MUTE_REASONS, problem=problem)
