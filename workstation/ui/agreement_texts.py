"""Plain words for agreements, options, holds and what two people decide."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from sluis.errors import SluisError
from workstation.casework.consent_terms import BadTerms
from workstation.ui.phone_texts import HOW
from workstation.ui.reason import AGAIN, Reason

NO_OPTIONS: Mapping[str, LazyString] = {
    "not-wanted": _l("The reporter did not want to talk about it"),
    "not-safe": _l("It was not safe to write about it"),
    "elsewhere": _l("Another organisation discusses them"),
    "nothing-asked": _l("The reporter asked for nothing"),
}

MATTERS: Mapping[str, LazyString] = {
    "exception": _l("to pass something on without consent"),
    "hold": _l("to put the case on hold"),
    "lift": _l("to lift a hold"),
    "early-end": _l("to destroy the case before its day"),
}
SHOWN: Mapping[str, LazyString] = {
    "named": _l("by name"),
    "described": _l("described, without a name"),
    "anonymous": _l("nobody can tell who it is"),
}
PURPOSES: Mapping[str, LazyString] = {
    "help": _l("to get help"),
    "care": _l("to get care"),
    "police": _l("for the police"),
    "intelligence": _l("for an intelligence service"),
    "signal": _l("the anonymous analysis"),
    "quotation": _l("to be quoted"),
}
ANSWERS: Mapping[str, LazyString] = {
    "yes": _l("yes"),
    "no": _l("no"),
    "later": _l("ask again later"),
}
GIVEN: Mapping[str, LazyString] = {"message": _l("in a message"), **HOW}
ENDED: Mapping[str, LazyString] = {
    "source": _l("the reporter withdrew"),
    "team": _l("the team wrote down that the reporter took it back"),
    "replaced": _l("a later answer to the same question"),
}
OFFERED: Mapping[str, LazyString] = {
    "us": _l("this line"),
    "service": _l("another service"),
    "source": _l("the reporter"),
}
CHOICES: Mapping[str, LazyString] = {
    "thinks": _l("thinks about it"),
    "chosen": _l("chosen"),
    "declined": _l("declined"),
}
EARLY: Mapping[str, LazyString] = {
    "source-asked": _l("the reporter asked for it"),
    "by-mistake": _l("it was opened by mistake"),
    "no-ground": _l("there is no ground to keep it"),
}

EVENTS: Mapping[str, LazyString] = {
    "consent": _l("The reporter was asked what may be passed on, and answered"),
    "consent-ended": _l("An agreement to pass something on ended"),
    "exception-made": _l("Two people allowed passing something on without consent"),
    "passed-on": _l("Something was passed on"),
    "option-discussed": _l("An option was discussed"),
    "proposed": _l("Something was proposed that takes two people"),
    "proposal-dropped": _l("A proposal was dropped"),
    "hold-set": _l("Two people put the case on hold"),
    "hold-lifted": _l("Two people lifted a hold"),
}

STANDING: Mapping[str, LazyString] = {
    "stands": _l("Agreed"),
    "no": _l("Not agreed"),
    "later": _l("To be asked again"),
    "ended": _l("Ended"),
    "over": _l("Its days are over"),
    "not-all": _l("Does not count: another reporter of this case did not agree"),
    "closed": _l("Does not count: the case is closed"),
}

_LOOK = _l("What you filled in is still below. Change it, and save again.")
_TERMS: Mapping[str, LazyString] = {
    "unknown": _l("The purpose, the answer, how it was given, or how recognisable it is, is not chosen."),
    "recipient": _l("It is not said to whom, or the name is longer than 120 characters."),
    "fields": _l("It is not said what may be passed on."),
    "signal": _l("The anonymous analysis takes only language, codes and urgency, and nobody recognisable."),
    "naming": _l("A name or a way to reach somebody goes only with “by name”."),
    "language": _l("The language of the text is not chosen."),
    "text": _l("It is missing what the reporter saw or heard, or it has more than 8,000 characters."),
    "days": _l("The number of days is missing or too great."),
    "source": _l("It is not said whose answer it is."),
    "reason": _l("The reason is missing or too long."),
}

_AGAIN = _l("Look at the case as it is now, and propose it again if it is still needed.")
_CHANGED = Reason(_l("The case or the agreement has changed since."), _AGAIN)
REASONS: Mapping[str, Reason] = {
    "options-needed": Reason(
        _l("No option was discussed with the reporter, and nobody said why."),
        _l("Choose why there is none, then close the case."),
    ),
    "on-hold": Reason(
        _l("Two people put this case on hold, so it is not destroyed."),
        _l("Wait until its day is over, or lift the hold with a second person."),
    ),
    "needs-two": Reason(
        _l("This takes two people who each sign in. A lone seat is one person, whoever sits there."),
        _l("Ask the key custodian to enter people first."),
    ),
    "same-person": Reason(
        _l("You proposed this yourself, so you cannot confirm it."), _l("Ask a colleague to confirm it.")
    ),
    "needs-supervisor": Reason(
        _l("One of the two has to be a supervisor."), _l("Ask a supervisor to confirm it.")
    ),
    "proposal-over": Reason(_l("This proposal does not count any more."), _AGAIN),
    "bad-terms": Reason(_l("This cannot be agreed to as it stands."), _l("Look at what you chose.")),
}


def terms_reason(error: SluisError) -> Reason:
    """Why an answer, or a proposal, was not written down."""
    if isinstance(error, BadTerms):
        return Reason(_TERMS.get(error.what, _TERMS["unknown"]), _LOOK)
    return again_reason(error.code)


def again_reason(code: str) -> Reason:
    """Why nothing was changed, by the code of an error that says no more, or of a form that comes back."""
    return REASONS.get(code) or AGAIN.get(code) or _CHANGED


def option_reason(code: str) -> Reason:
    """Why an option was not written down."""
    if code == "bad-field":
        return Reason(
            _l("An option needs all four texts, each of at most 4,000 characters, and the two choices."),
            _LOOK,
        )
    return AGAIN.get(code, _CHANGED)
