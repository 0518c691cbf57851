"""The mailbox: always the same work, each reply once, and deletion that stands."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from sluis.envelope import EnvelopeReader
from sluis.keytree import SourceKeys, row_tag
from sluis.limits import HASH_SIZE, REPLY_CELL_SIZE
from sluis.primitives import random_id, random_key
from sluis.ring import Reply, Row, seal_reply
from sluis.sealing import SealingKey, throwaway_seal
from source_interface.mailbox import Deletion, Mailbox, delete_reply, open_mailbox
from source_interface.settings import SourceSettings
from source_interface.submission import Submitter
from tests.support.counsellor_key import CounsellorKey, tmpfs_folder
from tests.support.mailroom_simulator import MailroomSimulator

DAY = 20_780
INSTANCE = bytes(range(16))


@pytest.fixture(scope="module")
def key() -> Iterator[CounsellorKey]:
    with CounsellorKey(DAY) as made:
        yield made


@pytest.fixture
def settings() -> Iterator[SourceSettings]:
    folder: Path = tmpfs_folder()
    yield SourceSettings(INSTANCE, "Line", True, ("en",), 5, 1_000_000, folder)
    shutil.rmtree(folder)


@pytest.fixture
def mailroom(key: CounsellorKey) -> MailroomSimulator:
    simulator = MailroomSimulator(INSTANCE, key.certificate, DAY)
    simulator.release(40, DAY)
    return simulator


@pytest.fixture
def keys() -> SourceKeys:
    return SourceKeys.from_root(random_key())


def reply(text: str = "An answer", *, day: int = DAY, expiry: int = DAY + 30, name: bytes = b"") -> Reply:
    return Reply(name or random_id(), day, expiry, "en", text)


def row(keys: SourceKeys, answer: Reply, release: int = 40, place: int = 0) -> Row:
    sealed = seal_reply(SealingKey(keys.reply.public), INSTANCE, keys.thread, release, place, answer)
    return Row(row_tag(keys.k_tag, INSTANCE, release, place), sealed)


def look(keys: SourceKeys, mailroom: MailroomSimulator, settings: SourceSettings, day: int = DAY) -> Mailbox:
    return open_mailbox(keys, mailroom, settings, lambda: day)


def delete(
    keys: SourceKeys, reply_id: bytes, mailroom: MailroomSimulator, settings: SourceSettings
) -> Deletion:
    submitter = Submitter(settings, mailroom, lambda: DAY)
    return delete_reply(
        keys,
        reply_id,
        client=mailroom,
        settings=settings,
        submitter=submitter,
        language="en",
        sequence=3,
        read=[reply_id],
    )


def test_a_codename_never_used_has_an_empty_mailbox(
    keys: SourceKeys, mailroom: MailroomSimulator, settings: SourceSettings
) -> None:
    assert look(keys, mailroom, settings) == Mailbox(())


def test_replies_come_newest_first(
    keys: SourceKeys, mailroom: MailroomSimulator, settings: SourceSettings
) -> None:
    mailroom.place(row(keys, reply("first", day=DAY - 9), release=20, place=1))
    mailroom.place(row(keys, reply("third", day=DAY - 1), release=40, place=0))
    mailroom.place(row(keys, reply("second", day=DAY - 4), release=11, place=3))
    assert [one.text for one in look(keys, mailroom, settings).replies] == ["third", "second", "first"]


def test_a_reply_issued_again_shows_once(
    keys: SourceKeys, mailroom: MailroomSimulator, settings: SourceSettings
) -> None:
    name = random_id()
    rows = [
        row(keys, reply(name=name, expiry=DAY - 1), release=12),
        row(keys, reply(name=name, expiry=DAY + 5), release=39),
    ]
    for one in rows:
        mailroom.place(one)
    (shown,) = look(keys, mailroom, settings).replies
    assert shown.reply_id == name
    assert set(shown.tags) == {one.tag for one in rows}


@pytest.mark.parametrize(("day", "shown"), [(DAY, 1), (DAY + 30, 1), (DAY + 31, 0)])
def test_a_reply_shows_through_its_last_day(
    keys: SourceKeys, mailroom: MailroomSimulator, settings: SourceSettings, day: int, shown: int
) -> None:
    mailroom.place(row(keys, reply()))
    assert len(look(keys, mailroom, settings, day).replies) == shown


def test_a_row_in_another_place_does_not_open(
    keys: SourceKeys, mailroom: MailroomSimulator, settings: SourceSettings
) -> None:
    genuine = row(keys, reply(), release=40, place=0)
    mailroom.place(Row(row_tag(keys.k_tag, INSTANCE, 39, 0), genuine.cell))
    mailroom.place(Row(row_tag(keys.k_tag, INSTANCE, 40, 1), throwaway_seal(REPLY_CELL_SIZE)))
    assert look(keys, mailroom, settings) == Mailbox(())


def test_replies_of_others_stay_closed(
    keys: SourceKeys, mailroom: MailroomSimulator, settings: SourceSettings
) -> None:
    other = SourceKeys.from_root(random_key())
    mailroom.rows = [row(other, reply(), place=number) for number in range(4)] * 8
    assert look(keys, mailroom, settings) == Mailbox(())


@pytest.mark.parametrize("newest", [1, 2, 30, 40])
@pytest.mark.parametrize("answers", [0, 1, 4])
def test_every_login_is_the_same_work(
    settings: SourceSettings,
    keys: SourceKeys,
    key: CounsellorKey,
    monkeypatch: pytest.MonkeyPatch,
    newest: int,
    answers: int,
) -> None:
    mailroom = MailroomSimulator(INSTANCE, key.certificate, DAY)
    mailroom.release(newest, DAY)
    for number in range(answers):
        mailroom.place(row(keys, reply(), release=newest, place=number))
    tried = []
    opening = type(keys.reply).open
    monkeypatch.setattr(
        type(keys.reply), "open", lambda *given: (tried.append(len(given[1])), opening(*given))[1]
    )
    look(keys, mailroom, settings)
    assert tried == [REPLY_CELL_SIZE] * 16
    assert [len(tags) for tags in mailroom.fetched] == [120]
    assert len(set(mailroom.fetched[0])) == 120
    assert {len(tag) for tag in mailroom.fetched[0]} == {HASH_SIZE}


def test_the_mailbox_opens_when_nothing_can_be_sent(
    keys: SourceKeys, mailroom: MailroomSimulator, settings: SourceSettings
) -> None:
    mailroom.place(row(keys, reply()))
    mailroom.reason = "expired"
    assert len(look(keys, mailroom, settings).replies) == 1


def test_a_deleted_reply_is_overwritten_and_told(
    keys: SourceKeys, mailroom: MailroomSimulator, settings: SourceSettings, key: CounsellorKey
) -> None:
    gone, stays = reply("gone"), reply("stays")
    mailroom.place(row(keys, gone, release=38))
    mailroom.place(row(keys, gone, release=40))
    mailroom.place(row(keys, stays, release=40, place=1))
    assert delete(keys, gone.reply_id, mailroom, settings) == Deletion(2, told=True)
    assert [one.text for one in look(keys, mailroom, settings).replies] == ["stays"]
    reader = EnvelopeReader(INSTANCE)
    list(reader.feed(key.decrypt(mailroom.message())))
    header = reader.finish()
    assert (header.deleted, header.read, header.sequence) == ((gone.reply_id,), (gone.reply_id,), 3)


def test_a_deletion_stands_when_it_cannot_be_told(
    keys: SourceKeys, mailroom: MailroomSimulator, settings: SourceSettings
) -> None:
    gone = reply()
    mailroom.place(row(keys, gone))
    mailroom.reason = "store-full"
    assert delete(keys, gone.reply_id, mailroom, settings) == Deletion(1, told=False)
    assert look(keys, mailroom, settings) == Mailbox(())


def test_deleting_what_is_not_there_changes_nothing(
    keys: SourceKeys, mailroom: MailroomSimulator, settings: SourceSettings
) -> None:
    before = list(mailroom.rows)
    assert delete(keys, random_id(), mailroom, settings) == Deletion(0, told=False)
    assert mailroom.rows == before
    assert mailroom.sets == []
