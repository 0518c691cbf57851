"""What a report may be asked besides its text. Every question can stay open: "rather not say" sends nothing.

Codes travel in the envelope (`Header.intake`) and must not change their meaning; labels may.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from sluis.languages import LANGUAGE_NAMES

RATHER_NOT = ""


@dataclass(frozen=True)
class Question:
    """A question with its possible answers: (code, label) in the order in which they are shown."""

    code: str
    label: LazyString
    choices: tuple[tuple[str, LazyString | str], ...]
    hint: LazyString | str = ""

    @property
    def codes(self) -> frozenset[str]:
        """The answers that may be sent on."""
        return frozenset(code for code, _ in self.choices if code != RATHER_NOT)


_NOT_SAID = (RATHER_NOT, _l("I would rather not say"))

NEED = Question(
    "need",
    _l("What do you need?"),
    (
        ("listen", _l("I want someone to know what happened")),
        ("advice", _l("I want advice on what I can do")),
        ("safety", _l("I want help to be safe")),
        ("refer", _l("I want to bring it to someone else, like the police or a lawyer")),
        ("unsure", _l("I do not know yet")),
        _NOT_SAID,
    ),
)
DANGER = Question(
    "danger",
    _l("Are you or someone else in danger?"),
    (
        ("now", _l("Yes, now")),
        ("72h", _l("Yes, in the next three days")),
        ("weeks", _l("Yes, in the next weeks")),
        ("none", _l("No")),
        ("unclear", _l("I am not sure")),
        _NOT_SAID,
    ),
    _l("We do not read this at once. Are you in danger now? Call 112."),
)
DEVICE = Question(
    "device",
    _l("Can others see what you do on this device?"),
    (
        _NOT_SAID,
        ("own", _l("No, only I use it")),
        ("shared", _l("Others use it too")),
        ("watched", _l("I think that someone watches it")),
        ("unclear", _l("I am not sure")),
    ),
    _l("If others can see it, we leave details out of our answer."),
)
READING = Question(
    "reading",
    _l("Is it safe for you to read an answer here?"),
    (
        _NOT_SAID,
        ("yes", _l("Yes")),
        ("sometimes", _l("Only at some times or places")),
        ("no", _l("No")),
        ("unclear", _l("I am not sure")),
    ),
)
RIGHT_TO_LEFT = frozenset({"ar", "fa", "ug", "ckb", "prs"})
LANGUAGE = Question(
    "language",
    _l("In which language do you want our answer?"),
    (_NOT_SAID, *LANGUAGE_NAMES.items(), ("other", _l("Another one (name it in your text)"))),
)
OPEN = (NEED, DANGER)
FOLDED = (DEVICE, READING, LANGUAGE)
QUESTIONS = (*OPEN, *FOLDED)


def intake(fields: Mapping[str, str]) -> dict[str, str]:
    """The answers among the fields of a form; what is no answer of ours counts as not said."""
    return {
        question.code: fields[question.code]
        for question in QUESTIONS
        if fields.get(question.code) in question.codes
    }
