"""One conversation of a case: the answers to it. What is read is on the page of its case."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from sluis.errors import SluisError
from sluis.ring import escaped_size
from workstation.casework import answer_templates
from workstation.casework.roles import NotAllowed
from workstation.ui.case_pages import conversation, render_case
from workstation.ui.conversation import find_reply
from workstation.ui.forms import ReplyForm
from workstation.ui.languages import reply_languages
from workstation.ui.posted import unified
from workstation.ui.reasons import Reason, reply_reason
from workstation.ui.station import actor, office
from workstation.ui.texts import too_long_text
from workstation.ui.typed import Typed, keep_typed, read_typed
from workstation.ui.views.answers import Answer

blueprint = Blueprint("thread", __name__, url_prefix="/<lang>/thread/<thread_id>")


@blueprint.get("")
def page(thread_id: str) -> Answer:
    """To the page of its case; `?edit=` goes along."""
    case_id = office().cases.of_thread(actor(), thread_id)
    editing = request.args.get("edit") or None
    return redirect(url_for("case.page", case_id=case_id, to=thread_id, edit=editing), 303)


@blueprint.post("/reply")
def save(thread_id: str) -> Answer:
    """Saves what was typed: a new draft or the draft named by `reply`, a note, a task.

    A text that cannot be saved is given back.
    """
    typed = keep_typed(thread_id)
    if not typed.problem and not typed.saved and not typed.text.strip():
        typed.problem = "bad-field"
    if typed.problem:
        return give_back(thread_id, typed.reply_id, typed.form(), typed.problem)
    return _back(typed, f"reply-{typed.reply_id}" if typed.changed else "notes")


@blueprint.post("/template")
def put_template(thread_id: str) -> Answer:
    """Puts a template below what is typed, or shows those of the chosen language; nothing is saved yet."""
    office().answers.may_write(actor(), thread_id)
    typed = read_typed(thread_id)
    purpose, _dot, language = request.form.get("template", "").partition(".")
    chosen = answer_templates.template(purpose, language)
    if chosen is not None:
        typed.text = f"{typed.text.rstrip()}\n\n{chosen.text}".lstrip("\n")
        typed.language = chosen.language
    desk = office().cases
    view = desk.view(actor(), desk.of_thread(actor(), thread_id))
    return render_case(view, conversation(view, thread_id), typed.form(), typed.reply_id)


@blueprint.post("/reply/<reply_id>/approve")
def approve(thread_id: str, reply_id: str) -> Answer:
    """The draft goes into the next release, unless it was changed just now: then it is read first."""
    typed = keep_typed(thread_id)
    if typed.problem:
        return give_back(thread_id, typed.reply_id, typed.form(), typed.problem)
    if typed.changed and typed.reply_id == reply_id:
        flash(_("The draft was changed just now. Read it once more, then approve it."))
        return _back(typed, f"reply-{reply_id}")
    no_detail = request.form.get("no_detail") == reply_id
    seen = request.form.get(f"read-{reply_id}", "")
    try:
        office().answers.approve(actor(), reply_id, no_detail=no_detail, seen=seen)
    except NotAllowed:
        raise
    except SluisError as error:
        if error.code not in ("detail-unchecked", "unfilled-place", "changed-meanwhile"):
            raise
        code = "changed-unread" if error.code == "changed-meanwhile" else error.code
        return give_back(thread_id, "", typed.form(), code, _("The answer was not approved"))
    flash(_("Approved. The answer leaves with the next release."))
    return _back(typed, f"reply-{reply_id}")


@blueprint.post("/reply/<reply_id>/withdraw")
def withdraw(thread_id: str, reply_id: str) -> Answer:
    """Takes an answer back."""
    typed = keep_typed(thread_id)
    if typed.problem:
        return give_back(thread_id, typed.reply_id, typed.form(), typed.problem)
    office().answers.withdraw(actor(), reply_id)
    flash(_("Withdrawn. If it was in a release already, the next release takes it out."))
    return _back(typed, f"reply-{reply_id}")


def give_back(thread_id: str, reply_id: str, form: ReplyForm, code: str, heading: str = "") -> Answer:
    """The case with the text that was not saved, and why."""
    told = reply_reason(code)
    text = unified(form.text.data or "")
    if code == "too-large" and escaped_size(text) > 0:
        told = Reason(too_long_text(escaped_size(text)), told.next)
    desk = office().cases
    view = desk.view(actor(), desk.of_thread(actor(), thread_id))
    answered = conversation(view, thread_id)
    draft = find_reply(answered, reply_id) if reply_id else None
    if draft is not None and not form.seen.data:
        form.seen.data = draft.mark
    shown = render_case(view, answered, form, reply_id, told, heading)
    return shown, 200 if code == "unlocked" else 400


def while_importing() -> str:
    """The text alone, to be saved when the import has ended: the conversation cannot be read until then."""
    typed = read_typed((request.view_args or {}).get("thread_id", ""))
    form = typed.form()
    form.language.choices = reply_languages(typed.language)
    return render_template(
        "kept.html",
        form=form,
        thread_id=typed.thread_id,
        editing=typed.reply_id,
        problem=reply_reason("busy"),
    )


def _back(typed: Typed, anchor: str) -> Answer:
    case_id = office().cases.of_thread(actor(), typed.thread_id)
    return redirect(url_for("case.page", case_id=case_id, to=typed.thread_id, _anchor=anchor), 303)
