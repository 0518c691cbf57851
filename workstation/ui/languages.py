"""Names of languages, and where a text of each begins."""

from __future__ import annotations

from babel import Locale, UnknownLocaleError
from flask_babel import get_locale

from sluis.languages import LANGUAGE_NAMES

_SPEAKERS_ONLY = {"kmr": "Kurmanji", "prs": "Dari"}


def language_name(code: str) -> str:
    """A language in the language of the page; the code itself when it is none that is known."""
    if code in _SPEAKERS_ONLY:
        return _SPEAKERS_ONLY[code]
    shown = get_locale()
    try:
        name = Locale.parse(code.replace("-", "_")).get_language_name(shown.language if shown else "en")
    except (UnknownLocaleError, ValueError):
        return code
    return name[:1].upper() + name[1:] if name else code


def reply_languages(wanted: str) -> list[tuple[str, str]]:
    """(code, name) of every language an answer can be in; the reporter's own first when it is another one."""
    names = [
        (code, own if language_name(code) == own else f"{own} ({language_name(code)})")
        for code, own in LANGUAGE_NAMES.items()
    ]
    if wanted and wanted not in LANGUAGE_NAMES:
        names.insert(0, (wanted, language_name(wanted)))
    return names
