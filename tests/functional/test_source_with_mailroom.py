"""The source's side against the real mailroom behind its sockets, read back from a real export."""

import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailroom.client import MailroomDown, SourceClient
from mailroom.create import create_store
from mailroom.disk import Disk
from mailroom.operator_client import OperatorClient
from mailroom.server import Server
from mailroom.store import Mailroom
from sluis.envelope import EnvelopeReader, Header, Kind, WithdrawScope, withdraw_scope
from sluis.errors import StoreFull
from sluis.instance import EnrolmentRequest
from sluis.keytree import SourceKeys, row_tag
from sluis.limits import SiteProfile
from sluis.primitives import random_id, random_key
from sluis.ring import Reply, Row, seal_reply
from sluis.sealing import SealingKey
from source_interface.mailbox import Deletion, delete_reply, open_mailbox
from source_interface.settings import SourceSettings
from source_interface.submission import NotReady, Submitter
from tests.support.counsellor_key import CounsellorKey, tmpfs_folder
from tests.support.desk import Desk

DAY = 20_780
SITE = SiteProfile(1, "demo", 64, 8 * 1_048_576)
_TICK_S = 0.01
_END_S = 20


class Online:
    """A mailroom that serves, the desk that it belongs to, and what the source site uses of it."""

    def __init__(self, store: Path, run: Path) -> None:
        self.day = DAY
        self.desk = Desk(DAY)
        disk = Disk(store)
        request = create_store(disk, SITE, self.desk.record, lambda done, total: None)
        self.request = EnrolmentRequest.parse(request, self.desk.instance_id)
        self._server = Server(Mailroom(disk, Disk(run), SITE, lambda: self.day), run, _TICK_S)
        self._thread = threading.Thread(target=self._server.serve)
        self._thread.start()
        self.client = SourceClient(run / "source.sock")
        self.operator = OperatorClient(run / "operator.sock")
        self.settings = SourceSettings(
            self.desk.instance_id, "Line", True, ("en",), 5, SITE.largest_file, run
        )
        self.submitter = Submitter(self.settings, self.client, lambda: self.day)

    def take_in(self, certificate: bytes, *rows: Row) -> None:
        self.operator.import_release(self.desk.release(self.request, self.day, certificate, rows))

    def export(self) -> bytes:
        serial = self.operator.make_export()
        return self.operator.read_export(serial, 0, self.operator.export_size())

    def stop(self) -> None:
        self._server.stop()
        self._thread.join(_END_S)
        assert not self._thread.is_alive()


@pytest.fixture(scope="module")
def key() -> Iterator[CounsellorKey]:
    with CounsellorKey(DAY) as made:
        yield made


@pytest.fixture
def online(tmp_path: Path) -> Iterator[Online]:
    run = tmpfs_folder()
    made = Online(tmp_path, run)
    yield made
    made.stop()
    shutil.rmtree(run)


@pytest.fixture
def keys() -> SourceKeys:
    return SourceKeys.from_root(random_key())


def read(online: Online, key: CounsellorKey, export: bytes) -> list[tuple[Header, bytes]]:
    envelopes = []
    for message in online.desk.messages(export):
        reader = EnvelopeReader(online.desk.instance_id)
        body = b"".join(reader.feed(key.decrypt(message)))
        envelopes.append((reader.finish(), body))
    return sorted(envelopes, key=lambda one: one[0].sequence)


def test_a_report_with_a_file_comes_out_of_the_export(
    online: Online, key: CounsellorKey, keys: SourceKeys
) -> None:
    online.take_in(key.certificate)
    content = os.urandom(1_000_000)
    parent = online.submitter.send_text(keys, text="What I saw", language="en", sequence=0, intake={})
    with online.submitter.open_file(
        keys, parent=parent, file_name="a.jpg", language="en", sequence=1
    ) as sender:
        for start in range(0, len(content), 65_536):
            sender.write(content[start : start + 65_536])
        sender.finish()
    (text, words), (file, received) = read(online, key, online.export())
    assert (text.kind, text.message_id, words) == (Kind.TEXT, parent, b"What I saw")
    assert (file.kind, file.parent, file.file_name, received) == (Kind.FILE, parent, "a.jpg", content)
    assert text.thread == file.thread == keys.thread


def test_an_aborted_file_gives_its_room_back(online: Online, key: CounsellorKey, keys: SourceKeys) -> None:
    online.take_in(key.certificate)
    room = online.client.status().file_cells_free
    with online.submitter.open_file(
        keys, parent=random_id(), file_name="a", language="en", sequence=0
    ) as sender:
        sender.write(os.urandom(1_000_000))
    assert online.client.status().file_cells_free == room
    online.submitter.send_text(keys, text="after it", language="en", sequence=1, intake={})
    assert [body for _, body in read(online, key, online.export())] == [b"after it"]


