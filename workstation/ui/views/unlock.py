"""Unlock with the passphrase, or sign in by desk, passphrase and code; lock again."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from wtforms.validators import DataRequired

from sluis.errors import SluisError
from workstation.ui.forms import ReplyForm, UnlockForm
from workstation.ui.reasons import Reason, reason
from workstation.ui.station import station
from workstation.ui.views import gate, giving_back
from workstation.ui.views.answers import Answer

blueprint = Blueprint("unlock", __name__)
_WRONG = frozenset({"wrong-passphrase", "wrong-sign-in", "code-used", "try-later"})


@blueprint.route("/<lang>/unlock", methods=["GET", "POST"])
def page() -> Answer:
    """Asks who it is; goes on to the page that was asked for, or gives back a text that was kept."""
    form = new_form()
    if request.method == "GET" and g.unlocked:
        return redirect(gate.home_url(), 303)
    if not form.validate_on_submit():
        return render(form), 400 if request.method == "POST" else 200
    holder = station().holder
    try:
        holder.unlock(form.passphrase.data or "", form.desk.data or "", form.one_time.data or "")
    except SluisError as error:
        return render(form, reason(error.code)), 403 if error.code in _WRONG else 503
    wanted = session.get(gate.NEXT)
    _begin()
    if form.kept_thread.data and gate.may(gate.SAVE):
        from workstation.ui.views import thread

        kept = ReplyForm(
            formdata=None,
            text=form.kept_text.data,
            language=form.kept_language.data,
            note=form.kept_note.data,
            task=form.kept_task.data,
        )
        return thread.give_back(form.kept_thread.data, form.kept_reply.data or "", kept, "unlocked")
    if form.kept_page.data in giving_back.GIVEN_BACK and gate.may(form.kept_page.data):
        kept_where, kept_words = form.kept_address.data or "", form.kept_text.data or ""
        return giving_back.give_back(form.kept_page.data, kept_where, kept_words, "unlocked")
    return redirect(url_for(**wanted) if wanted and gate.may(wanted["endpoint"]) else gate.home_url(), 303)


def new_form(**values: Any) -> UnlockForm:
    """As many fields as it takes here."""
    form = UnlockForm(**values)
    if station().holder.has_people:
        form.desk.validators = [DataRequired(_("Type the name of your desk.")), *form.desk.validators]
        form.one_time.validators = [DataRequired(_("Type the code.")), *form.one_time.validators]
    return form


def _begin() -> None:
    made = station()
    name = made.sessions.renew(session)
    made.sessions.spare = name
    made.holder.give_to(name)
    g.unlocked = True
    g.actor = made.holder.actor
    g.pop("csrf_token", None)  # it belonged to the session before


@blueprint.post("/<lang>/lock")
def lock() -> Answer:
    """Closes the office; a running import is finished first."""
    made = station()
    made.holder.lock()
    made.sessions.end(session)
    return redirect(url_for("unlock.page"), 303)


def with_kept_text() -> str:
    """The unlock page in answer to a text that came too late; it goes along in hidden fields."""
    values, named = request.form, request.view_args or {}
    if request.endpoint in giving_back.GIVEN_BACK:
        form = new_form(
            formdata=None,
            kept_page=request.endpoint,
            kept_address=giving_back.named(),
            kept_text=giving_back.filled_in(),
        )
    else:
        form = new_form(
            formdata=None,
            kept_thread=named.get("thread_id") or values.get("thread", ""),
            kept_reply=values.get("reply", ""),
            kept_language=values.get("language", ""),
            kept_text=values.get("text", ""),
            kept_note=values.get("note", ""),
            kept_task=values.get("task", ""),
        )
    session[gate.ENDED] = True
    return render(form)


def render(form: UnlockForm, problem: Reason | None = None) -> str:
    """The page itself."""
    minutes = round(station().settings.idle_s / 60)
    ended = bool(session.pop(gate.ENDED, False)) and problem is None
    people = station().holder.has_people
    return render_template(
        "unlock.html", form=form, problem=problem, ended=ended, minutes=minutes, people=people
    )
