"""A submission from the source's keys to the store, with the real GnuPG and a mailroom in memory."""

import os
import re
import shutil
import threading
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from sluis.envelope import EnvelopeReader, Header, Kind
from sluis.errors import BadField, Expired, StoreFull, TooLarge
from sluis.keytree import SourceKeys
from sluis.limits import LARGE, TEXT_MAX
from sluis.padding import LADDER
from sluis.primitives import random_id, random_key
from source_interface.file_names import clean_file_name
from source_interface.openpgp import GpgMissing, KeyExpired
from source_interface.settings import SourceSettings
from source_interface.submission import NotReady, Submitter
from tests.support.counsellor_key import CounsellorKey, tmpfs_folder
from tests.support.mailroom_simulator import MailroomSimulator

DAY = 20_780
INSTANCE = bytes(range(16))
MIB = 1_048_576


@pytest.fixture(scope="module")
def key() -> Iterator[CounsellorKey]:
    with CounsellorKey(DAY) as made:
        yield made


@pytest.fixture
def folder() -> Iterator[Path]:
    made = tmpfs_folder()
    yield made
    shutil.rmtree(made)


@pytest.fixture
def settings(folder: Path) -> SourceSettings:
    return SourceSettings(INSTANCE, "Line", True, ("en", "nl"), 5, 4 * MIB, folder)


@pytest.fixture
def mailroom(key: CounsellorKey) -> MailroomSimulator:
    return MailroomSimulator(INSTANCE, key.certificate, DAY)


@pytest.fixture
def submitter(settings: SourceSettings, mailroom: MailroomSimulator) -> Submitter:
    return Submitter(settings, mailroom, lambda: DAY)


@pytest.fixture(scope="module")
def keys() -> SourceKeys:
    return SourceKeys.from_root(random_key())


def read(key: CounsellorKey, mailroom: MailroomSimulator, number: int = -1) -> tuple[Header, bytes]:
    """As the workstation reads: cells, plain `gpg --decrypt`, envelope, its signature."""
    reader = EnvelopeReader(INSTANCE)
    body = b"".join(reader.feed(key.decrypt(mailroom.message(number))))
    return reader.finish(), body


def send(submitter: Submitter, keys: SourceKeys, text: str = "What I saw") -> bytes:
    return submitter.send_text(keys, text=text, language="en", sequence=0, intake={})


def nothing_is_left(mailroom: MailroomSimulator, folder: Path) -> bool:
    gpg = [path for path in Path("/proc").glob("[0-9]*/cmdline") if str(folder) in _command(path)]
    return not (mailroom.sets or mailroom.taken or mailroom.open_sets or list(folder.iterdir()) or gpg)


