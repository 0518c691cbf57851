"""The mailroom behind its sockets: whole answers, and nothing that a client does can harm it."""

import os
import secrets
import socket
import stat
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from mailroom.client import MailroomDown, SourceClient, StaleEpoch
from mailroom.disk import Disk, StoreBusy
from mailroom.frames import (
    OPERATOR_REQUEST_MAX,
    SOURCE_REQUEST_MAX,
    Operation,
    receive_frame,
    request,
    send_frame,
)
from mailroom.operator_client import OperatorClient
from mailroom.server import Server
from mailroom.store import Mailroom
from sluis.epoch import Epoch
from sluis.errors import BadField, NotOurs, Replayed, SluisError, StoreFull, UnknownVersion, WrongSize
from sluis.limits import CELL_SIZE, MAX_LIVE_ROWS, REPLY_CELL_SIZE, SiteProfile
from sluis.primitives import random_id
from sluis.ring import Row
from sluis.sealing import throwaway_seal
from tests.support.mailroom_stage import DAY, Stage

SITE = SiteProfile(1, "demo", 256, 1_048_576, banks=3)
CELL = bytes(CELL_SIZE)


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        threading.Event().wait(0.005)


@dataclass
class Served:
    stage: Stage
    room: Mailroom
    source: SourceClient
    operator: OperatorClient
    folder: Path


@contextmanager
def serving(stage: Stage, folder: Path, group: int | None = None) -> Iterator[Served]:
    room = stage.start()
    server = Server(room, folder, 0.01, group, group)
    thread = threading.Thread(target=server.serve)
    thread.start()
    clients = SourceClient(folder / "source.sock", 20), OperatorClient(folder / "operator.sock", 20)
    try:
        yield Served(stage, room, *clients, folder)
    finally:
        server.stop()
        thread.join(20)
        assert not thread.is_alive()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with serving(Stage.make(SITE), tmp_path) as one:
        one.operator.import_release(one.stage.next_release())
        yield one


def raw(served: Served, name: str = "source.sock") -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(20)
    connection.connect(str(served.folder / name))
    return connection


def has_ended(connection: socket.socket) -> bool:
    """The other side closed it; with bytes left unread, the kernel calls that a reset."""
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def free(served: Served) -> int:
    return served.source.status().file_cells_free


def test_status_says_what_the_room_says(served: Served) -> None:
    assert served.source.status() == served.room.status()
    assert served.operator.status() == served.room.operator_status()
    assert served.source.status().site == SITE


def test_a_report_through_the_sockets(served: Served) -> None:
    stage, epoch = served.stage, served.source.status().epoch
    streams = {random_id(): b"a few words", random_id(): bytes(200_000)}
    for set_id, stream in streams.items():
        with served.source.open_set(set_id, text=len(stream) < 100) as writer:
            for index, cell in enumerate(stage.workstation.cells(epoch, set_id, stream)):
                writer.put(epoch, index, cell)
            writer.commit()
    serial = served.operator.make_export()
    assert served.operator.export_size() == SITE.bank_size
    stage.exports[serial] = served.operator.read_export(serial, 0, SITE.bank_size)
    slots = stage.slots()
    assert {name: stage.workstation.stream(slots, name) for name in streams} == streams
    assert served.operator.read_export(serial, SITE.bank_size - 5, 100) == stage.exports[serial][-5:]
    assert served.operator.read_export(serial, SITE.bank_size, 5) == b""
    report = served.operator.import_release(stage.next_release(acknowledged=stage.acknowledged(serial)))
    assert report.freed_serials == (serial,)


def test_rows_through_the_sockets(served: Served) -> None:
    rows = [Row(secrets.token_bytes(32), throwaway_seal(REPLY_CELL_SIZE)) for _ in range(2)]
    served.operator.import_release(served.stage.next_release(rows=rows))
    tags = [row.tag for row in rows]
    answer = served.source.fetch_rows(tags)
    assert len(answer) == MAX_LIVE_ROWS
    assert all(row in answer for row in rows)
    served.source.delete_row(tags[0])
    served.source.delete_row(secrets.token_bytes(32))
    answer = served.source.fetch_rows(tags)
    assert [row in answer for row in rows] == [False, True]
    with pytest.raises(BadField):
        served.source.fetch_rows([bytes(32)] * 121)


