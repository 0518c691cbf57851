"""Which replies get a row in a release, and which rows are taken out (pure; docs/protocol.md, "Replies").

A login finds at most 16 live rows of its thread, so no more than 16 may be in the ring at once, and at
most 4 in one release. The ring holds 30 releases. A release may get lost on its way: a row counts as
arrived only when every server has said that it holds that very release, and until then its reply is
sealed again into the next.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from sluis.limits import (
    MAX_LIVE_ROWS,
    RING_RELEASES,
    ROWS_PER_RELEASE,
    ROWS_PER_THREAD_AND_RELEASE,
    TOMBSTONES,
)


@dataclass(frozen=True)
class RingRow:
    """A row that may be in the ring: its key in the database, thread, release; whether it must leave."""

    key: int
    thread: int
    release: int
    unwanted: bool


@dataclass(frozen=True)
class Wish:
    """A reply that needs a row, with the rows of it that perhaps never arrived (`superseded`, their keys)."""

    reply: int
    thread: int
    superseded: tuple[int, ...] = ()


@dataclass
class Plan:
    """`places`: (reply, row number 0..3 in its thread); `tombstones`: keys of rows; `queued`: replies."""

    places: list[tuple[int, int]] = field(default_factory=list)
    tombstones: list[int] = field(default_factory=list)
    queued: list[int] = field(default_factory=list)


def in_ring(release: int, newest: int) -> bool:
    """Whether a row of `release` is still in a ring whose newest release is `newest`."""
    return newest - RING_RELEASES < release <= newest


def plan_release(sequence: int, rows: Sequence[RingRow], wishes: Sequence[Wish]) -> Plan:
    """Plans release `sequence`; `wishes` in order of precedence, `rows` are those not known to be out."""
    plan = Plan()
    inside = [row for row in rows if in_ring(row.release, sequence)]
    # What will fall out of the ring by itself soonest can wait longest for its tombstone.
    for row in sorted(inside, key=lambda row: row.release, reverse=True):
        if row.unwanted and len(plan.tombstones) < TOMBSTONES:
            plan.tombstones.append(row.key)
    out = set(plan.tombstones)
    live = Counter(row.thread for row in inside if row.key not in out)
    here: Counter[int] = Counter()
    known = {row.key for row in inside}
    for wish in wishes:
        leaving = [key for key in wish.superseded if key in known and key not in out]
        room = TOMBSTONES - len(plan.tombstones)
        leaving = leaving[:room]
        fits = (
            len(plan.places) < ROWS_PER_RELEASE
            and here[wish.thread] < ROWS_PER_THREAD_AND_RELEASE
            and live[wish.thread] - len(leaving) < MAX_LIVE_ROWS
        )
        if not fits:
            plan.queued.append(wish.reply)
            continue
        plan.tombstones += leaving
        out.update(leaving)
        live[wish.thread] += 1 - len(leaving)
        plan.places.append((wish.reply, here[wish.thread]))
        here[wish.thread] += 1
    return plan