def test_a_file_that_does_not_fit(online: Online, key: CounsellorKey, keys: SourceKeys) -> None:
    online.take_in(key.certificate)
    room = online.client.status().file_cells_free
    with (
        online.submitter.open_file(
            keys, parent=random_id(), file_name="a", language="en", sequence=0
        ) as sender,
        pytest.raises(StoreFull),
    ):
        sender.write(os.urandom((room + 8) * 65_536))
    assert online.client.status().file_cells_free == room


def test_an_export_and_a_release_in_the_middle_of_a_file(
    online: Online, key: CounsellorKey, keys: SourceKeys
) -> None:
    online.take_in(key.certificate)
    content = os.urandom(1_500_000)
    with online.submitter.open_file(
        keys, parent=random_id(), file_name="a", language="en", sequence=0
    ) as sender:
        sender.write(content[:500_000])
        online.day += 2
        online.take_in(key.certificate)
        first = online.export()
        sender.write(content[500_000:])
        sender.finish()
    (message,) = online.desk.messages(first, online.export())
    reader = EnvelopeReader(online.desk.instance_id)
    assert b"".join(reader.feed(key.decrypt(message))) == content
    reader.finish()


def test_replies_are_shown_deleted_and_told(online: Online, key: CounsellorKey, keys: SourceKeys) -> None:
    instance = online.desk.instance_id
    replies = [Reply(random_id(), DAY, DAY + 30, "en", text) for text in ("one", "two")]
    rows = [
        Row(
            row_tag(keys.k_tag, instance, 1, place),
            seal_reply(SealingKey(keys.reply.public), instance, keys.thread, 1, place, reply),
        )
        for place, reply in enumerate(replies)
    ]
    online.take_in(key.certificate, *rows)

    def shown(of: SourceKeys) -> set[str]:
        box = open_mailbox(of, online.client, online.settings, lambda: DAY)
        return {reply.text for reply in box.replies}

    assert shown(keys) == {"one", "two"}
    assert shown(SourceKeys.from_root(random_key())) == set()
    done = delete_reply(
        keys,
        replies[0].reply_id,
        client=online.client,
        settings=online.settings,
        submitter=online.submitter,
        language="en",
        sequence=0,
        read=[reply.reply_id for reply in replies],
    )
    assert done == Deletion(1, told=True)
    assert shown(keys) == {"two"}
    ((header, _),) = read(online, key, online.export())
    assert header.deleted == (replies[0].reply_id,)


@pytest.mark.parametrize("scope", list(WithdrawScope))
def test_a_withdrawal_comes_out_of_the_export(
    online: Online, key: CounsellorKey, keys: SourceKeys, scope: WithdrawScope
) -> None:
    online.take_in(key.certificate)
    seen = random_id()
    online.submitter.send_text(keys, text="What I saw", language="en", sequence=0, intake={})
    message_id = online.submitter.send_withdraw(keys, scope=scope, language="nl", sequence=1, read=[seen])
    _, (header, body) = read(online, key, online.export())
    assert (header.kind, header.message_id, body) == (Kind.WITHDRAW, message_id, b"")
    assert withdraw_scope(header) is scope
    assert (header.thread, header.day, header.read) == (keys.thread, DAY, (seen,))


def test_before_the_first_release(online: Online, keys: SourceKeys) -> None:
    with pytest.raises(NotReady):
        online.submitter.send_text(keys, text="early", language="en", sequence=0, intake={})
    with pytest.raises(NotReady):
        online.submitter.send_withdraw(keys, scope=WithdrawScope.ALL, language="en", sequence=0)
    assert open_mailbox(keys, online.client, online.settings, lambda: DAY).replies == ()


def test_without_a_mailroom(online: Online, keys: SourceKeys, tmp_path: Path) -> None:
    absent = SourceClient(tmp_path / "absent.sock")
    submitter = Submitter(online.settings, absent, lambda: DAY)
    with pytest.raises(MailroomDown):
        submitter.send_text(keys, text="text", language="en", sequence=0, intake={})
    with pytest.raises(MailroomDown):
        open_mailbox(keys, absent, online.settings, lambda: DAY)


def test_a_mailroom_that_ends_in_the_middle_of_a_file(
    online: Online, key: CounsellorKey, keys: SourceKeys
) -> None:
    online.take_in(key.certificate)
    with online.submitter.open_file(
        keys, parent=random_id(), file_name="a", language="en", sequence=0
    ) as sender:
        sender.write(bytes(200_000))
        online.stop()
        with pytest.raises(MailroomDown):
            sender.write(os.urandom(2_000_000))
    assert list(online.settings.gnupg_parent.glob("g*")) == []