def test_errors_come_back_as_what_they_are(served: Served) -> None:
    with served.source.open_set(random_id(), text=True) as writer:
        with pytest.raises(StaleEpoch):
            writer.put(Epoch(1, DAY - 1), 0, CELL)
        writer.put(Epoch(1, DAY), 0, CELL)  # the same index again, sealed to the key of now
        with pytest.raises(BadField):
            writer.put(Epoch(1, DAY), 5, CELL)
        writer.commit()
    data = served.stage.next_release()
    cases: list[tuple[type[SluisError], bytes]] = [
        (NotOurs, b""),
        (WrongSize, data + bytes(5_000_000)),
        (WrongSize, data[:-1]),
        (UnknownVersion, data[:8] + b"\0\7" + data[10:]),
    ]
    for error, wrong in cases:
        with pytest.raises(error) as told:
            served.operator.import_release(wrong)
        assert getattr(told.value, "version", 7) == 7
    served.operator.import_release(data)
    with pytest.raises(Replayed):
        served.operator.import_release(data)
    served.operator.make_export()
    served.operator.make_export()
    with pytest.raises(StoreFull):
        served.operator.make_export()


def test_leaving_without_commit_aborts(served: Served) -> None:
    before = free(served)
    with pytest.raises(RuntimeError), served.source.open_set(random_id(), text=False) as writer:  # noqa: PT012
        for index in range(40):
            writer.put(Epoch(1, DAY), index, CELL)
        assert free(served) == before - 40
        raise RuntimeError("the reporter's circuit broke")
    assert free(served) == before
    writer.abort()


def test_a_client_that_vanishes_leaves_nothing(served: Served) -> None:
    before = free(served)
    connection = raw(served)
    send_frame(connection, request(Operation.OPEN_SET, random_id() + b"\0"))
    receive_frame(connection, 100)
    for index in range(20):
        fields = b"".join(number.to_bytes(4, "big") for number in (1, DAY, index)) + CELL
        send_frame(connection, request(Operation.PUT, fields))
        assert receive_frame(connection, 100) == b"\0"
    connection.sendall(b"\0\1\0")  # in the middle of a frame
    assert free(served) == before - 20
    connection.close()
    eventually(lambda: free(served) == before)


def test_garbage_gets_an_error_and_harms_nobody(served: Served) -> None:
    for name, limit in (("source.sock", SOURCE_REQUEST_MAX), ("operator.sock", OPERATOR_REQUEST_MAX)):
        for sent in (
            b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
            bytes(4),
            (limit + 1).to_bytes(4, "big"),
            b"\xff" * 4,
        ):
            with raw(served, name) as connection:
                connection.sendall(sent)
                assert receive_frame(connection, 1_000)[0] == 1
                assert has_ended(connection)
    assert served.source.status().ready


def test_wrong_requests_get_an_error_and_the_connection_goes_on(served: Served) -> None:
    wrong = [
        bytes([0]),
        bytes([99]),
        bytes([Operation.PUT]),
        bytes([Operation.COMMIT]),
        bytes([Operation.OPEN_SET, 1]),
    ]
    wrong += [
        bytes([Operation.OPEN_SET]) + random_id() + b"\2",
        bytes([Operation.FETCH, 121]) + bytes(121 * 32),
    ]
    wrong += [bytes([Operation.DELETE]) + bytes(33), bytes([Operation.STATUS, 0])]
    wrong += [bytes([kind]) for kind in (Operation.MAKE_EXPORT, Operation.IMPORT, Operation.READ_EXPORT)]
    with raw(served) as connection:
        for body in wrong:
            send_frame(connection, body)
            assert receive_frame(connection, 1_000)[0] == 1, body
        send_frame(connection, request(Operation.STATUS))
        assert receive_frame(connection, 100_000)[0] == 0
    with raw(served, "operator.sock") as connection:
        far = (1).to_bytes(8, "big") + (1 << 60).to_bytes(8, "big") + (10).to_bytes(4, "big")
        long = (1).to_bytes(8, "big") + bytes(8) + (1 << 31).to_bytes(4, "big")
        wrong = [bytes([kind]) for kind in (Operation.PUT, Operation.FETCH, Operation.READ_EXPORT, 0)]
        for body in [*wrong, request(Operation.READ_EXPORT, far), request(Operation.READ_EXPORT, long)]:
            send_frame(connection, body)
            assert receive_frame(connection, 1_000)[0] == 1, body
    assert served.operator.status().closed == ()


