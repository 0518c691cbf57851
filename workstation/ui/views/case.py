"""One case: what was sent and answered, the team's judgement, notes and tasks, and what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from sluis.errors import SluisError
from workstation.casework.roles import NotAllowed
from workstation.casework.triage import QUESTIONS, WORDS, Triage
from workstation.errors import UnknownItem
from workstation.ui import keeping
from workstation.ui.case_pages import (
    asked_language,
    conversation,
    render_case,
    render_end,
    render_together,
    render_triage,
)
from workstation.ui.conversation import find_reply
from workstation.ui.forms import ReplyForm
from workstation.ui.posted import number, unified
from workstation.ui.reason import AGAIN
from workstation.ui.reasons import reason
from workstation.ui.station import actor, office
from workstation.ui.typed import Typed, keep_typed
from workstation.ui.views import thread
from workstation.ui.views.answers import Answer

blueprint = Blueprint("case", __name__, url_prefix="/<lang>/case/<case_id>")
_PARTS = {
    "triage": "case.triage",
    "together": "case.together",
    "end": "case.end",
    "people": "assignment.page",
    "consent": "consent.page",
    "options": "options.page",
    "holds": "holds.page",
    "redaction": "redaction.page",
    "referral": "referral.page",
    "phone": "phone.case",
    "muting": "muting.page",
}


@blueprint.get("")
def page(case_id: str) -> Answer:
    """The case; what is shown now counts as read.

    `?to=` names the conversation that is answered, `?edit=` puts a draft of it into the form.
    """
    desk = office().cases
    view = desk.view(actor(), case_id)
    answered = conversation(view, request.args.get("to", ""))
    editing = request.args.get("edit", "")
    values = {"language": asked_language(answered)}
    if editing:
        reply = find_reply(answered, editing)
        if reply is None or reply.state != "draft":
            raise UnknownItem("no such draft")
        values = {"text": reply.text, "language": reply.language, "seen": reply.mark}
    begun = keeping.kept(case_id, keeping.answer_form(answered.summary.thread_id, editing))
    if begun is not None and view.workable:
        values |= {name: begun.get(name) for name in ("text", "language", "note", "task", "due")}
        values["seen"] = begun.get("seen") or values.get("seen", "")
    desk.mark_read(actor(), case_id)
    return render_case(view, answered, ReplyForm(formdata=None, **values), editing, begun=begun)


@blueprint.get("/triage")
def triage(case_id: str) -> Answer:
    """The form of the triage, as it was judged last, or as the reporter's own form says."""
    view = office().cases.view(actor(), case_id)
    begun = keeping.kept(case_id, keeping.TRIAGE)
    if begun is not None and view.workable:
        codes = frozenset(value for name, value in begun.fields if name == "code")
        return render_triage(view, dict(begun.fields), codes, begun=begun)
    values = {name: getattr(view.triage, name) for name in (*QUESTIONS, *WORDS)}
    return render_triage(view, {**values, "remarks": ""}, frozenset(view.codes))


@blueprint.post("/triage")
def assess(case_id: str) -> Answer:
    """A new assessment, and the codes that apply."""
    typed = request.form.get
    words = {name: unified(typed(name, "")) for name in WORDS}
    judged = Triage(**{name: typed(name, "") for name in QUESTIONS}, **words)
    try:
        review_in = number(typed("review", ""), None)
        codes = frozenset(request.form.getlist("code"))
        chosen, seen = typed("urgency", ""), typed("seen", "")
        office().cases.assess(actor(), case_id, judged, chosen, review_in, codes, seen=seen)
    except (NotAllowed, UnknownItem):
        raise
    except SluisError as error:
        return give_back({"case_id": case_id}, request.form, error.code), 400
    keeping.forget(case_id, keeping.TRIAGE)
    flash(_("Saved. Earlier judgements stay as they were."))
    return redirect(url_for("case.page", case_id=case_id), 303)


