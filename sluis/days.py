"""Days as everything here counts them, since 1970-01-01, and as the calendar does."""

from __future__ import annotations

from datetime import date

_FIRST = date(1970, 1, 1).toordinal()


def date_of(day: int) -> date:
    """Day 0 is 1970-01-01; raises ValueError, OverflowError beyond the years 1 to 9999."""
    return date.fromordinal(_FIRST + day)


def day_of(value: date) -> int:
    """Of 1970-01-01 it is 0."""
    return value.toordinal() - _FIRST
