"""How long a case is kept: rules in `retention.toml`, and the day that follows (pure).

A clock runs from the day on which a case is closed, and stands still while it is open. Nothing is destroyed
by a clock alone: it says what is due, and a person does it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from sluis.errors import BadField


@dataclass(frozen=True)
class Rules:
    """`days` by the name of a rule; `default` is one of them. `referral_proof_days` from its day."""

    default: str
    days: Mapping[str, int]
    referral_proof_days: int = 365

    def destroy_day(self, rule: str, closed_day: int) -> int:
        """The first day on which a case may be destroyed; raises BadField for an unknown rule."""
        if rule not in self.days:
            raise BadField("no such retention rule")
        return closed_day + self.days[rule]


def parse(text: str) -> Rules:
    """Raises BadField unless every rule has a number of days from 1 on, and the default is a rule."""
    data = tomllib.loads(text)
    days = {name: rule.get("days") for name, rule in data.get("rules", {}).items()}
    default = data.get("default", "")
    if default not in days or not all(isinstance(one, int) and one >= 1 for one in days.values()):
        raise BadField("not a table of retention rules")
    proof = data.get("referral_proof_days", Rules.referral_proof_days)
    if not isinstance(proof, int) or proof < 1:
        raise BadField("not a table of retention rules")
    return Rules(default, days, proof)


@cache
def current() -> Rules:
    """The rules that come with this version of the program."""
    return parse(files(__package__).joinpath("retention.toml").read_text("utf-8"))