def give_back(named: Mapping[str, str], fields: MultiDict[str, str], code: str) -> str:
    """The form of the triage as it was filled in, and why it was not saved."""
    view = office().cases.view(actor(), named["case_id"])
    told = AGAIN.get(code) or reason(code)
    values = fields.to_dict()
    if code == "changed-meanwhile":
        values["seen"] = ""  # they look now, and may save over it
    return render_triage(view, values, frozenset(fields.getlist("code")), told)


@blueprint.post("/assign")
def assign(case_id: str) -> Answer:
    """Takes the case, or gives it back."""
    typed = keep_typed()
    mine = request.form.get("take") == "yes"
    office().cases.assign(actor(), case_id, actor().person_id.hex() if mine else "")
    flash(_("This is your case now.") if mine else _("The case is nobody’s now."))
    return _back(case_id, typed)


@blueprint.post("/task/<task_id>/done")
def finish_task(case_id: str, task_id: str) -> Answer:
    """A task is done."""
    typed = keep_typed()
    office().cases.finish_task(actor(), case_id, task_id)
    flash(_("The task is done."))
    return _back(case_id, typed, "tasks")


@blueprint.post("/note/<note_id>/destroy")
def remove_note(case_id: str, note_id: str) -> Answer:
    """Destroys a note, once that was ticked."""
    typed = keep_typed()
    if request.form.get("destroy_note") != note_id:
        flash(_("Nothing was destroyed. Tick the box beside the note first."))
        return _back(case_id, typed, f"note-{note_id}")
    office().cases.remove_note(actor(), case_id, note_id)
    flash(_("The note is destroyed."))
    return _back(case_id, typed, "notes")


@blueprint.post("/go/<part>")
def go(case_id: str, part: str) -> Answer:
    """To another page of the case, after what was typed here is saved."""
    keep_typed()
    target = _PARTS.get(part)
    if target is None:
        raise UnknownItem("no such page")
    return redirect(url_for(target, case_id=case_id), 303)


@blueprint.get("/together")
def together(case_id: str) -> Answer:
    """Merge, split, link."""
    return render_together(office().cases.view(actor(), case_id))


@blueprint.post("/together")
def join(case_id: str) -> Answer:
    """Does one of the three."""
    desk, person = office().cases, actor()
    other, what = request.form.get("other", ""), request.form.get("what", "")
    try:
        if what == "merge":
            desk.merge(person, case_id, other)
            flash(_("The two are one case now."))
        elif what == "split":
            case_id = desk.split(person, case_id, request.form.get("thread", ""))
            flash(_("This is a case of its own now. Notes and judgements stayed with the other."))
        elif what == "unlink":
            desk.unlink(person, case_id, other)
            flash(_("The link is gone."))
        else:
            desk.link(person, case_id, other, request.form.get("kind", ""))
            flash(_("They are linked."))
    except SluisError as error:
        return render_together(desk.view(person, case_id), reason(error.code)), 409
    return redirect(url_for("case.page", case_id=case_id), 303)


@blueprint.get("/end")
def end(case_id: str) -> Answer:
    """Close, open again, destroy."""
    return render_end(office().cases.view(actor(), case_id))


@blueprint.post("/end")
def finish(case_id: str) -> Answer:
    """Does one of the three."""
    desk, person = office().cases, actor()
    what = request.form.get("what", "")
    try:
        if what == "destroy":
            desk.destroy(person, case_id)
            flash(_("The case is destroyed: its key, its words and its files."))
            return redirect(url_for("inbox.closed"), 303)
        if what == "reopen":
            desk.reopen(person, case_id)
            flash(_("The case is open again."))
        else:
            desk.close(person, case_id, request.form.get("reason", ""), request.form.get("none", ""))
            flash(_("The case is closed, and its clock runs."))
    except SluisError as error:
        return render_end(desk.view(person, case_id), reason(error.code)), 409
    return redirect(url_for("case.page", case_id=case_id), 303)


def _back(case_id: str, typed: Typed, anchor: str | None = None) -> Answer:
    if typed.problem:
        return thread.give_back(typed.thread_id, typed.reply_id, typed.form(), typed.problem)
    return redirect(url_for("case.page", case_id=case_id, to=typed.thread_id, _anchor=anchor), 303)