def test_sixty_four_clients_at_once(served: Served) -> None:
    sent: dict[bytes, bytes] = {}
    failed: list[Exception] = []
    epoch = served.source.status().epoch
    start = threading.Barrier(64)

    def report(number: int) -> None:
        set_id, stream = random_id(), secrets.token_bytes(500 if number % 2 else 80_000)
        try:
            cells = served.stage.workstation.cells(epoch, set_id, stream)
            start.wait(20)
            with served.source.open_set(set_id, text=bool(number % 2)) as writer:
                for index, cell in enumerate(cells):
                    writer.put(epoch, index, cell)
                served.source.fetch_rows([secrets.token_bytes(32)] * 120)
                if number % 8:
                    writer.commit()
                    sent[set_id] = stream
            served.source.delete_row(secrets.token_bytes(32))
        except Exception as error:  # noqa: BLE001 - whatever it was, the test fails with it below
            failed.append(error)

    threads = [threading.Thread(target=report, args=(number,)) for number in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failed == []
    assert len(sent) == 56
    serial = served.operator.make_export()
    served.stage.exports[serial] = served.operator.read_export(serial, 0, SITE.bank_size)
    slots = served.stage.slots()
    assert {slot.set_id for slot in slots} == set(sent)
    assert all(served.stage.workstation.stream(slots, set_id) == sent[set_id] for set_id in sent)


def test_an_export_while_clients_send(served: Served) -> None:
    stop = threading.Event()
    sent: dict[bytes, bytes] = {}

    def report() -> None:
        while not stop.is_set():
            set_id, stream = random_id(), secrets.token_bytes(100)
            writer = served.source.open_set(set_id, text=True)
            with writer:
                epoch = served.source.status().epoch
                writer.put(epoch, 0, served.stage.workstation.cells(epoch, set_id, stream)[0])
                writer.commit()
                sent[set_id] = stream

    threads = [threading.Thread(target=report) for _ in range(4)]
    for thread in threads:
        thread.start()
    for wanted in (10, 30):
        eventually(lambda wanted=wanted: len(sent) >= wanted)  # type: ignore[misc]
        served.operator.make_export()
    stop.set()
    for thread in threads:
        thread.join(20)
    served.room.stop()
    served.stage.run = type(served.stage.ram)()
    room = served.stage.start()
    for bank in room.operator_status().closed:
        served.stage.take(room, bank.serial)
    slots = served.stage.slots()
    assert all(served.stage.workstation.stream(slots, set_id) == sent[set_id] for set_id in sent)


def test_a_mailroom_that_is_not_there_is_down(tmp_path: Path) -> None:
    for name in ("missing.sock", "stale.sock"):
        with socket.socket(socket.AF_UNIX) as left:
            if name == "stale.sock":
                left.bind(str(tmp_path / name))
        with pytest.raises(MailroomDown):
            SourceClient(tmp_path / name).status()
        with pytest.raises(MailroomDown):
            SourceClient(tmp_path / name).open_set(random_id(), text=True)


def test_a_mailroom_that_ends_is_down_and_acknowledges_what_waits(tmp_path: Path) -> None:
    stage = Stage.make(SITE)
    with serving(stage, tmp_path) as served:
        served.operator.import_release(stage.next_release())
        status = served.source.status()
        writer = served.source.open_set(random_id(), text=True)
        writer.put(status.epoch, 0, CELL)
    with pytest.raises(MailroomDown):
        served.source.status()
    with writer, pytest.raises(MailroomDown):
        writer.put(status.epoch, 1, CELL)
    with serving(stage, tmp_path) as served:  # the sockets of the ended process do not stand in the way
        assert served.source.status().ready


def test_a_disk_that_fails_ends_the_process(tmp_path: Path) -> None:
    stage = Stage.make(SITE)
    room = stage.opened()
    server = Server(room, tmp_path, 0.01)
    outcome: list[bool | str] = []

    def serve() -> None:
        try:
            outcome.append(server.serve())
        except OSError as error:
            outcome.append(str(error))

    thread = threading.Thread(target=serve)
    thread.start()

    def fail(_what: str) -> None:
        raise OSError("the disk is gone")

    stage.ram.before_step = fail
    thread.join(20)
    assert outcome == ["the disk is gone"]
    assert room.broken


def test_sockets_are_for_their_groups_only(tmp_path: Path) -> None:
    for group, mode in ((None, 0o600), (os.getgid(), 0o660)):
        with serving(Stage.make(SITE), tmp_path, group) as served:
            for name in ("source.sock", "operator.sock"):
                found = os.stat(served.folder / name)
                assert stat.S_IMODE(found.st_mode) == mode
                assert group is None or found.st_gid == group


def test_two_mailrooms_cannot_use_one_store(tmp_path: Path) -> None:
    first, second = Disk(tmp_path), Disk(tmp_path)
    first.hold()
    with pytest.raises(StoreBusy):
        second.hold()
    first.close()
    second.hold()
    second.close()
