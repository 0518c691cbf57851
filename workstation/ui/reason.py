"""What every refusal says, and what is said above every form that comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString


@dataclass(frozen=True)
class Reason:
    """What happened, and what to do next."""

    why: LazyString
    next: LazyString


AGAIN: Mapping[str, Reason] = {
    "stale": Reason(
        _l("This page had been open for too long, so nothing was saved."),
        _l("What you typed is below. Send it again."),
    ),
    "unlocked": Reason(
        _l("The workstation had locked itself before this was saved."),
        _l("What you typed is below. Send it again."),
    ),
}
"""Why a form that was filled in comes back, whatever it is for (views/giving_back.py)."""
