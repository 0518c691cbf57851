"""Triage: how bad it is, for whom, how soon, and what must not be done (pure; the design's "Triage").

Every field is a code; the answer that a question begins with says that nobody knows yet. What follows from
the answers (urgency, risks, whether others may read along) is a table here, the same each time, with its
reasons. A person may judge otherwise, and then says why.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

from sluis.errors import BadField, SluisError

_ASK = ("unclear", "yes", "no")
_SCALE = ("unknown", "low", "medium", "high")
QUESTIONS: Mapping[str, tuple[str, ...]] = {
    "danger": ("unclear", "now", "72h", "weeks", "none"),
    "self_harm": _ASK,
    "minor": _ASK,
    "violence": _ASK,
    "weapon": _ASK,
    "address_known": _ASK,
    "travel": _ASK,
    "family": _ASK,
    "worse": _ASK,
    "device": ("unknown", "safe", "shared", "watched", "suspected"),
    "gender": ("unknown", "any", "woman", "man"),
    "relation": ("unknown", "self", "family", "witness", "third-party", "coerced"),
    "facts": _SCALE,
    "attribution": _SCALE,
    "corroboration": ("unknown", "none", "partly", "full"),
    "deception": _SCALE,
}
"""The codes of each question; "worse": acting would make it worse for the family; "facts" and "attribution"
are confidence in what is said, and in a state being behind it."""

WORDS = ("safe_time", "remarks")
WORDS_MAX = 8_000
URGENCIES = ("P0", "P1", "P2", "P3")
JUDGEMENT = "judgement"
REVIEW_DAYS: Mapping[str, int] = {"P0": 0, "P1": 1, "P2": 7, "P3": 28}
_REVIEW_LAST = 365

_WATCHED = frozenset({"shared", "watched", "suspected"})
# The same, as a source says it in the form that it fills in.
CAREFUL_ANSWERS = frozenset(
    {("device", "shared"), ("device", "watched"), ("reading", "sometimes"), ("reading", "no")}
)
_DEVICE_SAID: Mapping[str, str] = {"own": "safe", "shared": "shared", "watched": "suspected"}


class ReasonNeeded(SluisError):
    """Less urgent than the answers say, or urgent without an answer that says so: it needs a remark."""

    code = "reason-needed"


@dataclass(frozen=True)
class Triage:
    """One judgement. `safe_time`: when, where and on what the source can read; both texts may be empty."""

    danger: str = "unclear"
    self_harm: str = "unclear"
    minor: str = "unclear"
    violence: str = "unclear"
    weapon: str = "unclear"
    address_known: str = "unclear"
    travel: str = "unclear"
    family: str = "unclear"
    worse: str = "unclear"
    device: str = "unknown"
    gender: str = "unknown"
    relation: str = "unknown"
    facts: str = "unknown"
    attribution: str = "unknown"
    corroboration: str = "unknown"
    deception: str = "unknown"
    safe_time: str = ""
    remarks: str = ""

    def check(self) -> None:
        """Raises BadField for an answer that there is not, or a text over WORDS_MAX characters."""
        for name, answers in QUESTIONS.items():
            if getattr(self, name) not in answers:
                raise BadField(f"no such answer to {name}")
        if any(len(getattr(self, name)) > WORDS_MAX for name in WORDS):
            raise BadField("a remark is too long")

    def encode(self) -> bytes:
        """As JSON, with sorted names."""
        return json.dumps(asdict(self), ensure_ascii=True, sort_keys=True).encode("ascii")

    @staticmethod
    def decode(data: bytes) -> Triage:
        """The inverse; later questions have their first answer, those that are gone are left out."""
        known = {one.name for one in fields(Triage)}
        return Triage(**{name: answer for name, answer in json.loads(data).items() if name in known})


@dataclass(frozen=True)
class Verdict:
    """An urgency, the code of its reason, and the day of the next review."""

    urgency: str
    reason: str
    review_day: int


def suggested_urgency(triage: Triage) -> tuple[tuple[str, str], ...]:
    """(urgency, reason) of every rule that fits, the most urgent first; the first one is the suggestion."""
    yes = {name for name in QUESTIONS if getattr(triage, name) == "yes"}
    soon = triage.danger in ("now", "72h")
    rules = (
        ("P0", "danger-now", triage.danger == "now"),
        ("P0", "self-harm", "self_harm" in yes),
        ("P0", "minor-in-danger", "minor" in yes and (soon or bool(yes & {"violence", "weapon"}))),
        ("P0", "weapon-and-address", {"weapon", "address_known"} <= yes),
        ("P0", "travel-into-danger", "travel" in yes and soon),
        ("P1", "danger-72h", triage.danger == "72h"),
        ("P1", "minor", "minor" in yes),
        ("P1", "weapon", "weapon" in yes),
        ("P1", "violence", "violence" in yes),
        ("P1", "travel", "travel" in yes),
        ("P1", "family", "family" in yes),
        ("P2", "danger-weeks", triage.danger == "weeks"),
        ("P2", "danger-unclear", triage.danger == "unclear"),
        ("P2", "address-known", "address_known" in yes),
        ("P2", "device", triage.device in _WATCHED),
        ("P2", "coerced", triage.relation == "coerced"),
        ("P3", "no-danger", True),
    )
    return tuple((urgency, reason) for urgency, reason, fits in rules if fits)


def decide(triage: Triage, chosen: str, review_in: int | None, today: int) -> Verdict:
    """What holds: the suggestion, or what a person `chosen` instead ("" or an urgency).

    `review_in` days from today (None: by urgency). Raises BadField; ReasonNeeded when the choice is another
    one than the suggestion and no remark says why.
    """
    triage.check()
    urgency, reason = suggested_urgency(triage)[0]
    if chosen and chosen not in URGENCIES:
        raise BadField("no such urgency")
    if chosen and chosen != urgency:
        if not triage.remarks.strip():
            raise ReasonNeeded("another urgency than the answers give needs a remark")
        urgency, reason = chosen, JUDGEMENT
    days = REVIEW_DAYS[urgency] if review_in is None else review_in
    if not 0 <= days <= _REVIEW_LAST:
        raise BadField("a review is within a year")
    return Verdict(urgency, reason, today + days)


def device_may_be_watched(triage: Triage) -> bool:
    """Whether an answer must hold no detail."""
    return triage.device in _WATCHED


def says_careful(intake: Mapping[str, str]) -> bool:
    """Whether a source's own form says that others may read along."""
    return any(item in CAREFUL_ANSWERS for item in intake.items())


def risks(triage: Triage) -> tuple[str, ...]:
    """What the banner of the case says, the worst first, by code."""
    shown = (
        ("danger-now", triage.danger == "now"),
        ("danger-72h", triage.danger == "72h"),
        ("self-harm", triage.self_harm == "yes"),
        ("minor", triage.minor == "yes"),
        ("weapon", triage.weapon == "yes"),
        ("violence", triage.violence == "yes"),
        ("address-known", triage.address_known == "yes"),
        ("travel", triage.travel == "yes"),
        ("family", triage.family == "yes"),
        ("worse", triage.worse == "yes"),
        ("device", device_may_be_watched(triage)),
        ("coerced", triage.relation == "coerced"),
        ("deception", triage.deception == "high"),
    )
    return tuple(code for code, holds in shown if holds)


def from_intake(intake: Mapping[str, str]) -> Triage:
    """A first triage with what the source's own form says, for a person to go on from."""
    danger = intake.get("danger", "")
    return Triage(
        danger=danger if danger in QUESTIONS["danger"] else "unclear",
        device=_DEVICE_SAID.get(intake.get("device", ""), "unknown"),
    )
