"""Releases: every answer stays in reach of its source until read or expired, whatever gets lost."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from sluis.keytree import SourceKeys
from sluis.limits import (
    CERTIFICATE_MAX,
    EPOCH_DAYS,
    MAX_LIVE_ROWS,
    RELEASE_DAYS,
    REPLY_DAYS,
    RING_RELEASES,
    ROWS_PER_RELEASE,
    ROWS_PER_THREAD_AND_RELEASE,
    TOMBSTONES,
)
from sluis.primitives import sha256
from sluis.release import RELEASE_SIZE
from tests.support.export_builder import ModelServer, new_source
from tests.support.workroom import Workroom, workroom
from workstation.errors import AlreadyExists


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Workroom]:
    with workroom(tmp_path) as made:
        yield made


@pytest.fixture
def source(room: Workroom) -> SourceKeys:
    keys = new_source()
    room.take_in(room.export(room.server.report(keys, b"Hello.", room.day)))
    return keys


def texts(server: ModelServer, source: SourceKeys) -> list[str]:
    newest = server.release.sequence
    server.releases = [one for one in server.releases if one.sequence > newest - RING_RELEASES]
    return [reply.text for reply in server.mailbox(source)]


def test_one_size_empty_or_full(room: Workroom, source: SourceKeys) -> None:
    (empty,) = room.office.releases.make(room.office.actor)
    for number in range(4):
        room.answer("x" * 6_000 + str(number))
    (full,) = room.office.releases.make(room.office.actor)
    assert len(empty.data) == len(full.data) == RELEASE_SIZE
    assert (full.sequence, full.sha256) == (3, sha256(full.data).hex())


def test_what_a_release_says(room: Workroom, source: SourceKeys) -> None:
    room.release()
    first, second = room.server.releases[-2:]
    assert second.previous == first.hash
    assert second.first_epoch_day == second.day == room.day
    assert second.expiry_day == room.day + RELEASE_DAYS
    assert len(set(second.epoch_keys) | set(first.epoch_keys)) == 2 * EPOCH_DAYS
    assert (second.acknowledged_serial, second.acknowledged_hash) == (1, room.server.previous)
    assert (first.acknowledged_serial, first.acknowledged_hash) == (0, bytes(32))
    assert len({row.tag for row in second.rows}) == ROWS_PER_RELEASE
    assert len(set(second.tombstones)) == TOMBSTONES


def test_only_the_unbroken_chain_is_acknowledged(room: Workroom) -> None:
    paths = [room.export() for _ in range(3)]
    room.take_in(paths[2])
    room.release()  # sealed to the key of export 3, the newest
    assert room.server.release.acknowledged_serial == 0
    room.take_in(paths[0])
    room.release()
    assert room.server.release.acknowledged_serial == 1
    room.take_in(paths[1])
    room.release()
    assert room.server.release.acknowledged_serial == 3


def test_the_encryption_key_is_new_each_month_and_old_reports_still_open(
    room: Workroom, source: SourceKeys
) -> None:
    old = room.server.report(source, b"Sealed last month.", room.day)
    certificates = [room.server.release.certificate]
    for _ in range(2):
        room.clock.day += 31
        room.release()
        certificates.append(room.server.release.certificate)
        room.release()
        certificates.append(room.server.release.certificate)
    assert len(set(certificates)) == 3
    assert len({len(one) for one in certificates}) == 1
    assert len(certificates[0]) < CERTIFICATE_MAX
    assert room.take_in(room.export(old)).verified_sets == 1


def test_all_servers_get_the_same_rows_and_tombstones(room: Workroom, source: SourceKeys) -> None:
    south = room.enrol("south")
    room.answer("For both.")
    room.release(room.server, south)
    north, other = room.server.release, south.release
    assert {row.tag for row in north.rows} == {row.tag for row in other.rows}
    assert set(north.tombstones) == set(other.tombstones)
    assert texts(room.server, source) == texts(south, source) == ["For both."]


def test_a_lost_release_loses_no_answer(room: Workroom, source: SourceKeys) -> None:
    reply = room.answer("Please come back.")
    room.release(lost=True)
    assert texts(room.server, source) == []
    room.release()
    assert texts(room.server, source) == ["Please come back."]
    room.release()
    assert texts(room.server, source) == ["Please come back."]  # once: the older row has its tombstone
    room.take_in(room.export())
    assert room.reply(reply).state == "exported"
    tags = len(room.server.mailbox(source))
    room.release()
    assert len(room.server.mailbox(source)) == tags
    assert not any(row.tag in known_tags(room, source) for row in room.server.release.rows)


def known_tags(room: Workroom, source: SourceKeys) -> set[bytes]:
    newest = room.server.release.sequence
    return {tag for release, _, tag in source.tags(room.record.instance_id, newest) if release == newest}


def test_what_is_unread_is_sealed_again_before_it_leaves_the_ring(room: Workroom, source: SourceKeys) -> None:
    room.answer("Unread.")
    room.release()
    room.take_in(room.export())
    for _ in range(RING_RELEASES + 2):
        room.release()
        assert texts(room.server, source) == ["Unread."]
    assert room.server.release.sequence > RING_RELEASES + 2


def test_an_answer_expires(room: Workroom, source: SourceKeys) -> None:
    reply = room.answer("Not for ever.")
    room.release()
    sealed_on = room.day
    assert room.reply(reply).expiry_day == sealed_on + REPLY_DAYS
    room.clock.day = sealed_on + REPLY_DAYS
    room.release()
    assert len(texts(room.server, source)) == 1
    room.clock.day += 1
    room.release()
    assert room.reply(reply).state == "expired"
    assert texts(room.server, source) == []


def test_an_answer_taken_back_leaves_the_ring(room: Workroom, source: SourceKeys) -> None:
    reply = room.answer("Too soon.")
    room.release()
    room.take_in(room.export())
    room.office.answers.withdraw(room.office.actor, reply)
    room.release(lost=True)
    assert texts(room.server, source) == ["Too soon."]
    room.release()  # the tombstone is repeated until a server holds it
    assert texts(room.server, source) == []


def test_no_more_than_four_a_release_and_sixteen_live(room: Workroom, source: SourceKeys) -> None:
    replies = [room.answer(f"Answer {number}") for number in range(20)]
    for made in range(1, 7):
        room.release()
        room.take_in(room.export())
        found = texts(room.server, source)
        assert len(found) == min(made * ROWS_PER_THREAD_AND_RELEASE, MAX_LIVE_ROWS)
    assert sorted(found) == sorted(f"Answer {number}" for number in range(16))
    assert [room.reply(one).queued for one in replies] == [False] * 16 + [True] * 4
    assert room.office.releases.queued() == 4
    room.office.answers.withdraw(room.office.actor, replies[0])
    room.release()
    assert "Answer 16" in texts(room.server, source)
    assert room.office.releases.queued() == 3


def test_a_server_that_comes_later_gets_what_is_unread(room: Workroom, source: SourceKeys) -> None:
    room.answer("For whoever asks.")
    room.release()
    room.take_in(room.export())
    south = room.enrol("south")
    room.release(room.server, south)
    assert texts(south, source) == texts(room.server, source) == ["For whoever asks."]


def test_whatever_happens_to_releases_every_answer_is_there_once(room: Workroom, source: SourceKeys) -> None:
    said: list[str] = []
    for step in range(24):
        if len(said) < 12 and secrets.randbelow(3) == 0:
            said.append(f"Answer {step}")
            room.answer(said[-1])
        room.release(lost=bool(secrets.randbelow(2)))
        if secrets.randbelow(4) == 0:
            room.take_in(room.export())
        assert len(texts(room.server, source)) <= MAX_LIVE_ROWS
    for _ in range(4):
        room.release()
        room.take_in(room.export())
    assert sorted(set(texts(room.server, source))) == sorted(said)


def test_written_to_a_medium_and_read_back(room: Workroom, source: SourceKeys) -> None:
    reply = room.answer("On its way.")
    (made,) = room.office.releases.make(room.office.actor)
    (written,) = room.office.releases.write(room.office.actor, room.media)
    assert written.path.read_bytes() == made.data
    assert written.sha256 == made.sha256
    assert written.path.stat().st_mtime == room.day * 86_400
    assert room.reply(reply).state == "exported"
    assert room.office.releases.write(room.office.actor, room.media) == (written,)
    written.path.write_bytes(b"something else")
    with pytest.raises(AlreadyExists):
        room.office.releases.write(room.office.actor, room.media)
    assert written.path.read_bytes() == b"something else"
