"""What every refusal says."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel.speaklater import LazyString


@dataclass(frozen=True)
class Reason:
    """What happened, and what to do next."""

    why: LazyString
    next: LazyString
