"""What was typed on the page of a case: every button of the page sends all of it, and all of it is saved.

What a script keeps in between (keeping.py) is no draft, and a browser may run none: so no button may throw
away what another one is for.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import flash, request
from flask_babel import gettext as _

from sluis.errors import SluisError
from sluis.ring import escaped_size
from workstation.casework.roles import NotAllowed
from workstation.errors import UnknownItem
from workstation.records import ReplyEntry
from workstation.ui import keeping
from workstation.ui.forms import ReplyForm
from workstation.ui.posted import number, unified
from workstation.ui.station import actor, office
from workstation.ui.texts import length_text

_LATEST_DUE = 3_650


@dataclass
class Typed:
    """The fields, and what became of them; what was saved is "" by now, but for the answer.

    `reply_id` is the draft in the form, `seen` its mark when it was put there (ReplyEntry.mark), `changed`
    whether it was saved just now. `problem` is the code of why
    something was not saved; then `form()` gives it back.
    """

    thread_id: str
    reply_id: str
    text: str
    language: str
    note: str
    task: str
    due: str
    seen: str = ""
    changed: bool = False
    saved: bool = False
    problem: str = ""

    def form(self) -> ReplyForm:
        """As a form."""
        return ReplyForm(
            formdata=None,
            text=self.text,
            language=self.language,
            note=self.note,
            task=self.task,
            due=self.due,
            seen=self.seen,
        )


def read_typed(thread_id: str = "") -> Typed:
    """All that was typed; its line ends are as everywhere else, and not as browsers send them."""
    fields = request.form
    return Typed(
        thread_id=thread_id or fields.get("thread", ""),
        reply_id=fields.get("reply", ""),
        text=_text(fields.get("text", "")),
        language=fields.get("language", ""),
        note=_text(fields.get("note", "")),
        task=fields.get("task", ""),
        due=fields.get("due", ""),
        seen=fields.get("seen", ""),
    )


def keep_typed(thread_id: str = "") -> Typed:
    """Saves note, task and answer, each where there is one; raises NotAllowed, UnknownItem."""
    typed, desk, person = read_typed(thread_id), office().cases, actor()
    office().answers.may_write(person, typed.thread_id)
    case_id = desk.of_thread(person, typed.thread_id)
    form = keeping.answer_form(typed.thread_id, typed.reply_id)
    try:
        if typed.note.strip():
            desk.add_note(person, case_id, typed.note)
            flash(_("The note is saved."))
            typed.saved, typed.note = True, ""
        if typed.task.strip():
            due = number(typed.due, 0)
            desk.add_task(person, case_id, typed.task, min(due, _LATEST_DUE))
            flash(_("The task is saved."))
            typed.saved, typed.task = True, ""
        if typed.text.strip():
            _keep_answer(typed)
    except (NotAllowed, UnknownItem):
        raise
    except SluisError as error:
        typed.problem = error.code
        if error.code == "wrong-state":
            typed.reply_id = ""
        if error.code == "changed-meanwhile":
            typed.seen = ""  # what the others wrote is on the page that comes back
        return typed
    keeping.forget(case_id, form)
    return typed


def _keep_answer(typed: Typed) -> None:
    if not typed.reply_id:
        typed.reply_id = office().answers.draft(actor(), typed.thread_id, typed.text, typed.language)
    elif _as_it_was(typed) != (typed.text, typed.language):
        office().answers.edit(actor(), typed.reply_id, typed.text, typed.language, seen=typed.seen)
    else:
        typed.saved = True
        return
    typed.saved = typed.changed = True
    flash(_("Saved as a draft: %(length)s.", length=length_text(escaped_size(typed.text))))


def _as_it_was(typed: Typed) -> tuple[str, str]:
    for one in office().conversations.view(actor(), typed.thread_id).entries:
        if isinstance(one, ReplyEntry) and one.reply_id == typed.reply_id and one.state == "draft":
            return one.text, one.language
    return "", ""


def _text(typed: str) -> str:
    return unified(typed).replace("\r", "\n")
