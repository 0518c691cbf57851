"""What stands on a sheet, in the language of whoever gets it, and as HTML for paper (pure)."""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

LANGUAGES = ("nl", "en")
TEMPLATES = PackageLoader("workstation.sheets")
"""`sheet_body.html` stands in the page that is printed as well; it needs `direction` as a filter."""


@dataclass(frozen=True)
class Section:
    """One field: its label in the language of the sheet, and one or several texts in any language."""

    field: str
    label: str
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Sheet:
    """`number` is random, and the only thing on it that nobody agreed to, beside the heading."""

    language: str
    heading: str
    number_label: str
    number: str
    sections: tuple[Section, ...]


def usual_heading(language: str) -> str:
    """What stands at the top unless the office has chosen another (casework/sheet_heading.py)."""
    return str(_words()[language]["heading"])


def make_sheet(language: str, number: str, texts: Mapping[str, tuple[str, ...]], heading: str = "") -> Sheet:
    """`texts` by field, in the order in which they stand; a field without a text is left out.

    `heading` is the office's own, "" for the usual one.
    """
    words = _words()[language]
    sections = tuple(Section(field, words["fields"][field], found) for field, found in texts.items() if found)
    return Sheet(language, heading or usual_heading(language), words["number"], number, sections)


def urgency_text(language: str, urgency: str) -> str:
    """Codes of the urgency, in words."""
    return str(_words()[language]["urgency"].get(urgency, ""))


def direction(text: str) -> str:
    """ "rtl" or "ltr": that of the first letter that has one (Unicode Annex 9, rule P2)."""
    for character in text:
        kind = unicodedata.bidirectional(character)
        if kind in ("L", "R", "AL"):
            return "ltr" if kind == "L" else "rtl"
    return "ltr"


def html_of(sheet: Sheet) -> str:
    """A whole document, without a style; every text is escaped, and its direction follows from itself."""
    return _templates().get_template("sheet.html").render(sheet=sheet)


@cache
def _words() -> Mapping[str, Any]:
    return tomllib.loads(files(__package__).joinpath("words.toml").read_text("utf-8"))


@cache
def _templates() -> Environment:
    made = Environment(
        loader=TEMPLATES,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["direction"] = direction
    return made
