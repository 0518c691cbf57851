"""The pages of a case, rendered; each begins with the banner of its risks."""

from __future__ import annotations

from collections.abc import Mapping

from flask import render_template
from flask_babel import get_locale

from workstation.casework import codebook, retention
from workstation.casework.answer_templates import MISSING
from workstation.casework.cases import CLOSE_REASONS
from workstation.casework.kept import KeptFields
from workstation.casework.merging import LINK_KINDS
from workstation.casework.records import CaseView
from workstation.casework.triage import QUESTIONS, URGENCIES, suggested_urgency
from workstation.errors import UnknownItem
from workstation.records import Message, ReplyEntry, ThreadView
from workstation.ui import agreement_texts, answer_texts, case_texts, keeping
from workstation.ui.case_short import short_values
from workstation.ui.conversation import shown_entry
from workstation.ui.forms import ReplyForm
from workstation.ui.languages import reply_languages
from workstation.ui.posted import unified
from workstation.ui.reason import Reason
from workstation.ui.station import actor, office, station
from workstation.ui.translation_texts import shown_translations


def conversation(view: CaseView, thread_id: str) -> ThreadView:
    """The conversation with this id; the newest of the case for ""; raises UnknownItem."""
    for one in view.conversations:
        if one.summary.thread_id == thread_id:
            return one
    if thread_id:
        raise UnknownItem("no such conversation in this case")
    waiting = [one for one in view.conversations if one.summary.waiting_reply]
    return (waiting or list(view.conversations))[-1]


def asked_language(view: ThreadView) -> str:
    """The language that the reporter asked for, or else wrote in."""
    messages = [one for one in view.entries if isinstance(one, Message)]
    for one in reversed(messages):
        asked = one.intake.get("language", "")
        if asked and asked != "other":
            return asked
    return view.summary.language


def render_case(
    view: CaseView,
    answered: ThreadView,
    form: ReplyForm,
    editing: str = "",
    problem: Reason | None = None,
    heading: str = "",
    begun: KeptFields | None = None,
) -> str:
    """The case itself: what was sent and answered, and the form for all that can be written here.

    `begun`: what is in the form was typed before, and not sent.
    """
    form.language.choices = reply_languages(form.language.data or "")
    form.due.choices = case_texts.due_choices()
    entries = [(one, shown_entry(one.entry)) for one in view.timeline]
    drafts = [
        one.reply_id for one in answered.entries if isinstance(one, ReplyEntry) and one.state == "draft"
    ]
    return render_template(
        "case.html",
        **case_values(view),
        **short_values(view),
        answered=answered,
        entries=entries,
        form=form,
        length=answer_texts.length(unified(form.text.data or "")),
        ready_answers=answer_texts.offered(form.language.data or ""),
        missing=MISSING,
        editing=editing,
        problem=problem,
        heading=heading,
        last_draft=drafts[-1] if drafts else "",
        begun=begun,
        keep_as=keeping.answer_form(answered.summary.thread_id, editing),
        begun_drafts=set(keeping.begun_drafts(view.line.case_id, answered.summary.thread_id)) & set(drafts),
        codes=[(code, _code_text(code)) for code in view.codes],
    )


def render_triage(
    view: CaseView,
    values: Mapping[str, str],
    codes: frozenset[str],
    problem: Reason | None = None,
    begun: KeptFields | None = None,
) -> str:
    """The form of the triage, filled in as far as it was."""
    book = codebook.current()
    return render_template(
        "case_triage.html",
        **case_values(view),
        values=values,
        chosen_codes=codes,
        problem=problem,
        begun=begun,
        keep_as=keeping.TRIAGE,
        questions=QUESTIONS,
        urgencies=URGENCIES,
        suggested=suggested_urgency(view.triage) if view.assessments else (),
        reviews=case_texts.review_choices(),
        book=[(code, _code_text(code)) for code in book.texts],
    )


def render_together(view: CaseView, problem: Reason | None = None) -> str:
    """Merge, split, link."""
    others = [
        one for one in office().cases.inbox(actor(), size=500).lines if one.case_id != view.line.case_id
    ]
    kinds = [kind for kind in LINK_KINDS if kind != "split"]
    return render_template(
        "case_together.html", **case_values(view), others=others, kinds=kinds, problem=problem
    )


def render_end(view: CaseView, problem: Reason | None = None) -> str:
    """Close, open again, destroy."""
    rules = retention.current()
    return render_template(
        "case_end.html",
        **case_values(view),
        close_reasons=CLOSE_REASONS,
        discussed=office().options.discussed(actor(), view.line.case_id),
        no_options=agreement_texts.NO_OPTIONS,
        keep_days=rules.days[rules.default],
        problem=problem,
    )


def desk_name(person_id: str) -> str:
    """The desk of somebody; the lone seat's is ""."""
    if person_id == actor().person_id.hex():
        return actor().desk
    return office().cases.desks().get(person_id, "")


def _code_text(code: str) -> str:
    locale = get_locale()
    return codebook.current().text(code, locale.language if locale else "en")


def case_values(view: CaseView) -> dict[str, object]:
    """What every page of a case shows of it."""
    today = station().today()
    due = view.line.destroy_day is not None and view.line.destroy_day <= today
    return {
        "view": view,
        "line": view.line,
        "today": today,
        "due": due,
        "mine": view.line.owner == actor().person_id.hex(),
        "TEXTS": case_texts,
        "desks": office().cases.desks(),
        "keep_script": keeping.keep_script,
        "shown_translations": shown_translations,
    }
