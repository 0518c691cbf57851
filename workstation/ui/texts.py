"""Plain words for states, marks, answers and numbers."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import format_date, format_decimal
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from sluis.days import date_of
from sluis.limits import REPLY_TEXT_MAX
from workstation.records import ReplyEntry
from workstation.ui.languages import language_name

STATES: Mapping[str, tuple[LazyString, LazyString]] = {
    "draft": (_l("Draft"), _l("It stays here until it is approved.")),
    "approved": (_l("Approved"), _l("It goes into the next release.")),
    "sealed": (_l("In a release"), _l("It is sealed; bring the release to the server.")),
    "exported": (_l("On its way"), _l("The release was written to a medium, or has arrived at the server.")),
    "collected": (_l("Collected"), _l("The reporter has opened it.")),
    "expired": (_l("Expired"), _l("It was not opened in time, and can no longer be read.")),
    "withdrawn": (_l("Withdrawn"), _l("It is taken out by the next release, if it was sent at all.")),
    "deleted-by-source": (_l("Deleted by the reporter"), _l("It can no longer be read there.")),
}

INTEGRITY: Mapping[str, tuple[LazyString, LazyString]] = {
    "verified": (_l("Unchanged"), _l("Signed with the key of this codename, and complete.")),
    "told": (_l("Written down here"), _l("Nobody signed it: these are the words of a desk about a call.")),
}

CONTINUITY: Mapping[str, tuple[LazyString, LazyString]] = {
    "first": (_l("First message"), _l("Nobody wrote here under this codename before.")),
    "same codename": (
        _l("Same codename"),
        _l("Whoever wrote this knows the codename of the earlier messages."),
    ),
    "handed over": (
        _l("Codename from a call"),
        _l("It was drawn here and handed over. Whoever wrote this knows it."),
    ),
}

NOTICES: Mapping[str, LazyString] = {
    "reply-deleted": _l("The reporter deleted an answer."),
    "withdraw-all": _l("The reporter withdrew everything up to and including this day."),
    "withdraw-sharing": _l("The reporter asked that nothing be passed on to anybody."),
}

QUESTIONS: Mapping[str, LazyString] = {
    "need": _l("What they need"),
    "danger": _l("In danger"),
    "device": _l("Others see the device"),
    "reading": _l("Safe to read an answer"),
    "language": _l("Language for the answer"),
}

ANSWERS: Mapping[tuple[str, str], LazyString] = {
    ("need", "listen"): _l("Someone should know what happened"),
    ("need", "advice"): _l("Advice on what they can do"),
    ("need", "safety"): _l("Help to be safe"),
    ("need", "refer"): _l("To bring it to someone else, like the police or a lawyer"),
    ("need", "unsure"): _l("They do not know yet"),
    ("danger", "now"): _l("Yes, now"),
    ("danger", "72h"): _l("Yes, in the next three days"),
    ("danger", "weeks"): _l("Yes, in the next weeks"),
    ("danger", "none"): _l("No"),
    ("danger", "unclear"): _l("Not sure"),
    ("device", "own"): _l("No, only they use it"),
    ("device", "shared"): _l("Others use it too"),
    ("device", "watched"): _l("They think that someone watches it"),
    ("device", "unclear"): _l("Not sure"),
    ("reading", "yes"): _l("Yes"),
    ("reading", "sometimes"): _l("Only at some times or places"),
    ("reading", "no"): _l("No"),
    ("reading", "unclear"): _l("Not sure"),
    ("language", "other"): _l("Another one; see the text"),
}
URGENT_ANSWERS = frozenset({("danger", "now"), ("danger", "72h")})

WARNINGS: Mapping[str, LazyString] = {
    "release-unknown": _l(
        "The server says that it holds a release which was never made here. Tell the key custodian before "
        "you make another release."
    ),
    "release-forked": _l(
        "The server holds another release than the one made here under that number. Tell the key custodian "
        "before you make another release."
    ),
    "damaged-accepted": _l(
        "The copy was damaged, and the rest was taken in because somebody decided so. What was in the "
        "damaged places is lost, unless a fresh copy can still be had."
    ),
}


def question_text(code: str) -> str:
    """The question that was asked; its code when it is one that this version does not know."""
    return str(QUESTIONS.get(code, code))


def answer_text(code: str, answer: str) -> str:
    """The answer that was given, in words."""
    if (code, answer) in ANSWERS:
        return str(ANSWERS[code, answer])
    return language_name(answer) if code == "language" else answer


def state_text(reply: ReplyEntry) -> tuple[str, str]:
    """The state of an answer: a word, and what it means."""
    word, meaning = STATES[reply.state]
    if not reply.text:
        return str(word), _("Its text was destroyed when the reporter withdrew everything.")
    if reply.state == "approved" and reply.queued:
        return str(word), _("The last release had no place left for it; it goes into the next one.")
    return str(word), str(meaning)


def day_text(day: int) -> str:
    """A day as people write it."""
    return str(format_date(date_of(day), "d MMMM y"))


def number_text(number: int) -> str:
    """A number with its thousands apart."""
    return str(format_decimal(number))


def size_text(size: int) -> str:
    """A number of bytes as people say it."""
    for unit, text in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if size >= unit:
            return f"{format_decimal(round(size / unit, 1))} {text}"
    return str(_("%(size)s bytes", size=number_text(size)))


def length_text(size: int) -> str:
    """How much of what an answer may hold a text takes."""
    return str(_("%(size)s of %(all)s bytes", size=number_text(size), all=number_text(REPLY_TEXT_MAX)))


def too_long_text(size: int) -> str:
    """How much too long a text is."""
    told = _(
        "The text is %(over)s bytes too long: %(size)s of at most %(all)s. Letters with marks, and letters "
        "outside the Latin alphabet, count as two or more.",
        over=number_text(size - REPLY_TEXT_MAX),
        size=number_text(size),
        all=number_text(REPLY_TEXT_MAX),
    )
    return str(told)


def grouped(digest: str) -> str:
    """A hash as people compare it: hexadecimal digits in groups of four."""
    return " ".join(digest[at : at + 4] for at in range(0, len(digest), 4))
