"""Rules for answers: receipts, and the days on which releases leave."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from sluis.errors import SluisError
from workstation.casework.roles import NotAllowed
from workstation.ui.answer_texts import WEEKDAYS
from workstation.ui.reasons import reason
from workstation.ui.station import actor, office
from workstation.ui.views.answers import Answer

blueprint = Blueprint("rules", __name__, url_prefix="/<lang>/rules")


@blueprint.get("")
def page() -> Answer:
    """Both, as they are."""
    return _render()


@blueprint.post("/receipts")
def receipts() -> Answer:
    """Switches them on or off."""
    office().rules.set_receipts(actor(), request.form.get("on") == "yes")
    flash(_("Saved. It holds from the next import on."))
    return redirect(url_for("rules.page"), 303)


@blueprint.post("/release-days")
def release_days() -> Answer:
    """Exactly the days that were ticked."""
    try:
        office().rules.set_release_days(actor(), request.form.getlist("day"))
    except NotAllowed:
        raise
    except SluisError as error:
        return _render(error.code), 400
    flash(_("Saved."))
    return redirect(url_for("rules.page"), 303)


def _render(code: str = "") -> str:
    rules = office().rules
    return render_template(
        "rules.html",
        receipts=rules.receipts(),
        days=rules.release_days(),
        WEEKDAYS=WEEKDAYS,
        problem=reason(code) if code else None,
    )
