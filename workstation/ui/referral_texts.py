"""Plain words for referring somebody, and for taking words out of a message."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from sluis.errors import SluisError
from workstation.casework.referral_terms import Choice
from workstation.casework.sheet_heading import BadHeading
from workstation.sheets.pdf import Unprintable
from workstation.ui import texts
from workstation.ui.reason import AGAIN, Reason
from workstation.ui.reasons import reason, release_reason
from workstation.ui.referral_reasons import HEADING_REASONS, REDACTION_REASONS, REFERRAL_REASONS

LABELS: Mapping[str, LazyString] = {
    "name": _l("Names"),
    "place": _l("Places"),
    "date": _l("Days and times"),
    "other": _l("Other words"),
}

FIELDS: Mapping[str, LazyString] = {
    "alias": _l("What the reporter is called here"),
    "language": _l("Language of the reporter"),
    "summary": _l("A summary, written for this"),
    "words": _l("Messages, without what was taken out"),
    "contact": _l("How to reach the reporter"),
    "names": _l("The reporter’s name"),
    "files": _l("Files"),
    "codes": _l("What happened, by the codebook"),
    "triage": _l("How urgent it is"),
}

HOW: Mapping[str, LazyString] = {
    "print": _l("on paper"),
    "pdf": _l("as a PDF"),
    "packet": _l("as an encrypted packet"),
}


def redaction_reason(code: str) -> Reason:
    """Why it was not saved."""
    return REDACTION_REASONS.get(code) or AGAIN.get(code) or reason(code)


def heading_reason(error: SluisError) -> Reason:
    """Why the heading of sheets was not changed."""
    if isinstance(error, BadHeading):
        return HEADING_REASONS[error.what]
    return refusal(error)


def refusal(error: SluisError) -> Reason:
    """Why nothing was passed on."""
    if isinstance(error, Unprintable):
        why = _l(
            "This machine has no font for some characters: %(characters)s",
            characters=" ".join(error.characters),
        )
        return Reason(
            why,
            _l("Ask whoever looks after the workstation for its fonts. Nothing has left."),
        )
    return again_reason(error.code)


def again_reason(code: str) -> Reason:
    """Why nothing was passed on, by the code of an error that says no more, or of a form that comes back."""
    return REFERRAL_REASONS.get(code) or AGAIN.get(code) or release_reason(code)


def why_text(choice: Choice) -> str:
    """Why nobody can be referred to this service now; "" when somebody can."""
    if choice.why == "expired":
        day = texts.day_text(choice.service.expires)
        return str(_("Its last day was %(day)s.", day=day))
    if choice.why == "unverified":
        return str(_("Nobody has verified this entry yet."))
    return str(_("The reporter has not agreed to anything for this service.")) if choice.why else ""
