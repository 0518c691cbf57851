"""Plain words for referring somebody, and for taking words out of a message."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from sluis.errors import SluisError
from workstation.casework.referral_terms import Choice
from workstation.sheets.pdf import Unprintable
from workstation.ui import texts
from workstation.ui.reason import Reason
from workstation.ui.reasons import reason, release_reason

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

_CHOOSE = _l("Look at what would leave, change it, then try again. Nothing has left.")
_FILES = _l("Choose other files, or let that file go as it is. Nothing has left.")
_REASONS: Mapping[str, Reason] = {
    "no-consent": Reason(
        _l("The reporter did not agree to all of this, or not any more."),
        _l("Untick what was not agreed to, or ask the reporter and write the answer down. Nothing has left."),
    ),
    "not-usable": Reason(
        _l("This service cannot be used now: nobody has verified its entry, or its last day has passed."),
        _l("Look at the list of services, and choose another one. Nothing has left."),
    ),
    "nothing-chosen-to-pass-on": Reason(_l("There is nothing to pass on yet."), _CHOOSE),
    "bad-field": Reason(
        _l("A text is too long (at most 20,000 characters), or the purpose is not chosen."), _CHOOSE
    ),
    "referral-changed": Reason(
        _l("What would leave is not what you looked at: the case, or this form, has changed since."),
        _l("Look at it once more as it is now, then press the button again. Nothing has left."),
    ),
    "no-service-key": Reason(
        _l("The directory has no key of this service, so nothing can be encrypted for it."),
        _l("Use paper or a PDF. Nothing has left."),
    ),
    "gpg-failed": Reason(
        _l("Nothing can be encrypted to the key of this service: it has expired, or it is no such key."),
        _l("Use paper or a PDF, and tell the supervisor. Nothing has left."),
    ),
    "too-large": Reason(
        _l("These files are too large for one packet: at most 128 MiB together."),
        _l("Choose fewer files. Nothing has left."),
    ),
    "preview-refused": Reason(
        _l("A file cannot be cleaned of what it says of its making: it is of a kind that is not known."),
        _FILES,
    ),
}

REDACTION_REASONS: Mapping[str, Reason] = {
    "unseen-places": Reason(
        _l("More places were found just now. They are ticked and marked as new."),
        _l("Look through them, untick what may stay, then save."),
    ),
    "wrong-state": Reason(
        _l("Somebody else took words out of this message in the meantime, or the case was closed."),
        _l("Open the message again, and look at what is taken out now."),
    ),
    "bad-field": Reason(
        _l("That is more than can be looked for at once: 200 words, of at most 200 characters each."),
        _l("Look for some of them first, save, and then for the others."),
    ),
}


def redaction_reason(code: str) -> Reason:
    """Why it was not saved."""
    return REDACTION_REASONS.get(code) or reason(code)


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
    return _REASONS.get(error.code) or release_reason(error.code)


def why_text(choice: Choice) -> str:
    """Why nobody can be referred to this service now; "" when somebody can."""
    if choice.why == "expired":
        day = texts.day_text(choice.service.expires)
        return str(_("Its last day was %(day)s.", day=day))
    if choice.why == "unverified":
        return str(_("Nobody has verified this entry yet."))
    return str(_("The reporter has not agreed to anything for this service.")) if choice.why else ""
