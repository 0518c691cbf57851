"""What is being typed is kept, for the script of the page (static/keep.js) and for whoever throws it away."""

from __future__ import annotations

from flask import Blueprint, flash, redirect
from flask_babel import gettext as _

from workstation.ui import keeping, posted
from workstation.ui.views.answers import Answer

blueprint = Blueprint("keeping", __name__, url_prefix="/<lang>/case/<case_id>/keep/<form>")


@blueprint.post("")
def keep(case_id: str, form: str) -> Answer:
    """204 once the fields are on the disk, sealed; nothing that could be shown."""
    keeping.keep(case_id, form, posted.pairs())
    return "", 204


@blueprint.post("/throw-away")
def throw_away(case_id: str, form: str) -> Answer:
    """What was kept of this form is destroyed."""
    keeping.forget(case_id, form)
    flash(_("What you had typed there is thrown away."))
    return redirect(keeping.page_of(case_id, form), 303)
