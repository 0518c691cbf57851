"""Errors in the reader's words: what happened, what was kept, what to do."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _

from sluis.codename import fold
from sluis.errors import CodenameError, SluisError, UnknownWord, WrongLength
from sluis.limits import TEXT_MAX
from sluis.ring import escaped_size

_QUOTED = 40
_NOT_RECEIVING = frozenset(
    {"no-release", "expired", "cannot-receive", "gpg-missing", "openpgp-key-expired", "gpg-failed"}
)


def kind_of(error: SluisError) -> str:
    """Which of the few kinds of "not now" it is: busy, store-full, not-receiving, mailroom-down or fault."""
    if error.code in ("busy", "store-full", "mailroom-down"):
        return error.code
    return "not-receiving" if error.code in _NOT_RECEIVING else "fault"


def _reason(kind: str) -> str:
    reasons = {
        "busy": _("There are many visitors at the moment."),
        "store-full": _("Our storage is full."),
        "not-receiving": _("We cannot take in messages at the moment. We have to mend something first."),
        "mailroom-down": _("A part of our site does not work at the moment."),
        "fault": _("Something went wrong on our side."),
    }
    return str(reasons[kind])


def not_sent(error: SluisError) -> str:
    """Why a text was not taken in; it is still in the form."""
    wait = {
        "busy": _("Wait a minute and press “Send” again."),
        "store-full": _("Please try again tomorrow."),
        "not-receiving": _("Please try again tomorrow."),
        "mailroom-down": _("Wait ten minutes and press “Send” again."),
        "fault": _("Wait a minute and press “Send” again."),
    }
    kind = kind_of(error)
    kept = _("Your text was not sent. It is still here on this page.")
    return f"{_reason(kind)} {kept} {wait[kind]}"


def not_taken_back(error: SluisError) -> str:
    """Why a withdrawal was not taken in; the choice is still in the form."""
    wait = {
        "busy": _("Wait a minute and press the button again."),
        "store-full": _("Please try again tomorrow."),
        "not-receiving": _("Please try again tomorrow."),
        "mailroom-down": _("Wait ten minutes and press the button again."),
        "fault": _("Wait a minute and press the button again."),
    }
    kind, kept = kind_of(error), _("Nothing was taken back yet.")
    return f"{_reason(kind)} {kept} {wait[kind]}"


def wrong_codename(error: CodenameError) -> str:
    """What is wrong with a codename that was typed."""
    if isinstance(error, UnknownWord):
        return _unknown_word(error.word[:_QUOTED], error.nearest)
    if isinstance(error, WrongLength):
        return _wrong_length(error)
    text = _(
        "We know all these words, but together they are not a codename. Maybe one word is another one, or "
        "the order is different."
    )
    return str(text)


def _unknown_word(word: str, nearest: Sequence[str]) -> str:
    if nearest:
        near = ", ".join(nearest)
        return str(_("We do not know the word “%(word)s”. Did you mean: %(near)s?", word=word, near=near))
    return str(_("We do not know the word “%(word)s”. Is it spelled right?", word=word))


def _wrong_length(error: WrongLength) -> str:
    numbers = {"expected": error.expected, "found": error.found}
    if not error.found:
        return str(_("Type your codename."))
    if error.digits:
        return str(_("A codename has %(expected)d digits. You typed %(found)d.", **numbers))
    return str(_("A codename has %(expected)d words. You typed %(found)d.", **numbers))


def other_codename(typed: str, canonical: str) -> str:
    """Where a codename that was typed again differs from the one on the page."""
    asked, given = fold(canonical).split(), fold(typed).split()
    pairs = enumerate(zip(asked, given, strict=True), 1) if len(asked) == len(given) else ()
    place = next((number for number, (one, other) in pairs if one != other), 0)
    if place:
        different = _("Word or number %(place)d is different from the codename above.", place=place)
    else:
        different = _("What you typed is different from the codename above.")
    same = _("This is still the same codename.")  # in an f-string nothing that extracts texts would find it
    return f"{different} {same}"


def too_long(text: str) -> str:
    """How many characters have to go, so that what is left is within the limit."""
    fits, over = 0, len(text)
    while over - fits > 1:
        middle = (fits + over) // 2
        fits, over = (middle, over) if escaped_size(text[:middle]) <= TEXT_MAX else (fits, middle)
    message = ngettext(
        "Your text is %(num)d character too long. It is still here. Make it shorter, or send two parts.",
        "Your text is %(num)d characters too long. It is still here. Make it shorter, or send two parts.",
        len(text) - fits,
    )
    return str(message)


def size_text(size: int) -> str:
    """A number of bytes as people say it, rounded down: a limit must never be told too large."""
    for factor, unit in ((1_000_000, "MB"), (1_000, "kB")):
        if size >= factor:
            tenths = size * 10 // factor
            number = tenths // 10 if tenths >= 100 or tenths % 10 == 0 else tenths / 10
            return f"{format_decimal(number)} {unit}"
    return str(ngettext("%(num)d byte", "%(num)d bytes", size))
