"""Two lines on the page of a case: how long it is kept, and what of it may be passed on."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import get_locale

from workstation.casework.records import CaseView
from workstation.ui import agreement_texts, holds_texts, referral_texts
from workstation.ui.station import actor, office


def short_values(view: CaseView) -> dict[str, object]:
    """What case_short.html shows."""
    brief = office().consent.brief(actor(), view.line.case_id)
    names = recipient_names()
    return {
        "brief": brief,
        "kept_line": holds_texts.kept_text(view.line, brief.kept_until),
        "recipient_name": lambda recipient: names.get(recipient, recipient),
        "FIELDS": referral_texts.FIELDS,
        "AGREED": agreement_texts,
    }


def recipient_names() -> Mapping[str, str]:
    """What the services of the directory are called in the language of the page, by recipient."""
    held, locale = office().directory.held(), get_locale()
    if held is None:
        return {}
    language = locale.language if locale else "en"
    return {one.recipient: one.name(language) for one in held.directory.services}
