"""Signing in and out."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import Blueprint, g, redirect, render_template, session, url_for

from journalist_interface.events import Event, report
from journalist_interface.forms import SignInForm
from journalist_interface.sessions import renew
from journalist_interface.sign_in import Outcome, SignInResult
from journalist_interface.texts import SIGN_IN_TEXTS, wait_text
from journalist_interface.views.answers import Answer
from journalist_interface.views.gate import ENDED, remember, site

blueprint = Blueprint("sign_in", __name__, url_prefix="/<lang>")

_EVENTS: Mapping[Outcome, Event] = {
    Outcome.SIGNED_IN: Event.SIGNED_IN,
    Outcome.WRONG: Event.SIGN_IN_WRONG,
    Outcome.REUSED: Event.SIGN_IN_REUSED,
    Outcome.WAIT: Event.SIGN_IN_WAIT,
}
_TEXTS: Mapping[Outcome, Callable[[SignInResult], str]] = {
    Outcome.WRONG: lambda result: str(SIGN_IN_TEXTS["wrong"]),
    Outcome.REUSED: lambda result: str(SIGN_IN_TEXTS["reused"]),
    Outcome.WAIT: lambda result: wait_text(result.wait_s),
}
_STATUS: Mapping[Outcome, int] = {Outcome.WRONG: 403, Outcome.REUSED: 403, Outcome.WAIT: 429}


@blueprint.route("/sign-in", methods=["GET", "POST"])
def page() -> Answer:
    """The form, and what it answers."""
    if g.operator:
        return redirect(url_for("exports.page"), 303)
    form = SignInForm()
    if not form.is_submitted():
        return render_template("sign_in.html", form=form, problem="", ended=session.pop(ENDED, False))
    if not form.validate():
        return render_template("sign_in.html", form=form, problem=""), 400
    typed = (form.alias.data or "", form.passphrase.data or "", form.code.data or "")
    result = site().signing_in.attempt(*typed)
    report(_EVENTS[result.outcome])
    if result.operator is None:
        form.code.data = ""  # the next try needs the next code
        problem = _TEXTS[result.outcome](result)
        return render_template("sign_in.html", form=form, problem=problem), _STATUS[result.outcome]
    remember(result.operator)
    return redirect(url_for("exports.page"), 303)


@blueprint.post("/sign-out")
def leave() -> Answer:
    """Ends the session."""
    renew(session, site().sessions)
    report(Event.SIGNED_OUT)
    return redirect(url_for("sign_in.page"), 303)
