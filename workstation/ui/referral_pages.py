"""The form of a referral, rendered: what was agreed to, what is chosen, and exactly what would leave."""

from __future__ import annotations

from collections.abc import Iterable

from flask import render_template
from flask_babel import get_locale

from workstation.casework.consent_terms import FIELDS
from workstation.casework.kept import KeptFields
from workstation.casework.referral_terms import Prepared, Wanted
from workstation.errors import UnknownItem
from workstation.records import FileInfo, LooseFile, Message
from workstation.sheets.sheet import LANGUAGES, direction
from workstation.ui import keeping, referral_texts, services_texts
from workstation.ui.medium import MediumGone, folder_choices
from workstation.ui.reason import Reason
from workstation.ui.station import actor, office, station

_MANY = ("message", "file", "whole", "field")


def read_wanted(pairs: Iterable[tuple[str, str]]) -> Wanted:
    """What a form says; the office checks it."""
    one: dict[str, str] = {}
    many: dict[str, list[str]] = {name: [] for name in _MANY}
    for name, value in pairs:
        if name in many:
            many[name].append(value)
        else:
            one[name] = value
    chosen = tuple(field for field in FIELDS if field in many["field"])
    return Wanted(
        purpose=one.get("purpose", ""),
        language=one.get("language", ""),
        chosen=chosen,
        summary=one.get("summary", ""),
        contact=one.get("contact", ""),
        names=one.get("names", ""),
        messages=tuple(many["message"]),
        files=tuple(many["file"]),
        whole=tuple(many["whole"]),
    )


def render(
    case_id: str,
    service_id: str,
    wanted: Wanted | None,
    problem: Reason | None = None,
    prepared: Prepared | None = None,
    begun: KeptFields | None = None,
) -> str:
    """The form; with `prepared`, what would leave, and the buttons that let it leave.

    `begun`: what is in the form was typed before.
    """
    view = office().cases.view(actor(), case_id)
    choices = office().referral.choices(actor(), case_id)
    choice = next((one for one in choices if one.service.id == service_id), None)
    if choice is None:
        raise UnknownItem("no such service")
    locale = get_locale()
    language = locale.language if locale else LANGUAGES[0]
    agreed = frozenset[str]().union(*(one.fields for one in choice.agreed))
    files: list[FileInfo] = []
    for placed in view.timeline:
        if isinstance(placed.entry, Message):
            files += placed.entry.files
        elif isinstance(placed.entry, LooseFile):
            files.append(placed.entry.file)
    try:
        folders = folder_choices(station().settings.media)
    except MediumGone:
        folders = []
    return render_template(
        "referral.html",
        line=view.line,
        choice=choice,
        why=referral_texts.why_text(choice),
        agreed=[one for one in FIELDS if one in agreed],
        wanted=wanted or _new(choice.agreed[0].purpose.value if choice.agreed else "", language),
        messages=office().redaction.messages(actor(), case_id),
        files=files,
        folders=folders,
        languages=LANGUAGES,
        language=language,
        purposes=services_texts.PURPOSES,
        TEXTS=referral_texts,
        problem=problem,
        prepared=prepared,
        begun=begun,
        keep_as=keeping.referral_form(service_id),
        keep_script=keeping.keep_script,
        direction=direction,
    )


def _new(purpose: str, language: str) -> Wanted:
    return Wanted(purpose=purpose, language=language if language in LANGUAGES else LANGUAGES[0])
