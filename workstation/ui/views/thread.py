"""One conversation: what the reporter wrote, what was answered, and the answer that is being written."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from sluis.errors import SluisError, TooLarge
from sluis.ring import escaped_size
from workstation.errors import UnknownItem
from workstation.records import Message, ReplyEntry, ThreadView
from workstation.ui.conversation import careful, entries, find_reply
from workstation.ui.forms import ReplyForm
from workstation.ui.languages import reply_languages
from workstation.ui.reasons import Reason, reply_reason
from workstation.ui.station import office
from workstation.ui.texts import length_text, too_long_text
from workstation.ui.views.answers import Answer

blueprint = Blueprint("thread", __name__, url_prefix="/<lang>/thread/<thread_id>")


@blueprint.get("")
def page(thread_id: str) -> Answer:
    """The conversation; what is shown now counts as read. `?edit=` puts a draft into the form."""
    view = office().thread(thread_id)
    editing = request.args.get("edit", "")
    form = ReplyForm(formdata=None, language=_language(view))
    if editing:
        reply = find_reply(view, editing)
        if reply is None or reply.state != "draft":
            raise UnknownItem("no such draft")
        form = ReplyForm(formdata=None, text=reply.text, language=reply.language)
    office().mark_read(thread_id)
    return _render(view, form, editing)


@blueprint.post("/reply")
def save(thread_id: str) -> Answer:
    """Saves a new draft, or the draft named by `reply`; a text that cannot be saved is given back."""
    form = ReplyForm()
    text, language, reply_id = typed_text(), request.form.get("language", ""), request.form.get("reply", "")
    try:
        if reply_id:
            office().edit_reply(reply_id, text, language)
        else:
            reply_id = office().draft_reply(thread_id, text, language)
    except TooLarge:
        return give_back(thread_id, reply_id, form, "too-large")
    except UnknownItem:
        raise
    except SluisError as error:
        return give_back(thread_id, "" if error.code == "wrong-state" else reply_id, form, error.code)
    flash(_("Saved as a draft: %(length)s.", length=length_text(escaped_size(text))))
    return redirect(url_for("thread.page", thread_id=thread_id, _anchor=f"reply-{reply_id}"), 303)


@blueprint.post("/reply/<reply_id>/approve")
def approve(thread_id: str, reply_id: str) -> Answer:
    """The draft goes into the next release."""
    office().approve_reply(reply_id)
    flash(_("Approved. The answer leaves with the next release."))
    return _back(thread_id, reply_id)


@blueprint.post("/reply/<reply_id>/withdraw")
def withdraw(thread_id: str, reply_id: str) -> Answer:
    """Takes an answer back."""
    office().withdraw_reply(reply_id)
    flash(_("Withdrawn. If it was in a release already, the next release takes it out."))
    return _back(thread_id, reply_id)


def typed_text() -> str:
    """The text of the form, its line ends as everywhere else and not as browsers send them."""
    return request.form.get("text", "").replace("\r\n", "\n").replace("\r", "\n")


def give_back(thread_id: str, reply_id: str, form: ReplyForm, code: str) -> Answer:
    """The conversation with the text that was not saved, and why."""
    told = reply_reason(code)
    text = (form.text.data or "").replace("\r\n", "\n")
    if code == "too-large":
        told = Reason(too_long_text(escaped_size(text)), told.next)
    return _render(office().thread(thread_id), form, reply_id, told), 200 if code == "unlocked" else 400


def while_importing() -> str:
    """The text alone, to be saved when the import has ended: the conversation cannot be read until then."""
    thread_id = (request.view_args or {})["thread_id"]
    form = ReplyForm(formdata=None, text=typed_text(), language=request.form.get("language", ""))
    form.language.choices = reply_languages(form.language.data)
    return render_template(
        "kept.html",
        form=form,
        thread_id=thread_id,
        editing=request.form.get("reply", ""),
        problem=reply_reason("busy"),
    )


def _back(thread_id: str, reply_id: str) -> Answer:
    return redirect(url_for("thread.page", thread_id=thread_id, _anchor=f"reply-{reply_id}"), 303)


def _render(view: ThreadView, form: ReplyForm, editing: str = "", problem: Reason | None = None) -> str:
    form.language.choices = reply_languages(form.language.data or "")
    drafts = [one for one in view.entries if isinstance(one, ReplyEntry) and one.state == "draft"]
    return render_template(
        "thread.html",
        view=view,
        entries=entries(view),
        form=form,
        editing=editing,
        problem=problem,
        careful=careful(view),
        last_draft=drafts[-1].reply_id if drafts else "",
    )


def _language(view: ThreadView) -> str:
    """The language that the reporter asked for, or else wrote in."""
    messages = [one for one in view.entries if isinstance(one, Message)]
    for one in reversed(messages):
        asked = one.intake.get("language", "")
        if asked and asked != "other":
            return asked
    return view.summary.language
