"""Everything that a bad export can be: each is refused by name, and nothing changes."""

import os
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from keys.errors import GpgBroken, GpgMissing
from sluis.envelope import Kind
from sluis.errors import (
    BadField,
    BadSignature,
    Forked,
    NotEnrolled,
    NotOurs,
    SluisError,
    Truncated,
    UnknownVersion,
    Unopenable,
    WrongInstance,
    WrongServer,
    WrongSize,
)
from sluis.export import ExportHeader
from sluis.limits import BANK_PREFIX_SIZE, HEADER_BLOCK_SIZE, SLOT_SIZE
from sluis.primitives import sha256
from tests.support.export_builder import ModelServer, new_source
from tests.support.workroom import Workroom, workroom
from workstation.errors import DamagedExport, DiskFull


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Workroom]:
    with workroom(tmp_path) as made:
        yield made


@pytest.fixture
def export(room: Workroom) -> Path:
    return room.export(room.server.report(new_source(), b"Hello.", room.day))


def refused(room: Workroom, path: Path, error: type[SluisError]) -> SluisError:
    """Refused with this very error; database, vault and the file itself are as they were."""
    before = room.contents(), path.read_bytes()
    with pytest.raises(error) as caught:
        room.take_in(path)
    assert caught.type is error
    assert (room.contents(), path.read_bytes()) == before
    assert room.office.imports.recent() == ()
    return caught.value


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def cut(path: Path, size: int) -> None:
    path.write_bytes(path.read_bytes()[:size])


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda path: cut(path, 0), NotOurs),
        (lambda path: cut(path, 1_000), Truncated),
        (lambda path: cut(path, HEADER_BLOCK_SIZE), Truncated),
        (lambda path: cut(path, path.stat().st_size - 1), Truncated),
        (lambda path: path.write_bytes(path.read_bytes() + b"\0"), WrongSize),
        (lambda path: path.write_bytes(b"%PDF-1.7" + bytes(10_000)), NotOurs),
        (lambda path: flip(path, 9), UnknownVersion),
        (lambda path: flip(path, 12), WrongInstance),
        (lambda path: flip(path, 30), NotEnrolled),
        (lambda path: flip(path, 120), BadSignature),
        (lambda path: flip(path, HEADER_BLOCK_SIZE - 1), BadSignature),
        (lambda path: flip(path, HEADER_BLOCK_SIZE + 100), Unopenable),
        (lambda path: flip(path, BANK_PREFIX_SIZE + 7 * SLOT_SIZE + 99), DamagedExport),
    ],
)
def test_cut_long_foreign_or_flipped(
    room: Workroom, export: Path, change: Callable[[Path], object], error: type[SluisError]
) -> None:
    change(export)
    refused(room, export, error)


def test_a_damaged_copy_names_its_slots_and_the_rest_can_be_had_by_asking(
    room: Workroom, export: Path
) -> None:
    whole = export.read_bytes()
    for slot in (7, 400):
        flip(export, BANK_PREFIX_SIZE + slot * SLOT_SIZE + 99)
    error = refused(room, export, DamagedExport)
    assert isinstance(error, DamagedExport)
    assert error.damaged_slots == (7, 400)
    taken = room.take_in(export, accept_damaged=True)
    assert taken.damaged_slots == (7, 400)
    assert taken.warnings == ("damaged-accepted",)
    export.write_bytes(whole)
    assert room.take_in(export).state == "replayed"


def test_what_the_server_signed_damaged_is_taken_in_and_named(room: Workroom) -> None:
    path = room.export(damage_before_signing=(3,))
    taken = room.take_in(path)
    assert (taken.damaged_slots, taken.warnings) == ((3,), ())


def test_the_same_again_is_replayed_and_changes_nothing(room: Workroom, export: Path) -> None:
    room.take_in(export)
    before = room.contents()
    again = room.take_in(export)
    assert again.state == "replayed"
    assert room.contents() == before
    assert len(room.office.imports.recent()) == 1


def test_two_exports_under_one_number_are_a_fork(room: Workroom, export: Path) -> None:
    room.take_in(export)
    room.server.serial = 0
    room.server.previous = bytes(32)
    other = room.export()
    before = room.contents()
    with pytest.raises(Forked):
        room.take_in(other)
    assert room.contents() == before


@pytest.mark.parametrize("late", [False, True])
def test_a_broken_link_to_a_neighbour_is_a_fork(room: Workroom, late: bool) -> None:
    first = room.export()
    second = room.export(changed={"previous": bytes(31) + b"x"})
    if late:
        first, second = second, first
    room.take_in(first)
    before = room.contents()
    with pytest.raises(Forked):
        room.take_in(second)
    assert room.contents() == before


