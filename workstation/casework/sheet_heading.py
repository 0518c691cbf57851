"""What stands at the top of every sheet that is passed on: a setting of the office, in each language.

It is harmless on purpose, for paper is found by others; so the name of the line may not be in it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from sqlalchemy.orm import Session

from sluis.errors import SluisError
from workstation.casework.ledger import append
from workstation.casework.referral_models import SheetHeading
from workstation.casework.roles import Actor, Permission
from workstation.models import Instance
from workstation.sheets.sheet import usual_heading

RULE = "sheet-heading"
TEXT_MAX = 60
_UNSEEN = ("Cc", "Cf", "Cn", "Cs")


class BadHeading(SluisError):
    """Not a heading. `what` is "text" or "line": it is no short line, or it names the line."""

    code = "bad-heading"

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


def of(session: Session, language: str) -> str:
    """What stands on a sheet in this language."""
    row = session.get(SheetHeading, language)
    return row.text if row is not None else usual_heading(language)


def fix(session: Session, day: int, actor: Actor, headings: Mapping[str, str]) -> None:
    """By language, as `checked` gives them; the usual one for "". Raises NotAllowed, BadHeading."""
    actor.require(Permission.SET_RULES)
    name = session.get_one(Instance, 1).name
    for language, text in headings.items():
        if name.casefold() in text.casefold():
            raise BadHeading("line")
        session.merge(SheetHeading(language=language, text=text or usual_heading(language)))
    append(session, day, actor, "rule-changed", facts={"rule": RULE})


def checked(text: str) -> str:
    """In one form (NFC), with single spaces; raises BadHeading for what is no short line of words."""
    line = unicodedata.normalize("NFC", " ".join(text.split()))
    unseen = any(unicodedata.category(one) in _UNSEEN for one in line)
    if len(line) > TEXT_MAX or unseen or (line and not any(map(str.isalpha, line))):
        raise BadHeading("text")
    return line