def _command(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def test_a_text_arrives(
    key: CounsellorKey, mailroom: MailroomSimulator, submitter: Submitter, keys: SourceKeys
) -> None:
    replies = (random_id(), random_id())
    message_id = submitter.send_text(
        keys,
        text="Ik zag het.\r\nTweede regel: <é>",
        language="nl",
        sequence=7,
        intake={"need": "help", "where": "Utrecht"},
        read=replies,
    )
    header, body = read(key, mailroom)
    assert body.decode() == "Ik zag het.\nTweede regel: <é>"
    assert (header.kind, header.message_id, header.thread) == (Kind.TEXT, message_id, keys.thread)
    assert (header.day, header.sequence, header.language) == (DAY, 7, "nl")
    assert dict(header.intake) == {"need": "help", "where": "Utrecht"}
    assert header.read == replies


@pytest.mark.parametrize("text", ["", "a", "x" * TEXT_MAX, "é" * (TEXT_MAX // 2)])
def test_every_text_takes_one_cell(
    mailroom: MailroomSimulator, submitter: Submitter, keys: SourceKeys, text: str
) -> None:
    most = {f"question-{number:02}-{'q' * 20}": "w" * 200 for number in range(24)}
    read_ids = [random_id() for _ in range(16)]
    submitter.send_text(keys, text=text, language="en", sequence=0, intake=most, read=read_ids)
    assert len(mailroom.sets[0].cells) == 1
    assert mailroom.sets[0].text


@pytest.mark.parametrize("text", ["x" * (TEXT_MAX + 1), "<" * TEXT_MAX])
def test_a_text_over_its_limit(
    mailroom: MailroomSimulator, submitter: Submitter, keys: SourceKeys, folder: Path, text: str
) -> None:
    with pytest.raises(TooLarge):
        send(submitter, keys, text)
    assert nothing_is_left(mailroom, folder)


def test_a_header_value_over_its_bound(
    mailroom: MailroomSimulator, submitter: Submitter, keys: SourceKeys, folder: Path
) -> None:
    with pytest.raises(BadField):
        submitter.send_text(keys, text="text", language="en", sequence=0, intake={"need": "w" * 201})
    assert nothing_is_left(mailroom, folder)


def test_a_deletion_arrives(
    key: CounsellorKey, mailroom: MailroomSimulator, submitter: Submitter, keys: SourceKeys
) -> None:
    replies = [random_id()]
    submitter.send_delete(keys, reply_ids=replies, language="en", sequence=1)
    header, body = read(key, mailroom)
    assert (header.kind, header.deleted, body) == (Kind.DELETE, tuple(replies), b"")


def test_a_file_arrives_and_belongs_to_its_text(
    key: CounsellorKey, mailroom: MailroomSimulator, submitter: Submitter, keys: SourceKeys, folder: Path
) -> None:
    content = os.urandom(3 * MIB)
    parent = send(submitter, keys)
    with submitter.open_file(
        keys, parent=parent, file_name="C:\\photo's\\één.jpg", language="en", sequence=1
    ) as sender:
        for start in range(0, len(content), 70_001):
            sender.write(content[start : start + 70_001])
        receipt = sender.finish()
    assert (receipt.name, receipt.size) == ("één.jpg", len(content))
    header, body = read(key, mailroom)
    assert (header.kind, header.parent, header.file_name) == (Kind.FILE, parent, "één.jpg")
    assert header.message_id != parent
    assert body == content
    assert len(mailroom.sets[-1].cells) in LADDER
    assert list(folder.iterdir()) == []


def test_packets_of_what_was_sent_tell_nothing_but_the_day(
    key: CounsellorKey, mailroom: MailroomSimulator, submitter: Submitter, keys: SourceKeys
) -> None:
    send(submitter, keys)
    listed = key.packets(mailroom.message())
    assert re.findall(r"created (\d+)", listed) == [str(DAY * 86_400)]
    assert 'name=""' in listed


def test_a_clock_set_back_does_not_stop_it(
    key: CounsellorKey, mailroom: MailroomSimulator, settings: SourceSettings, keys: SourceKeys
) -> None:
    send(Submitter(settings, mailroom, lambda: DAY - 400), keys)
    header, _ = read(key, mailroom)
    assert header.day == DAY


@pytest.mark.parametrize("size", [0, 1_000, 2 * MIB])
def test_an_aborted_file_leaves_nothing(
    mailroom: MailroomSimulator, submitter: Submitter, keys: SourceKeys, folder: Path, size: int
) -> None:
    sender = submitter.open_file(keys, parent=random_id(), file_name="a", language="en", sequence=0)
    sender.write(bytes(size))
    sender.abort()
    sender.abort()
    assert nothing_is_left(mailroom, folder)


def test_a_file_whose_source_goes_away_leaves_nothing(
    mailroom: MailroomSimulator, submitter: Submitter, keys: SourceKeys, folder: Path
) -> None:
    def upload() -> None:
        with submitter.open_file(
            keys, parent=random_id(), file_name="a", language="en", sequence=0
        ) as sender:
            sender.write(bytes(2 * MIB))
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        upload()
    assert nothing_is_left(mailroom, folder)


def test_the_largest_file_and_one_byte_more(
    mailroom: MailroomSimulator, submitter: Submitter, keys: SourceKeys, folder: Path
) -> None:
    with submitter.open_file(keys, parent=random_id(), file_name="a", language="en", sequence=0) as sender:
        sender.write(bytes(4 * MIB))
        with pytest.raises(TooLarge):
            sender.write(b"x")
    assert nothing_is_left(mailroom, folder)
    with submitter.open_file(keys, parent=random_id(), file_name="a", language="en", sequence=0) as sender:
        sender.write(bytes(4 * MIB))
        assert sender.finish().size == 4 * MIB


def test_a_store_that_fills_up_on_the_way(
    mailroom: MailroomSimulator, submitter: Submitter, keys: SourceKeys, folder: Path
) -> None:
    mailroom.slots = mailroom.site.text_only_slots + 10
    with (
        submitter.open_file(keys, parent=random_id(), file_name="a", language="en", sequence=0) as sender,
        pytest.raises(StoreFull),
    ):
        sender.write(os.urandom(4 * MIB))
    assert nothing_is_left(mailroom, folder)
    with submitter.open_file(keys, parent=random_id(), file_name="a", language="en", sequence=0) as sender:
        sender.write(b"small")
        sender.finish()


def test_files_never_crowd_out_texts(
    mailroom: MailroomSimulator, submitter: Submitter, keys: SourceKeys
) -> None:
    mailroom.slots = mailroom.site.text_only_slots
    with pytest.raises(StoreFull):
        submitter.open_file(keys, parent=random_id(), file_name="a", language="en", sequence=0)
    send(submitter, keys)


@pytest.mark.parametrize(
    ("reason", "error"), [("no-release", NotReady), ("expired", Expired), ("store-full", StoreFull)]
)
def test_a_mailroom_that_is_not_ready(
    mailroom: MailroomSimulator, submitter: Submitter, keys: SourceKeys, reason: str, error: type[Exception]
) -> None:
    mailroom.reason = reason
    with pytest.raises(error):
        send(submitter, keys)
    with pytest.raises(error):
        submitter.open_file(keys, parent=random_id(), file_name="a", language="en", sequence=0)


def test_an_expired_certificate(
    mailroom: MailroomSimulator, settings: SourceSettings, keys: SourceKeys, folder: Path
) -> None:
    with pytest.raises(KeyExpired):
        send(Submitter(settings, mailroom, lambda: DAY + 61), keys)
    assert nothing_is_left(mailroom, folder)


def test_a_missing_gnupg(mailroom: MailroomSimulator, keys: SourceKeys, folder: Path) -> None:
    settings = SourceSettings(
        INSTANCE, "Line", True, ("en",), 5, MIB, folder, gnupg_program="gpg-that-is-not-there"
    )
    with pytest.raises(GpgMissing):
        send(Submitter(settings, mailroom, lambda: DAY), keys)
    assert nothing_is_left(mailroom, folder)


def test_a_release_in_the_middle_of_a_file(
    key: CounsellorKey, mailroom: MailroomSimulator, submitter: Submitter, keys: SourceKeys
) -> None:
    def take_in_a_release(index: int) -> None:
        if index == 5 and mailroom.epoch.release == 1:
            mailroom.release(2, DAY + 1)
            mailroom.floor = DAY + 1

    mailroom.before_put = take_in_a_release
    content = os.urandom(MIB)
    with submitter.open_file(keys, parent=random_id(), file_name="a", language="en", sequence=0) as sender:
        sender.write(content)
        sender.finish()
    releases = [epoch.release for _, (epoch, _) in sorted(mailroom.sets[0].cells.items())]
    assert releases == [1] * 5 + [2] * (len(releases) - 5)
    assert read(key, mailroom)[1] == content


def test_two_files_at_once_do_not_mix(
    key: CounsellorKey, mailroom: MailroomSimulator, submitter: Submitter, keys: SourceKeys
) -> None:
    contents = {name: os.urandom(2 * MIB) for name in ("one", "two", "three")}

    def upload(name: str) -> None:
        with submitter.open_file(
            keys, parent=random_id(), file_name=name, language="en", sequence=0
        ) as sender:
            for start in range(0, 2 * MIB, 65_536):
                sender.write(contents[name][start : start + 65_536])
            sender.finish()

    threads = [threading.Thread(target=upload, args=[name]) for name in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    arrived = {header.file_name: body for header, body in (read(key, mailroom, n) for n in range(3))}
    assert arrived == contents


def test_memory_does_not_grow_with_the_file(
    key: CounsellorKey, settings: SourceSettings, keys: SourceKeys, folder: Path
) -> None:
    mailroom = MailroomSimulator(INSTANCE, key.certificate, DAY, site=LARGE, keep_cells=False)
    large = SourceSettings(INSTANCE, "Line", True, ("en",), 5, 64 * MIB, folder)
    submitter = Submitter(large, mailroom, lambda: DAY)
    chunk = os.urandom(65_536)
    tracemalloc.start()
    try:
        with submitter.open_file(
            keys, parent=random_id(), file_name="a", language="en", sequence=0
        ) as sender:
            for _ in range(960):
                sender.write(chunk)
            assert sender.finish().size == 60 * MIB
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 * MIB
    assert len(mailroom.sets[0].cells) == 1_024


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("a\x00b\r\n.txt", "ab.txt"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("", "file"),
        ("///", "file"),
        ("e\u0301.jpg", "\u00e9.jpg"),
        ("x" * 300 + ".jpeg", "x" * 250 + ".jpeg"),
        ("\u0439" * 200, "\u0439" * 127),
    ],
)
def test_file_names(typed: str, kept: str) -> None:
    assert clean_file_name(typed) == kept
    assert len(kept.encode()) <= 255