def test_out_of_order_is_taken_in_and_what_is_missing_is_named(room: Workroom) -> None:
    source = new_source()
    paths = [
        room.export(room.server.report(source, f"Message {number}".encode(), room.day)) for number in range(3)
    ]
    assert room.take_in(paths[2]).missing_serials == (1, 2)
    assert room.office.info.servers[0].last_serial == 0
    assert room.office.info.servers[0].missing_serials == (1, 2)
    assert room.take_in(paths[0]).missing_serials == (2,)
    assert room.office.info.servers[0].last_serial == 1
    taken = room.take_in(paths[1])
    assert (taken.missing_serials, taken.reports) == ((), 1)
    assert room.office.info.servers[0].last_serial == 3
    assert room.only_thread().summary.messages == 3


@pytest.mark.parametrize("serial", [0, 1_001, 2**64 - 1])
def test_an_impossible_serial(room: Workroom, serial: int) -> None:
    refused(room, room.export(changed={"serial": serial}), BadField)


def test_days_that_run_backwards(room: Workroom) -> None:
    refused(room, room.export(changed={"closing_day": 1}), BadField)


def test_training_and_real_never_mix(room: Workroom) -> None:
    refused(room, room.export(changed={"training": False}), WrongInstance)


def test_a_server_that_is_not_enrolled(room: Workroom) -> None:
    stranger = ModelServer(room.record)
    stranger.releases = room.server.releases
    refused(room, room.export(server=stranger), NotEnrolled)


def test_a_server_that_was_retired(room: Workroom, export: Path) -> None:
    room.office.retire_server(room.server.server_id.hex())
    refused(room, export, NotEnrolled)


def test_another_instance(room: Workroom, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with workroom(tmp_path / "other") as other:
        refused(room, other.export(), WrongInstance)


def resigned(room: Workroom, head: bytes, body: bytes, name: str) -> Path:
    """What a server would have signed over this bank."""
    header = ExportHeader.parse(head, room.record.instance_id)
    fields = header.__dict__ | {"body_hash": sha256(body)}
    path = room.media / name
    path.write_bytes(ExportHeader(**fields).signed(room.server.sign).encode() + body)
    return path


def test_the_bank_of_another_server_or_of_another_day(room: Workroom) -> None:
    south = room.enrol("south")
    room.release(room.server, south)
    ours, theirs = room.export().read_bytes(), room.export(server=south).read_bytes()
    head = ours[:HEADER_BLOCK_SIZE]
    mixed = resigned(room, head, theirs[HEADER_BLOCK_SIZE:], "mixed")
    refused(room, mixed, WrongServer)
    later = room.export().read_bytes()
    refused(room, resigned(room, head, later[HEADER_BLOCK_SIZE:], "later"), BadField)


def test_without_gpg(room: Workroom, export: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as without:
        without.setenv("PATH", "")
        refused(room, export, GpgMissing)
    assert room.take_in(export).verified_sets == 1


def test_with_a_gpg_that_does_not_work(
    room: Workroom, export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "bin"
    broken.mkdir()
    gpg = broken / "gpg"
    gpg.write_text('#!/bin/sh\ncase "$*" in *--decrypt*) exit 2;; esac\nexec /usr/bin/gpg "$@"\n', "ascii")
    gpg.chmod(0o700)
    with monkeypatch.context() as changed:
        changed.setenv("PATH", f"{broken}{os.pathsep}{os.environ['PATH']}")
        refused(room, export, GpgBroken)
    assert room.take_in(export).verified_sets == 1


@contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    """A real limit of the kernel's: a write beyond it fails, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_in_the_vault(room: Workroom) -> None:
    path = room.export(room.server.report(new_source(), bytes(3_000_000), room.day, kind=Kind.FILE))
    with no_file_larger_than(1_000_000):
        refused(room, path, DiskFull)
    assert list((room.folder / "vault").iterdir()) == []
    assert room.take_in(path).files == 1


def test_a_full_disk_in_the_database(room: Workroom) -> None:
    texts = [room.server.report(new_source(), b"long " * 9_000, room.day) for _ in range(12)]
    path = room.export(*texts)
    before = room.office.info
    with no_file_larger_than((room.folder / "cases.db").stat().st_size), pytest.raises(DiskFull):
        room.take_in(path)
    room.reopen()
    assert room.office.info == before
    assert (room.office.conversations.all(room.office.actor), room.office.imports.recent()) == ((), ())
    assert room.take_in(path).reports == 12


def test_a_full_medium(room: Workroom) -> None:
    room.office.releases.make(room.office.actor)
    with no_file_larger_than(500_000), pytest.raises(DiskFull):
        room.office.releases.write(room.office.actor, room.media)
    assert list(room.media.iterdir()) == []
    (written,) = room.office.releases.write(room.office.actor, room.media)
    assert sha256(written.path.read_bytes()).hex() == written.sha256
