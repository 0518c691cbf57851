"""Ranges of characters that are taken out of a text, and where a word stands in it (pure)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sluis.errors import BadField

LABELS = ("name", "place", "date", "other")
RANGES_MAX = 2_000
WORDS_MAX = 200
_WORD_LENGTH = 200
# The Turkish i without a dot, and letters that Arabic and Persian keyboards write differently.
_ALIKE = {"\N{LATIN SMALL LETTER DOTLESS I}": "i", "\N{ARABIC LETTER YEH}": "\N{ARABIC LETTER FARSI YEH}"}
_ALIKE |= {"\N{ARABIC LETTER ALEF MAKSURA}": "\N{ARABIC LETTER FARSI YEH}"}
_ALIKE |= {"\N{ARABIC LETTER KAF}": "\N{ARABIC LETTER KEHEH}"}


@dataclass(frozen=True, order=True)
class Range:
    """Characters from `start` up to, and without, `end`; `label` is one of LABELS."""

    start: int
    end: int
    label: str


def normalised(ranges: Iterable[Range], length: int) -> tuple[Range, ...]:
    """In order; what overlaps is one, under the label of what begins first. Raises BadField."""
    found: list[Range] = []
    for one in sorted(ranges):
        if one.label not in LABELS or not 0 <= one.start < one.end <= length:
            raise BadField("a range that is not in this text")
        if found and one.start < found[-1].end:
            before = found.pop()
            one = Range(before.start, max(before.end, one.end), before.label)
        found.append(one)
    if len(found) > RANGES_MAX:
        raise BadField(f"at most {RANGES_MAX} places are taken out of one text")
    return tuple(found)


def applied(text: str, ranges: Iterable[Range]) -> str:
    """The text with a block such as `[name]` for each range; the ranges are `normalised`.

    How long the block is says nothing of how long the words were.
    """
    parts, at = [], 0
    for one in ranges:
        parts += [text[at : one.start], f"[{one.label}]"]
        at = one.end
    return "".join([*parts, text[at:]])


def occurrences(text: str, wanted: Mapping[str, Iterable[str]]) -> tuple[Range, ...]:
    """Where the words stand, by label; also as a part of a longer word, for names are declined.

    Capitals, accents, vowel signs and invisible characters make no difference. Raises BadField for too many.
    """
    folded, places = _folded(text)
    found: set[Range] = set()
    looked_for = [(label, word.strip()) for label, words in wanted.items() for word in words]
    if len(looked_for) > WORDS_MAX or any(len(word) > _WORD_LENGTH for _, word in looked_for):
        raise BadField(f"at most {WORDS_MAX} words of at most {_WORD_LENGTH} characters")
    for label, word in looked_for:
        needle = _folded(word)[0]
        at = folded.find(needle) if needle else -1
        while at >= 0:
            last = places[at + len(needle) - 1]
            found.add(Range(places[at], _whole(text, last + 1), label))
            at = folded.find(needle, at + len(needle))
    return tuple(sorted(found))


def context(text: str, place: Range, around: int = 40) -> tuple[str, str, str]:
    """(before, what is taken out, after), each on one line."""
    before = text[max(0, place.start - around) : place.start]
    after = text[place.end : place.end + around]
    return _line(before), _line(text[place.start : place.end]), _line(after)


def _folded(text: str) -> tuple[str, list[int]]:
    """The text as words are compared, and for each of its characters where it came from."""
    folded: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        for part in unicodedata.normalize("NFKD", character).casefold():
            if unicodedata.category(part) in ("Mn", "Me", "Cf"):
                continue
            folded.append(" " if part.isspace() else _ALIKE.get(part, part))
            places.append(place)
    return "".join(folded), places


def _whole(text: str, end: int) -> int:
    """Marks that belong to the last character go with it."""
    while end < len(text) and unicodedata.category(text[end]) in ("Mn", "Me"):
        end += 1
    return end


def _line(text: str) -> str:
    return " ".join(text.split("\n"))
