"""Templates of answers: texts to begin with, each beside what it says in the languages of the desk.

One file for each language, in `workstation/answers/`. A template is a text; `back` is what that text says, in
English and in Dutch, as it was written down from the text and not from its original. `review` holds who has
looked at a text: the role of the reader and the day, and no name; none for what nobody has looked at.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

FALLBACK = "en"
RECEIPT = "receipt"
PURPOSES = ("first", "safe-time", "refer", "cannot-help", "closing", RECEIPT)
DESK_LANGUAGES = ("en", "nl")
# Asked for, and nobody of the office could answer for the words.
MISSING = ("ti",)
_PLACE = re.compile(r"\{[a-z]+\}")


@dataclass(frozen=True)
class Review:
    """Somebody read a template in its language: in which role, and on which day."""

    role: str
    day: date


@dataclass(frozen=True)
class Template:
    """A text in a language. `back`: what it says, by language of the desk; `places` are to be filled in."""

    purpose: str
    language: str
    text: str
    back: Mapping[str, str]
    reviews: tuple[Review, ...]

    @property
    def places(self) -> frozenset[str]:
        """What stands in braces."""
        return frozenset(places(self.text))

    @property
    def code(self) -> str:
        """Its name, as it stands below a draft."""
        return f"{self.purpose}.{self.language}"


def places(text: str) -> list[str]:
    """What is still to be filled in, as it stands in the text: "{organisation}"."""
    return _PLACE.findall(text)


def languages() -> tuple[str, ...]:
    """Those that templates are in, by their codes."""
    return tuple(_all())


def of_language(language: str) -> tuple[Template, ...]:
    """Those of a language (or of its first part: "nl-BE"), in the order of PURPOSES; none: there are none."""
    return _all().get(language, _all().get(language.partition("-")[0].lower(), ()))


def template(purpose: str, language: str) -> Template | None:
    """One of them."""
    return next((one for one in of_language(language) if one.purpose == purpose), None)


def from_which(text: str) -> Template | None:
    """The template that this text is, unchanged."""
    every = (one for found in _all().values() for one in found)
    return next((one for one in every if one.text == text.strip()), None)


@cache
def _all() -> Mapping[str, tuple[Template, ...]]:
    folder = files("workstation") / "answers"
    found = {}
    for file in sorted(folder.iterdir(), key=lambda one: one.name):
        language, dot, suffix = file.name.partition(".")
        if dot and suffix == "toml":
            found[language] = _read(language, tomllib.loads(file.read_text("utf-8")))
    return found


def _read(language: str, data: Mapping[str, Mapping[str, object]]) -> tuple[Template, ...]:
    made = []
    for purpose in PURPOSES:
        entry = data[purpose]
        text, back, reviews = entry["text"], entry["back"], entry.get("review", [])
        assert isinstance(text, str)
        assert isinstance(back, dict)
        assert isinstance(reviews, list)
        made.append(
            Template(
                purpose=purpose,
                language=language,
                text=text.strip(),
                back={code: str(words).strip() for code, words in back.items()},
                reviews=tuple(Review(str(one["role"]), one["day"]) for one in reviews),
            )
        )
    return tuple(made)
