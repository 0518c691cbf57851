"""Plain words about answers: templates, how long a text is, releases on fixed days, muting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from sluis.limits import REPLY_TEXT_MAX
from sluis.ring import escaped_size
from workstation.casework import answer_templates
from workstation.casework.answer_templates import Template
from workstation.ui.reason import Reason
from workstation.ui.texts import number_text

PURPOSES: Mapping[str, LazyString] = {
    "first": _l("A first answer"),
    "safe-time": _l("Ask when it is safe to read"),
    "refer": _l("Say who else can help"),
    "cannot-help": _l("Say that we cannot help, and where to go"),
    "closing": _l("Close"),
    "receipt": _l("A receipt: it has arrived, and nobody has read it yet"),
}
WEEKDAYS: Mapping[str, LazyString] = {
    "mon": _l("Monday"),
    "tue": _l("Tuesday"),
    "wed": _l("Wednesday"),
    "thu": _l("Thursday"),
    "fri": _l("Friday"),
    "sat": _l("Saturday"),
    "sun": _l("Sunday"),
}
AUTOMATIC: Mapping[str, LazyString] = {
    "withdrawal": _l("The import wrote this, to confirm the withdrawal."),
    "receipt": _l("The import wrote this receipt. Nobody has answered yet."),
}
MUTE_REASONS: Mapping[str, LazyString] = {
    "abuse": _l("Abuse: it is meant to hurt whoever reads it"),
    "flood": _l("Far too many messages"),
    "nothing-to-report": _l("It keeps coming, and is nothing that we can do anything about"),
}
ANSWER_REASONS: Mapping[str, Reason] = {
    "unfilled-place": Reason(
        _l("A place of a template is still open: it stands between { and } in the answer."),
        _l("Change the draft, write there what belongs there, and read it once more. Then approve it."),
    ),
}
OUTSIDE = Reason(
    _l("No release is due today, so none was made."),
    _l("Wait for the day below. If it cannot wait, tick that it leaves outside the rhythm."),
)


@dataclass(frozen=True)
class Length:
    """How much of an answer is used: bytes, the most there may be, and words that say so."""

    used: int
    most: int
    words: str


@dataclass(frozen=True)
class Offered:
    """A template as it is offered: its name, purpose, text, what the text says, and who has looked at it."""

    code: str
    purpose: str
    language: str
    text: str
    back: str
    back_language: str
    review: str


def length(text: str) -> Length:
    """Of what stands in the form."""
    used = escaped_size(text)
    left = REPLY_TEXT_MAX - used
    if left < 0:
        words = _("%(over)s bytes too long, of at most %(all)s", over=number_text(-left), all=_most())
    else:
        words = _(
            "%(used)s of %(all)s bytes are used, %(left)s are left",
            used=number_text(used),
            all=_most(),
            left=number_text(left),
        )
    return Length(used, REPLY_TEXT_MAX, str(words))


def offered(language: str) -> tuple[Offered, ...]:
    """The templates of a language; none where there are none."""
    return tuple(_offered(one) for one in answer_templates.of_language(language))


def template_of(text: str) -> Offered | None:
    """The template that this text is, unchanged."""
    found = answer_templates.from_which(text)
    return None if found is None else _offered(found)


def weekdays_text(days: tuple[str, ...]) -> str:
    """Days of the week as people list them."""
    return ", ".join(str(WEEKDAYS[one]) for one in days)


def _most() -> str:
    return number_text(REPLY_TEXT_MAX)


def _offered(one: Template) -> Offered:
    locale = get_locale()
    wanted = locale.language if locale is not None else "en"
    # A text in the language of the page is read as it is; it has its back-translation into the other one.
    back = wanted if wanted in one.back else next(iter(one.back))
    return Offered(
        one.code, str(PURPOSES[one.purpose]), one.language, one.text, one.back[back], back, _review(one)
    )


def _review(one: Template) -> str:
    if not one.reviews:
        return str(_("Not reviewed: nobody who speaks this language has looked at it for this line."))
    last = one.reviews[-1]
    return str(_("Reviewed on %(day)s (%(role)s)", day=last.day.isoformat(), role=last.role))
