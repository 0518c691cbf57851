"""On which days releases leave (pure; docs/decisions/0029-rhythm.md).

Whoever watches the building sees on which days a medium leaves it. Made whenever an answer is ready, releases
would tell when we answer; on fixed days, answer or none, they tell the days that were fixed.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEK = len(WEEKDAYS)
_OF_DAY_0 = WEEKDAYS.index("thu")  # 1970-01-01


@dataclass(frozen=True)
class Rhythm:
    """`days` (codes of WEEKDAYS, in order) is empty where none were fixed. `due`: a release is due now.

    `next_day` is the first fixed day after today.
    """

    days: tuple[str, ...] = ()
    due: bool = True
    next_day: int | None = None


def rhythm(days: Collection[str], today: int, newest: int | None) -> Rhythm:
    """What follows from the fixed days and from the day of the newest release (None: there is none).

    A release that was not made on its day is due until it is made: late, it says less than at another time.
    """
    fixed = tuple(one for one in WEEKDAYS if one in days)
    if not fixed:
        return Rhythm()
    last = next(day for day in range(today, today - _WEEK, -1) if weekday(day) in fixed)
    after = next(day for day in range(today + 1, today + 1 + _WEEK) if weekday(day) in fixed)
    return Rhythm(fixed, newest is None or newest < last, after)


def weekday(day: int) -> str:
    """The code of the day of the week of a day since 1970-01-01."""
    return WEEKDAYS[(day + _OF_DAY_0) % _WEEK]
