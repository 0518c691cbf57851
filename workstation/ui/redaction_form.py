"""The form in which words are taken out of a message: what was typed, what was found, what is ticked (pure).

Without script, and by keyboard: one types or pastes words, looks at every place where they stand, unticks
those that may stay, and saves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from workstation.casework.redaction_rules import LABELS, Range, applied, context, normalised, occurrences

_VALUE = re.compile(r"([0-9]{1,7})-([0-9]{1,7})-([a-z]{1,8})\Z")


@dataclass(frozen=True)
class Place:
    """One place that is offered: its value in the form, its context, and whether it is ticked and new."""

    value: str
    label: str
    before: str
    words: str
    after: str
    ticked: bool
    new: bool


@dataclass(frozen=True)
class Filled:
    """The form as it is shown: `typed` words by label, the places, and the text without what is ticked."""

    typed: Mapping[str, str]
    places: tuple[Place, ...]
    ranges: tuple[Range, ...]
    preview: str

    @property
    def unseen(self) -> int:
        """How many places were found just now, and were not looked at yet."""
        return sum(one.new for one in self.places)


def fill(
    text: str,
    saved: Iterable[Range],
    typed: Mapping[str, str] | None = None,
    offered: Iterable[str] = (),
    ticked: Iterable[str] = (),
) -> Filled:
    """What was ticked stays, what was unticked too, and what is new is ticked.

    `offered` and `ticked` are values of places. Raises BadField for too many words or places.
    """
    words = {label: (typed or {}).get(label, "") for label in LABELS}
    before, taken = set(offered), set(ticked)
    known = [one for one in map(_range, before) if one is not None and one.end <= len(text)]
    found = set(occurrences(text, {label: lines.splitlines() for label, lines in words.items()}))
    wanted = sorted({*found, *saved, *known})
    chosen = [one for one in wanted if _value(one) in taken or _value(one) not in before]
    ranges = normalised(chosen, len(text))
    places = []
    for one in wanted:
        value, around = _value(one), context(text, one)
        new = typed is not None and value not in before
        places.append(Place(value, one.label, *around, ticked=one in chosen, new=new))
    return Filled(words, tuple(places), ranges, applied(text, ranges))


def _value(one: Range) -> str:
    return f"{one.start}-{one.end}-{one.label}"


def _range(value: str) -> Range | None:
    match = _VALUE.match(value)
    if match is None or match[3] not in LABELS or int(match[1]) >= int(match[2]):
        return None
    return Range(int(match[1]), int(match[2]), match[3])
