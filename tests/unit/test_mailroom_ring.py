"""The reply ring: rows go in with a release, are fetched sixteen at a time, and go for good."""

import secrets
from collections.abc import Iterable
from itertools import pairwise

import pytest

from mailroom.ring import key_file, positions, release_at, ring_file
from mailroom.store import Mailroom
from sluis.errors import BadField, Unopenable
from sluis.limits import (
    KEY_SIZE,
    MAX_LIVE_ROWS,
    REPLY_CELL_SIZE,
    RING_FILE_SIZE,
    RING_RELEASES,
    RING_ROW_SIZE,
    ROWS_PER_RELEASE,
)
from sluis.ring import Row, open_row
from sluis.sealing import throwaway_seal
from tests.support.mailroom_stage import Stage


def made_rows(count: int) -> list[Row]:
    return [Row(secrets.token_bytes(32), throwaway_seal(REPLY_CELL_SIZE)) for _ in range(count)]


def tags(rows: Iterable[Row]) -> list[bytes]:
    return [row.tag for row in rows]


def delete(room: Mailroom, tag: bytes) -> None:
    deletion = room.intake.delete(tag)
    while not deletion.done:
        room.tick()
    room.intake.wait(deletion)


def windows(content: bytes) -> set[bytes]:
    return {content[at : at + 16] for at in range(0, len(content) - 15, 16)}


def opened_with(keys: dict[int, bytes], files: dict[int, bytes]) -> bytes:
    """Everything that opens under a release key, whatever release and place it says it is of."""
    found = []
    for position, data in files.items():
        for row in range(ROWS_PER_RELEASE):
            for release in (0, 1, 2):
                sealed = data[row * RING_ROW_SIZE : (row + 1) * RING_ROW_SIZE]
                try:
                    opened = open_row(keys[position], release, row, sealed)
                except Unopenable:
                    continue
                found.append(opened.tag + opened.cell)
    return b"".join(found)


@pytest.mark.parametrize(
    ("newest", "position", "release"),
    [(0, 0, 0), (0, 5, 0), (1, 1, 1), (1, 0, 0), (31, 1, 31), (31, 0, 30), (31, 2, 2), (29, 0, 0)],
)
def test_where_a_release_lies(newest: int, position: int, release: int) -> None:
    assert release_at(position, newest) == release


def test_positions_change_only_where_a_release_comes_in() -> None:
    for newer, older in pairwise(range(100, 0, -1)):
        changed = [at for at in range(RING_RELEASES) if positions(newer)[at] != positions(older)[at]]
        assert changed == [newer % RING_RELEASES]


def test_rows_of_a_release_are_found_by_their_tags() -> None:
    stage = Stage.make()
    rows = made_rows(5)
    room = stage.opened(rows)
    answer = room.fetch_rows([*tags(rows[:3]), *(secrets.token_bytes(32) for _ in range(117))])
    assert len(answer) == MAX_LIVE_ROWS
    assert {row.tag for row in rows[:3]} <= {row.tag for row in answer}
    assert [row for row in answer if row.tag in tags(rows[:3])] != []
    assert all(row in answer for row in rows[:3])
    assert len({row.tag for row in answer}) == MAX_LIVE_ROWS
    with pytest.raises(BadField):
        room.fetch_rows([bytes(32)] * 121)


def test_rows_come_in_random_order_and_strangers_get_other_rows() -> None:
    stage = Stage.make()
    rows = made_rows(1)
    room = stage.opened(rows)
    places = {tags(room.fetch_rows(tags(rows))).index(rows[0].tag) for _ in range(200)}
    assert places == set(range(MAX_LIVE_ROWS))
    strangers = [room.fetch_rows([secrets.token_bytes(32)] * 120) for _ in range(20)]
    assert all(len({row.tag for row in answer}) == MAX_LIVE_ROWS for answer in strangers)
    assert len({frozenset(tags(answer)) for answer in strangers}) == 20


def test_of_too_many_rows_the_newest_releases_come() -> None:
    stage = Stage.make()
    old, new = made_rows(10), made_rows(12)
    room = stage.opened(old)
    room.import_release(stage.next_release(rows=new))
    answer = tags(room.fetch_rows(tags(old + new)))
    assert set(tags(new)) <= set(answer)
    assert len(set(answer) & set(tags(old))) == 4


def test_ticks_rewrite_rows_and_keep_them() -> None:
    stage = Stage.make()
    rows = made_rows(128)
    room = stage.opened(rows)
    before = stage.disk.read(ring_file(1), 0, RING_FILE_SIZE)
    for _ in range(300):
        room.tick()
    assert stage.disk.read(ring_file(1), 0, RING_FILE_SIZE) != before
    for at in range(0, 128, 16):
        assert set(tags(room.fetch_rows(tags(rows[at : at + 16])))) == set(tags(rows[at : at + 16]))
    assert stage.start().stores.ring.damaged == []


