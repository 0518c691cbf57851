"""The page on which a message or an answer is translated, rendered."""

from __future__ import annotations

from collections.abc import Mapping

from flask import g, render_template

from sluis.languages import LANGUAGE_NAMES
from workstation.casework.interpreting_desk import Wanted
from workstation.errors import UnknownItem
from workstation.records import Message, ReplyEntry
from workstation.ui import keeping
from workstation.ui.case_pages import asked_language, conversation
from workstation.ui.languages import reply_languages
from workstation.ui.reason import Reason
from workstation.ui.reasons import reason
from workstation.ui.settings import LANGUAGES
from workstation.ui.station import actor, office
from workstation.ui.translation_texts import ASKING_REASONS, TRANSLATION_REASONS, shown_translations


def writing_reason(code: str) -> Reason:
    """Why a translation was not saved."""
    return TRANSLATION_REASONS.get(code) or reason(code)


def asking_reason(code: str) -> Reason:
    """Why nobody was asked, or nothing was taken over."""
    return ASKING_REASONS.get(code) or reason(code)


def render_message(
    case_id: str, message_id: str, fields: Mapping[str, str], problem: Reason | None = None, target: str = ""
) -> str:
    """A message, its translations, the form for one more, and who could be asked; raises UnknownItem."""
    return _render(case_id, Wanted(message_id=message_id), fields, problem, target)


def render_answer(
    case_id: str, reply_id: str, fields: Mapping[str, str], problem: Reason | None = None, target: str = ""
) -> str:
    """The draft of an answer, its translations, and who could be asked; raises UnknownItem."""
    return _render(case_id, Wanted(reply_id=reply_id), fields, problem, target)


def _render(
    case_id: str, wanted: Wanted, fields: Mapping[str, str], problem: Reason | None, target: str
) -> str:
    view = office().cases.view(actor(), case_id)
    placed = next((one for one in view.timeline if _is(one.entry, wanted)), None)
    if placed is None:
        raise UnknownItem("no such message or answer")
    entry = placed.entry
    assert isinstance(entry, Message | ReplyEntry)
    here = g.get("lang") or LANGUAGES[0]
    foreign = fields.get("foreign") or _foreign(entry, asked_language(conversation(view, placed.thread_id)))
    desks = office().cases.desks()
    keep_as = keeping.translation_form(wanted.message_id)
    begun = None
    if wanted.message_id and view.workable and "text" not in fields:
        begun = keeping.kept(case_id, keep_as)
    if begun is not None:
        fields = {**dict(begun.fields), **fields}
    asking = office().interpreting.asking(actor(), case_id, wanted, foreign) if view.workable else None
    return render_template(
        "translation.html",
        view=view,
        line=view.line,
        entry=entry,
        wanted=wanted,
        translations_shown=shown_translations(entry.translations, desks),
        asking=asking,
        desks=desks,
        fields=fields,
        foreign=foreign,
        own=fields.get("own", entry.language if isinstance(entry, ReplyEntry) else here),
        language=fields.get("language", here),
        languages=reply_languages(""),
        begun=begun,
        keep_as=keep_as,
        keep_script=keeping.keep_script,
        problem=problem,
        target=target,
    )


def _foreign(entry: Message | ReplyEntry, asked: str) -> str:
    """The language that somebody here may not have, as far as it is known: the one that was asked for."""
    said = entry.intake.get("language", "") if isinstance(entry, Message) else asked
    return said if said in LANGUAGE_NAMES else entry.language


def _is(entry: object, wanted: Wanted) -> bool:
    if isinstance(entry, Message):
        return bool(wanted.message_id) and entry.message_id == wanted.message_id
    return isinstance(entry, ReplyEntry) and entry.reply_id == wanted.reply_id
