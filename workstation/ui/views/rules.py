"""Rules: receipts, the days on which releases leave, and the heading of what is passed on."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from sluis.errors import SluisError
from workstation.casework.roles import NotAllowed
from workstation.casework.sheet_heading import TEXT_MAX
from workstation.sheets.sheet import LANGUAGES, usual_heading
from workstation.ui import referral_texts
from workstation.ui.answer_texts import WEEKDAYS
from workstation.ui.reason import Reason
from workstation.ui.reasons import reason
from workstation.ui.station import actor, office
from workstation.ui.views.answers import Answer

blueprint = Blueprint("rules", __name__, url_prefix="/<lang>/rules")


@blueprint.get("")
def page() -> Answer:
    """All of them, as they are."""
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
        return _render(reason(error.code)), 400
    flash(_("Saved."))
    return redirect(url_for("rules.page"), 303)


@blueprint.post("/sheet-heading")
def sheet_heading() -> Answer:
    """What stands at the top of a sheet from now on; what cannot stand there is given back."""
    typed = {language: request.form.get(f"heading-{language}", "") for language in LANGUAGES}
    try:
        office().rules.set_sheet_headings(actor(), typed)
    except NotAllowed:
        raise
    except SluisError as error:
        return _render(referral_texts.heading_reason(error), typed), 400
    flash(_("Saved. It holds for every sheet from now on."))
    return redirect(url_for("rules.page"), 303)


def _render(problem: Reason | None = None, headings: Mapping[str, str] | None = None) -> str:
    rules = office().rules
    return render_template(
        "rules.html",
        receipts=rules.receipts(),
        days=rules.release_days(),
        WEEKDAYS=WEEKDAYS,
        headings=headings or rules.sheet_headings(),
        usual={language: usual_heading(language) for language in LANGUAGES},
        heading_max=TEXT_MAX,
        problem=problem,
    )
