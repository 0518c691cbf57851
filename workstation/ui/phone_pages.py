"""The pages of intake by phone, rendered."""

from __future__ import annotations

from collections.abc import Mapping

from flask import g, render_template

from workstation.casework.triage import QUESTIONS, Triage
from workstation.ui import case_texts, keeping
from workstation.ui.languages import reply_languages
from workstation.ui.phone_texts import HOW, PHONE_REASONS
from workstation.ui.posted import unified
from workstation.ui.reason import Reason
from workstation.ui.reasons import reason
from workstation.ui.settings import LANGUAGES
from workstation.ui.station import actor, office

DRAWN = "codename"
# What has to be known while somebody is still on the line; everything else can be judged afterwards.
ASKED = ("danger", "self_harm", "minor", "device")


def told_reason(code: str) -> Reason:
    """Why nothing was saved."""
    return PHONE_REASONS.get(code) or reason(code)


def asked_triage(fields: Mapping[str, str]) -> Triage:
    """The answers that were chosen, and when it is safe to read."""
    said = {name: fields.get(name) or QUESTIONS[name][0] for name in ASKED}
    return Triage(**said, safe_time=unified(fields.get("safe_time", "")).strip())


def render_intake(fields: Mapping[str, str] | None = None, problem: Reason | None = None) -> str:
    """The form for somebody new, filled in as far as it was; without `fields` with what was kept of it."""
    begun = office().kept.intake_of(actor()) if fields is None else None
    filled = fields or (dict(begun.fields) if begun is not None else {})
    return render_template(
        "phone_intake.html",
        **_form(filled),
        begun=begun,
        keep_script=keeping.keep_script,
        problem=problem,
    )


def render_codename(kept: Mapping[str, str]) -> str:
    """The codename, large; how to hand it over."""
    parts = kept["codename"].split()
    return render_template("phone_codename.html", parts=parts, digits=parts[0].isdecimal())


def render_call(
    case_id: str, fields: Mapping[str, str], problem: Reason | None = None, target: str = "#told"
) -> str:
    """One more call in a case, and a new codename; with what was typed before and not sent."""
    view = office().cases.view(actor(), case_id)
    begun = keeping.kept(case_id, keeping.CALL) if view.workable and not fields else None
    return render_template(
        "phone_call.html",
        view=view,
        line=view.line,
        **_form(dict(begun.fields) if begun is not None else fields),
        begun=begun,
        keep_as=keeping.CALL,
        keep_script=keeping.keep_script,
        problem=problem,
        target=target,
    )


def _form(fields: Mapping[str, str]) -> dict[str, object]:
    here = g.get("lang") or LANGUAGES[0]
    return {
        "fields": fields,
        "hows": HOW,
        "languages": reply_languages(""),
        "lists": LANGUAGES,
        "chosen_list": fields.get("codename", here),
        "chosen_language": fields.get("language", here),
        "asked": {name: QUESTIONS[name] for name in ASKED},
        "TEXTS": case_texts,
    }
