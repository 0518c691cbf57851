"""Taking in releases: every refusal has its name and leaves every file as it was."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from mailroom.identity import TransferKeys
from sluis.errors import (
    BadField,
    BadSignature,
    Expired,
    Forked,
    NotOurs,
    Replayed,
    RolledBack,
    SluisError,
    UnknownVersion,
    Unopenable,
    WrongInstance,
    WrongServer,
    WrongSize,
)
from sluis.export import NO_HASH
from sluis.limits import EPOCH_DAYS, XWING_PUBLIC_SIZE
from sluis.primitives import SigningKey, random_id
from sluis.release import Release
from tests.support.mailroom_stage import DAY, Stage, Workstation


def sealed_anew(stage: Stage, change: Callable[[Release], Release]) -> bytes:
    """The next release with something changed before it is signed."""
    stage.next_release()
    assert stage.newest is not None
    return stage.seal(change(stage.newest))


def refused(stage: Stage) -> list[tuple[str, type[SluisError], bytes]]:
    """Everything that a room with release 2, one export taken, must refuse."""
    room_release = stage.newest
    assert room_release is not None
    request, workstation = stage.request, stage.workstation
    serial, public = 1, stage.header(1).transfer_public
    follower = workstation.release(3, previous=room_release.hash)

    def seal(release: Release, **how: object) -> bytes:
        return workstation.seal(release, request.server_id, serial, public, **how)  # type: ignore[arg-type]

    good = seal(follower)
    stranger = Workstation()
    keys = [bytes(XWING_PUBLIC_SIZE)] * EPOCH_DAYS
    other_content = workstation.release(2, previous=room_release.previous, expiry_day=DAY + 20)
    return [
        ("empty", NotOurs, b""),
        ("not ours", NotOurs, b"PK\x03\x04" + good[4:]),
        ("version", UnknownVersion, good[:8] + b"\0\2" + good[10:]),
        ("short", WrongSize, good[:-1]),
        ("long", WrongSize, good + b"\0"),
        ("instance", WrongInstance, stranger.seal(follower, request.server_id, serial, public)),
        ("server", WrongServer, workstation.seal(follower, random_id(), serial, public)),
        ("key", Unopenable, workstation.seal(follower, request.server_id, 7, public)),
        ("serial", Unopenable, workstation.seal(follower, request.server_id, 0, public)),
        ("bytes", Unopenable, good[:-5] + bytes([good[-5] ^ 1]) + good[-4:]),
        ("signer", BadSignature, seal(follower, signer=SigningKey.generate()[0])),
        ("certificate", Expired, seal(follower, days=(DAY + 1, DAY + 90))),
        ("keys", BadField, seal(replace(follower, epoch_keys=keys))),
        ("numbers", BadField, seal(replace(follower, sequence=0))),
        ("old", RolledBack, seal(workstation.release(1))),
        ("same", Replayed, seal(room_release)),
        ("fork", Forked, seal(other_content)),
        ("chain", Forked, seal(replace(follower, previous=NO_HASH))),
        ("receipt", Forked, seal(replace(follower, acknowledged_serial=1, acknowledged_hash=b"x" * 32))),
        ("future", Forked, seal(replace(follower, acknowledged_serial=9, acknowledged_hash=b"x" * 32))),
        ("open bank", Forked, seal(replace(follower, acknowledged_serial=2))),
        ("late", Expired, seal(replace(follower, expiry_day=DAY))),
    ]


def test_every_refusal_has_its_name_and_changes_nothing() -> None:
    stage = Stage.make()
    room = stage.opened()
    stage.export(room)
    room.import_release(stage.next_release())
    cases = refused(stage)
    before = stage.ram.image()
    stage.day += 1
    found = {}
    for name, expected, data in cases:
        with pytest.raises(SluisError) as told:
            room.import_release(data)
        found[name] = (type(told.value), expected)
        assert stage.ram.image() == before, name
    assert {name: kinds for name, kinds in found.items() if kinds[0] is not kinds[1]} == {}
    assert not room.broken
    room.import_release(stage.next_release())


def test_the_same_file_is_named_replayed_even_when_its_key_is_erased() -> None:
    stage = Stage.make()
    room = stage.opened()
    stage.export(room)
    stage.newest = None
    first = stage.request.transfer_public
    release = stage.workstation.release(2, acknowledged=stage.acknowledged(1))
    data = stage.workstation.seal(release, stage.request.server_id, 0, first)
    with pytest.raises(Forked):
        room.import_release(data)  # it does not follow release 1
    release = replace(release, sequence=3)
    data = stage.workstation.seal(release, stage.request.server_id, 0, first)
    room.import_release(data)
    with pytest.raises(Unopenable):
        TransferKeys(stage.disk).opening(0)
    with pytest.raises(Replayed):
        room.import_release(data)
    with pytest.raises(Replayed):
        stage.start().import_release(data)


def test_release_opening_keys_live_until_a_newer_export_is_acknowledged() -> None:
    stage = Stage.make()
    room = stage.opened()
    stage.export(room)
    stage.export(room)
    keys = TransferKeys(stage.disk)
    assert keys.opening(0).public == stage.request.transfer_public
    assert keys.opening(1).public == stage.header(1).transfer_public
    seeds = stage.disk.read("transfer", 0, 1_024)
    room.import_release(stage.next_release(acknowledged=stage.acknowledged(2)))
    keys = TransferKeys(stage.disk)
    for serial in (0, 1):
        with pytest.raises(Unopenable):
            keys.opening(serial)
    assert keys.opening(2).public == stage.header(2).transfer_public
    for entry in range(2):
        assert seeds[entry * 64 + 8 : entry * 64 + 40] not in stage.disk.read("transfer", 0, 1_024)


def test_an_acknowledgement_that_says_less_frees_nothing_and_is_no_error() -> None:
    stage = Stage.make()
    room = stage.opened()
    stage.export(room)
    stage.export(room)
    room.import_release(stage.next_release(acknowledged=stage.acknowledged(2)))
    assert room.import_release(stage.next_release(acknowledged=stage.acknowledged(1))).freed_serials == ()
    assert room.import_release(stage.next_release(acknowledged=stage.acknowledged(2))).freed_serials == ()
    assert room.operator_status().free_banks == 2


def test_a_first_release_may_have_any_number() -> None:
    stage = Stage.make()
    room = stage.start()
    assert room.import_release(stage.next_release(skip=6)).sequence == 7
    assert room.status().ready


def test_no_tombstone_and_no_row_of_a_release_is_in_the_clear() -> None:
    stage = Stage.make()
    room = stage.opened()
    release = stage.newest
    assert release is not None
    room.import_release(stage.next_release())
    raw = b"".join(stage.ram.image().values())
    for tag in [*release.tombstones, *(row.tag for row in release.rows)]:
        assert tag not in raw
    assert release.epoch_keys[0] not in raw  # the older release's public part is gone too
