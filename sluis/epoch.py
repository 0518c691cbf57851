"""Which day's key seals, and which seeds may be erased (docs/protocol.md, "Epochs")."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sluis.errors import Expired
from sluis.limits import EPOCH_DAYS


@dataclass(frozen=True, order=True)
class Epoch:
    """One epoch key's name: the release that brought it and its day (days since 1970-01-01, UTC)."""

    release: int
    day: int


def epoch_day(clock_day: int, floor: int, first: int, expiry: int) -> int:
    """clamp(clock day, floor, last key), the day whose key seals now.

    floor is the day on which the open bank was opened, so a clock that was set back never seals to an erased
    key. After the last key day that key goes on being used until the release expires; then raises Expired.
    """
    if max(clock_day, floor) > expiry:
        raise Expired("the keys of the last release have expired")
    return max(first, min(max(clock_day, floor), first + EPOCH_DAYS - 1))


@dataclass(frozen=True)
class ChainEnd:
    """The last export of one server's unbroken imported chain: its closing day and its last release."""

    closing_day: int
    release: int


def erasable(epoch: Epoch, last_day: int, servers: Iterable[ChainEnd | None]) -> bool:
    """True when no enrolled server can hold, or still make, a cell under this epoch's key.

    `last_day` is the last key day of the epoch's release. Each server's chain (None: nothing imported yet)
    must end with an export closed after the epoch's day. The last key of a release lives on past its day, so
    it also needs an export made under a later release. Never by the clock: a late courier loses nothing.
    """
    ends = list(servers)
    return bool(ends) and all(
        end is not None
        and end.closing_day > epoch.day
        and (end.release > epoch.release or epoch.day < last_day)
        for end in ends
    )