def test_a_deleted_row_is_nowhere_even_with_the_release_key() -> None:
    stage = Stage.make()
    rows = made_rows(3)
    room = stage.opened(rows)
    for _ in range(50):
        room.tick()
    delete(room, rows[0].tag)
    assert rows[0].tag not in tags(room.fetch_rows(tags(rows)))
    assert set(tags(rows[1:])) <= set(tags(room.fetch_rows(tags(rows))))
    image = stage.ram.image()
    raw = b"".join(image.values())
    files = {at: image[ring_file(at)] for at in range(3)}
    opened = opened_with({at: image[key_file(at)] for at in range(3)}, files)
    entry = image["scratch"][-17 * 512 :]  # the row entry: checksum 32, place 7, sealed row
    position, row = entry[32], int.from_bytes(entry[37:39], "big")
    release = release_at(position, 1)
    last = open_row(image[key_file(position)], release, row, entry[39 : 39 + RING_ROW_SIZE])
    seen = windows(opened + last.tag + last.cell)
    assert seen & windows(rows[1].tag + rows[1].cell)  # the scan finds what is still there
    assert not seen & windows(rows[0].tag + rows[0].cell)
    assert rows[0].tag not in raw
    assert rows[0].tag not in tags(stage.start().fetch_rows(tags(rows)))


def test_deleting_what_is_not_there_is_no_error_and_writes_as_much() -> None:
    stage = Stage.make()
    room = stage.opened(made_rows(3))

    def changed(tag: bytes) -> list[str]:
        before = stage.ram.image()
        delete(room, tag)
        after = stage.ram.image()
        return sorted(name.split("-")[0] for name in after if after[name] != before[name])

    some = room.fetch_rows([])[0].tag
    assert changed(some) == changed(secrets.token_bytes(32)) == changed(some)
    assert stage.start().stores.ring.damaged == []


def test_at_most_five_deletions_wait() -> None:
    stage = Stage.make()
    rows = made_rows(8)
    room = stage.opened(rows)
    deletions = [room.intake.delete(row.tag) for row in rows]
    assert [deletion.done for deletion in deletions] == [True] * 3 + [False] * 5
    for _ in range(5):
        room.tick()
    assert all(deletion.done for deletion in deletions)


def test_a_tombstone_overwrites_the_row_and_its_tag_stays_nowhere() -> None:
    stage = Stage.make()
    rows = made_rows(2)
    room = stage.opened(rows)
    again = Row(rows[0].tag, throwaway_seal(REPLY_CELL_SIZE))  # an answer that was issued again
    room.import_release(stage.next_release(rows=[again], tombstones=[rows[0].tag]))
    answer = tags(room.fetch_rows(tags(rows)))
    assert rows[0].tag not in answer
    assert rows[1].tag in answer
    assert not any(rows[0].tag in content for content in stage.ram.image().values())


def test_without_the_key_slot_no_row_opens() -> None:
    stage = Stage.make()
    rows = made_rows(128)
    stage.opened(rows)
    data = stage.disk.read(ring_file(1), 0, RING_FILE_SIZE)
    stage.disk.write(key_file(1), 0, bytes(KEY_SIZE))
    with pytest.raises(Unopenable):
        open_row(stage.disk.read(key_file(1), 0, KEY_SIZE), 1, 0, data[:RING_ROW_SIZE])
    room = stage.start()
    assert len(room.stores.ring.damaged) == ROWS_PER_RELEASE
    assert not set(tags(room.fetch_rows(tags(rows[:120])))) & set(tags(rows))
    assert stage.start().stores.ring.damaged == []  # the start put unused rows there


def test_a_release_leaves_the_ring_after_thirty_and_its_key_is_overwritten() -> None:
    stage = Stage.make()
    rows = made_rows(2)
    room = stage.opened(rows)
    key = stage.disk.read(key_file(1), 0, KEY_SIZE)
    room.import_release(stage.next_release(skip=28))
    assert rows[0].tag in tags(room.fetch_rows(tags(rows)))
    room.import_release(stage.next_release())
    assert stage.newest is not None
    assert stage.newest.sequence == 31
    assert rows[0].tag not in tags(room.fetch_rows(tags(rows)))
    assert not any(key in content for content in stage.ram.image().values())


def test_lost_releases_leave_unused_rows_and_older_ones_go() -> None:
    stage = Stage.make()
    first, later = made_rows(1), made_rows(1)
    room = stage.opened(first)
    room.import_release(stage.next_release(skip=3, rows=later))
    both = tags([*first, *later])
    assert set(both) <= set(tags(room.fetch_rows(both)))
    room.import_release(stage.next_release(skip=40))
    assert not set(both) & set(tags(room.fetch_rows(both)))
    again = stage.start()
    assert again.stores.ring.damaged == []
    assert again.status().newest_release == 46
