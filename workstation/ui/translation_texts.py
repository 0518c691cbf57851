"""Plain words for translations and interpreters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from workstation.records import Translated
from workstation.ui.languages import language_name
from workstation.ui.reason import AGAIN, Reason
from workstation.ui.texts import day_text

TRANSLATION_REASONS: Mapping[str, Reason] = {
    **AGAIN,
    "bad-field": Reason(
        _l("There is no translation yet, or no language was chosen."),
        _l("Write the translation and choose its language. A text may have 100,000 characters."),
    ),
    "wrong-state": Reason(
        _l("It was handed in already, or the case was closed meanwhile."),
        _l("What you typed is below; nothing of it was saved. Ask whoever gave you the text."),
    ),
    "unknown-item": Reason(
        _l("This text is no longer yours: it was taken back, or what it belonged to is over."),
        _l("What you typed is below; nothing of it is kept. Ask whoever gave you the text."),
    ),
}
INTERPRETER_REASONS: Mapping[str, Reason] = {
    "no-interpreter": Reason(
        _l("That person does not translate this language, is no interpreter any more, or is kept away."),
        _l("Choose somebody else of the list."),
    ),
    "already-asked": Reason(
        _l("This text lies before that person already."),
        _l("Wait for it, or take it back first; then the text can be given as it is now."),
    ),
    "sharing-withdrawn": Reason(
        _l("The reporter asked that nothing be passed on. So nothing more goes to an interpreter either."),
        _l("Let somebody of the team who may read the case translate it."),
    ),
    "translation-outdated": Reason(
        _l("The draft was changed since it was given to the interpreter."),
        _l("Give the draft as it is now to an interpreter, or change it back."),
    ),
}
ASKING_REASONS: Mapping[str, Reason] = {
    **INTERPRETER_REASONS,
    "bad-field": Reason(
        _l("Nothing is left to be translated, or no language was chosen."),
        _l("Look at the text below, and choose a language."),
    ),
    "wrong-state": Reason(
        _l("The answer is no draft any more, or the case is closed."),
        _l("Look at its state on the page of the case."),
    ),
}


@dataclass(frozen=True)
class ShownTranslation:
    """A translation with whose it is, in words; `earlier` ones have a newer version in their language."""

    translation: Translated
    whose: str
    earlier: bool


def shown_translations(
    found: tuple[Translated, ...], desks: Mapping[str, str]
) -> tuple[ShownTranslation, ...]:
    """Newest first, as they come; the first of each language is the one that counts."""
    seen: set[tuple[str, str]] = set()
    shown = []
    for one in found:
        kind = ("before" if one.origin == "before" else "", one.language)
        shown.append(ShownTranslation(one, _whose(one, desks), kind in seen))
        seen.add(kind)
    return tuple(shown)


def _whose(one: Translated, desks: Mapping[str, str]) -> str:
    values = {
        "desk": desks.get(one.author) or _("the lone seat"),
        "language": language_name(one.language),
        "day": day_text(one.day),
    }
    if one.origin == "interpreter":
        return str(_("%(language)s, by the interpreter %(desk)s, %(day)s", **values))
    if one.origin == "before":
        return str(
            _("%(language)s, as it was written here; the interpreter %(desk)s translated it", **values)
        )
    if not desks.get(one.author):
        return str(_("%(language)s, by the lone seat, %(day)s", **values))
    return str(_("%(language)s, by desk %(desk)s, %(day)s", **values))
