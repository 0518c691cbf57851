"""What somebody changes of their own access."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request
from flask_babel import gettext as _

from sluis.errors import SluisError
from workstation.errors import UnknownItem
from workstation.ui.forms import PassphraseForm
from workstation.ui.reasons import Reason, person_reason
from workstation.ui.station import actor, office
from workstation.ui.views import gate
from workstation.ui.views.answers import Answer

blueprint = Blueprint("person", __name__)


@blueprint.route("/<lang>/me/passphrase", methods=["GET", "POST"])
def passphrase() -> Answer:
    """One's own passphrase; a lone seat has none of its own."""
    form = PassphraseForm()
    if not actor().desk:
        raise UnknownItem("no desk of one's own")
    if request.method == "GET":
        return _render(form, None)
    if form.passphrase.data != form.again.data:
        return _render(form, person_reason("differs")), 400
    try:
        office().people.change_passphrase(actor(), form.before.data or "", form.passphrase.data or "")
    except SluisError as error:
        return _render(form, person_reason(error.code)), 400
    flash(_("Your passphrase is changed. The one before opens nothing here any more."))
    return redirect(gate.home_url(), 303)


def _render(form: PassphraseForm, problem: Reason | None) -> str:
    return render_template("person_passphrase.html", form=form, problem=problem)
