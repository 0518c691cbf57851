"""Translations beside messages and answers: by who reads the case, or asked of an interpreter."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext as _

from sluis.errors import SluisError
from workstation.casework.interpreting import Pair
from workstation.casework.interpreting_desk import Wanted
from workstation.casework.roles import NotAllowed
from workstation.errors import UnknownItem
from workstation.ui import keeping
from workstation.ui.posted import unified
from workstation.ui.station import actor, office
from workstation.ui.translation_pages import asking_reason, render_answer, render_message, writing_reason
from workstation.ui.typed import keep_typed
from workstation.ui.views.answers import Answer

blueprint = Blueprint("translation", __name__, url_prefix="/<lang>/case/<case_id>/translation")


@blueprint.get("/message/<message_id>")
def message(case_id: str, message_id: str) -> Answer:
    """A message and its translations; `?foreign=` is the language that it is written in."""
    return render_message(case_id, message_id, request.args)


@blueprint.get("/answer/<reply_id>")
def answer(case_id: str, reply_id: str) -> Answer:
    """An answer and its translations; `?foreign=` is the language that it is wanted in."""
    return render_answer(case_id, reply_id, request.args)


@blueprint.post("/go/<what>/<item>")
def go(case_id: str, what: str, item: str) -> Answer:
    """To one of these two, after what was typed on the page of the case is saved."""
    keep_typed()
    if what == "message":
        return redirect(url_for("translation.message", case_id=case_id, message_id=item), 303)
    return redirect(url_for("translation.answer", case_id=case_id, reply_id=item), 303)


@blueprint.post("/message/<message_id>")
def write(case_id: str, message_id: str) -> Answer:
    """A new version of a translation."""
    fields = request.form
    text = unified(fields.get("text", ""))
    try:
        made = office().translations.write(actor(), case_id, message_id, fields.get("language", ""), text)
    except (NotAllowed, UnknownItem):
        raise
    except SluisError as error:
        return give_back({"case_id": case_id, "message_id": message_id}, fields, error.code), 400
    keeping.forget(case_id, keeping.translation_form(message_id))
    flash(_("The translation is saved. Earlier versions stay."))
    return redirect(url_for("case.page", case_id=case_id, _anchor=f"translation-{made}"), 303)


@blueprint.post("/ask")
def ask(case_id: str) -> Answer:
    """Gives the text as it is now to one interpreter."""
    fields = request.form
    wanted = Wanted(fields.get("message", ""), fields.get("reply", ""))
    foreign, own = fields.get("foreign", ""), fields.get("own", "")
    pair = Pair(own, foreign) if wanted.reply_id else Pair(foreign, own)
    try:
        office().interpreting.ask(actor(), case_id, wanted, fields.get("interpreter", ""), pair)
    except (NotAllowed, UnknownItem):
        raise
    except SluisError as error:
        return _again(case_id, wanted, error.code), 400
    flash(_("The text lies before the interpreter now, as it is."))
    return redirect(_page(case_id, wanted), 303)


@blueprint.post("/text/<text_id>/back")
def take_back(case_id: str, text_id: str) -> Answer:
    """The interpreter has it no more."""
    office().interpreting.take_back(actor(), case_id, text_id)
    flash(_("Taken back, and destroyed with what the interpreter had begun."))
    return redirect(
        _page(case_id, Wanted(request.form.get("message", ""), request.form.get("reply", ""))), 303
    )


@blueprint.post("/answer/<reply_id>/take-over")
def take_over(case_id: str, reply_id: str) -> Answer:
    """The draft says what the interpreter wrote."""
    translation_id = request.form.get("translation", "")
    try:
        office().interpreting.take_over(actor(), case_id, reply_id, translation_id)
    except (NotAllowed, UnknownItem):
        raise
    except SluisError as error:
        return _again(case_id, Wanted(reply_id=reply_id), error.code), 409
    flash(_("The draft is the interpreter’s text now. What stood there before stands beside it."))
    return redirect(url_for("case.page", case_id=case_id, _anchor=f"reply-{reply_id}"), 303)


def give_back(named: Mapping[str, str], fields: Mapping[str, str], code: str) -> str:
    """The form of a translation as it was filled in, and why it was not saved."""
    return render_message(named["case_id"], named["message_id"], fields, writing_reason(code), "#text")


def _again(case_id: str, wanted: Wanted, code: str) -> str:
    told, fields = asking_reason(code), request.form
    if wanted.reply_id:
        return render_answer(case_id, wanted.reply_id, fields, told, "#ask")
    return render_message(case_id, wanted.message_id, fields, told, "#ask")


def _page(case_id: str, wanted: Wanted) -> str:
    if wanted.reply_id:
        return url_for("translation.answer", case_id=case_id, reply_id=wanted.reply_id)
    return url_for("translation.message", case_id=case_id, message_id=wanted.message_id)
