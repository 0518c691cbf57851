"""The plan of a release's rows keeps every limit, whatever is asked of it."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from sluis.limits import (
    MAX_LIVE_ROWS,
    RING_RELEASES,
    ROWS_PER_RELEASE,
    ROWS_PER_THREAD_AND_RELEASE,
    TOMBSTONES,
)
from workstation.rows import RingRow, Wish, in_ring, plan_release

SEQUENCE = 50


@st.composite
def rings(draw: st.DrawFn) -> list[RingRow]:
    rows = draw(st.lists(st.tuples(st.integers(0, 4), st.integers(15, 49), st.booleans()), max_size=80))
    kept: list[RingRow] = []
    live: Counter[int] = Counter()
    for key, (thread, release, unwanted) in enumerate(rows):
        if live[thread] < MAX_LIVE_ROWS:
            kept.append(RingRow(key, thread, release, unwanted))
            live[thread] += 1
    return kept


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[RingRow], list[Wish]]:
    rows = draw(rings())
    wishes = []
    for reply, thread in enumerate(draw(st.lists(st.integers(0, 60), max_size=200))):
        wishes.append(Wish(reply, thread))
    again = [Wish(1_000 + row.key, row.thread, (row.key,)) for row in rows if draw(st.booleans())]
    return rows, again + wishes


@given(cases())
def test_limits_hold_and_nothing_is_forgotten(case: tuple[list[RingRow], list[Wish]]) -> None:
    rows, wishes = case
    plan = plan_release(SEQUENCE, rows, wishes)
    thread_of = {wish.reply: wish.thread for wish in wishes}
    placed = [reply for reply, _ in plan.places]
    assert sorted(placed + plan.queued) == sorted(thread_of)
    assert len(placed) <= ROWS_PER_RELEASE
    assert len(plan.tombstones) == len(set(plan.tombstones)) <= TOMBSTONES
    numbers = {(thread_of[reply], row) for reply, row in plan.places}
    assert len(numbers) == len(placed)
    assert all(row < ROWS_PER_THREAD_AND_RELEASE for _, row in numbers)
    gone = set(plan.tombstones)
    live = Counter(row.thread for row in rows if in_ring(row.release, SEQUENCE) and row.key not in gone)
    live.update(thread_of[reply] for reply in placed)
    assert all(count <= MAX_LIVE_ROWS for count in live.values())


@given(cases())
def test_only_rows_that_must_go_or_were_placed_again_get_a_tombstone(
    case: tuple[list[RingRow], list[Wish]],
) -> None:
    rows, wishes = case
    plan = plan_release(SEQUENCE, rows, wishes)
    placed = {reply for reply, _ in plan.places}
    allowed = {row.key for row in rows if row.unwanted}
    allowed |= {key for wish in wishes if wish.reply in placed for key in wish.superseded}
    assert set(plan.tombstones) <= allowed
    assert all(in_ring(row.release, SEQUENCE) for row in rows if row.key in plan.tombstones)


def test_the_ring_holds_thirty() -> None:
    assert [in_ring(release, SEQUENCE) for release in (20, 21, 50, 51)] == [False, True, True, False]
    assert sum(in_ring(release, SEQUENCE) for release in range(100)) == RING_RELEASES


def test_more_tombstones_than_fit_wait_and_still_count() -> None:
    rows = [RingRow(key, key // 16, 30 + key % 16, unwanted=True) for key in range(160)]
    plan = plan_release(SEQUENCE, rows, [])
    assert len(plan.tombstones) == TOMBSTONES
    kept = [row for row in rows if row.key not in plan.tombstones]
    assert max(row.release for row in kept) <= min(row.release for row in rows if row.key in plan.tombstones)
