"""What the exports page warns of: a pure function of the mailroom's state, today, and the rule."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from journalist_interface.port import Status
from journalist_interface.settings import AlarmRule
from sluis.limits import EPOCH_DAYS


class Notice(Enum):
    """Everything that there is to warn of; the texts are in `notice_texts`."""

    NO_RELEASE = "no-release"
    EXPIRED = "expired"
    STORE_FULL = "store-full"
    OPEN_FULL = "open-full"
    NOT_READY = "not-ready"
    KEYS_RUN_OUT = "keys-run-out"
    KEYS_END_SOON = "keys-end-soon"
    EXPIRES_SOON = "expires-soon"
    RELEASE_OLD = "release-old"
    NO_EXPORT = "no-export"
    UNCONFIRMED = "unconfirmed"
    NO_FREE_BANK = "no-free-bank"
    LAST_FREE_BANK = "last-free-bank"
    CLOCK_BEHIND = "clock-behind"


_CLOSED = {
    "no-release": Notice.NO_RELEASE,
    "expired": Notice.EXPIRED,
    "store-full": Notice.STORE_FULL,
}
URGENT = frozenset(
    {*_CLOSED.values(), Notice.OPEN_FULL, Notice.NOT_READY, Notice.KEYS_RUN_OUT, Notice.NO_FREE_BANK}
)


@dataclass(frozen=True)
class Warned:
    """One notice with the days its text speaks of: a number of days, and a day."""

    notice: Notice
    days: int = 0
    day: int = 0

    @property
    def urgent(self) -> bool:
        """True when reports are, or may soon be, refused."""
        return self.notice in URGENT


def notices(status: Status, today: int, rule: AlarmRule) -> tuple[Warned, ...]:
    """Every notice that holds, the urgent ones first."""
    found = [*_about_readiness(status), *_about_exports(status, today, rule)]
    if status.newest_release and status.reason not in {"no-release", "expired"}:
        found += _about_release(status, today, rule)
    return tuple(sorted(found, key=lambda warned: not warned.urgent))


def _about_readiness(status: Status) -> Iterator[Warned]:
    if status.reason == "store-full" and status.free_banks:
        yield Warned(Notice.OPEN_FULL)
    elif not status.ready:
        yield Warned(_CLOSED.get(status.reason, Notice.NOT_READY), day=status.release_expiry_day)


def _about_release(status: Status, today: int, rule: AlarmRule) -> Iterator[Warned]:
    keys_left = status.last_key_day - today
    # The keys of a release begin on the day it was made, which the status does not hold.
    age = today - (status.last_key_day - EPOCH_DAYS + 1)
    if keys_left < 0:
        yield Warned(Notice.KEYS_RUN_OUT, -keys_left, status.release_expiry_day)
    elif keys_left <= rule.keys_days:
        yield Warned(Notice.KEYS_END_SOON, keys_left, status.last_key_day)
    elif age >= rule.release_days:
        yield Warned(Notice.RELEASE_OLD, age)
    until_expiry = status.release_expiry_day - today
    if keys_left >= 0 and 0 <= until_expiry <= rule.expiry_days:
        yield Warned(Notice.EXPIRES_SOON, until_expiry, status.release_expiry_day)


def _about_exports(status: Status, today: int, rule: AlarmRule) -> Iterator[Warned]:
    opened = status.open_since_day
    if opened is not None and today - opened >= rule.export_days and status.free_banks:
        yield Warned(Notice.NO_EXPORT, today - opened)
    waiting = [today - bank.closing_day for bank in status.closed]
    if waiting and max(waiting) >= rule.export_days:
        yield Warned(Notice.UNCONFIRMED, max(waiting))
    if status.free_banks == 0 and status.reason != "store-full":
        yield Warned(Notice.NO_FREE_BANK)
    elif status.free_banks == 1:
        yield Warned(Notice.LAST_FREE_BANK)
    newest = max(
        [bank.closing_day for bank in status.closed] + ([opened] if opened is not None else []), default=0
    )
    if newest > today:
        yield Warned(Notice.CLOCK_BEHIND, newest - today)
