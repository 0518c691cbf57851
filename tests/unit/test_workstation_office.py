"""The office with real gpg, real SQLCipher and genuine exports: reports come in, answers go out."""

import hashlib
import os
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from keys.gnupg_home import GnupgHome
from sluis.envelope import Kind
from sluis.errors import Expired, NotEnrolled, TooLarge
from sluis.keytree import SourceKeys
from sluis.primitives import random_id
from tests.support.export_builder import envelope, gpg_encrypt, new_source
from tests.support.workroom import CHEAP, PASSPHRASE, ROOT_PASSPHRASE, Workroom, workroom
from workstation.errors import (
    AlreadyExists,
    InUse,
    Locked,
    NotTraining,
    UnknownItem,
    WrongPassphrase,
    WrongState,
)
from workstation.office import Office
from workstation.records import LooseFile, Message, Notice


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Workroom]:
    with workroom(tmp_path) as made:
        yield made


@pytest.fixture
def source() -> SourceKeys:
    return new_source()


def agents() -> set[str]:
    """Those that this process of pytest started, which the other one, at work beside it, has as well."""
    listed = subprocess.run(["ps", "-eo", "pid,args"], capture_output=True, text=True, check=True).stdout
    pairs = (line.split(maxsplit=1) for line in listed.splitlines())
    return {args for pid, args in pairs if "gpg-agent" in args and "/gh-" in args and is_ours(pid)}


def is_ours(pid: str) -> bool:
    """By the name of the worker, which whatever pytest starts inherits; not for one that has just ended."""
    ours = f"PYTEST_XDIST_WORKER={os.environ.get('PYTEST_XDIST_WORKER', '')}".encode()
    try:
        inherited = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return False
    return ours in inherited or not any(one.startswith(b"PYTEST_XDIST_WORKER=") for one in inherited)


def test_a_report_comes_in_and_an_answer_goes_out(room: Workroom, source: SourceKeys) -> None:
    taken = room.take_in(room.export(room.server.report(source, b"They came to my shop.", room.day)))
    assert (taken.expected_sets, taken.verified_sets, taken.reports, taken.refused) == (1, 1, 1, ())
    view = room.only_thread()
    (message,) = view.entries
    assert isinstance(message, Message)
    assert (message.text, message.integrity, message.continuity) == (
        "They came to my shop.",
        "verified",
        "first",
    )
    assert view.summary.unread == 1
    assert view.summary.waiting_reply
    reply = room.answer("Thank you. Are you safe now?")
    assert room.reply(reply).state == "approved"
    room.release()
    assert room.reply(reply).state == "sealed"
    assert [one.text for one in room.server.mailbox(source)] == ["Thank you. Are you safe now?"]
    read = bytes.fromhex(reply)
    room.take_in(room.export(room.server.report(source, b"Yes.", room.day, read=(read,))))
    assert room.reply(reply).state == "collected"
    view = room.only_thread()
    assert [type(entry).__name__ for entry in view.entries] == ["Message", "ReplyEntry", "Message"]
    assert isinstance(view.entries[2], Message)
    assert view.entries[2].continuity == "same codename"
    assert view.summary.waiting_reply
    room.office.conversations.mark_read(room.office.actor, view.summary.thread_id)
    assert room.only_thread().summary.unread == 0


def test_files_stand_under_their_text_and_come_out_byte_for_byte(
    room: Workroom, source: SourceKeys, tmp_path: Path
) -> None:
    content = secrets.token_bytes(700_001)
    text_id = random_id()
    name = "../../etc/\N{RIGHT-TO-LEFT OVERRIDE}gpj.exe"
    taken = room.take_in(
        room.export(
            room.server.report(
                source, content, room.day, kind=Kind.FILE, parent=text_id, file_name=name, sequence=2
            ),
            room.server.report(source, b"See the photograph.", room.day, message_id=text_id),
            room.server.report(source, b"", room.day, kind=Kind.FILE, parent=text_id, sequence=3),
        )
    )
    assert (taken.reports, taken.files) == (1, 2)
    (message,) = room.only_thread().entries
    assert isinstance(message, Message)
    photograph, empty = message.files
    assert photograph.name == "gpj.exe"
    assert photograph.sha256 == hashlib.sha256(content).hexdigest()
    assert empty.size == 0
    assert b"".join(room.office.conversations.file_chunks(room.office.actor, photograph.file_id)) == content
    saved = room.office.conversations.save_file(room.office.actor, photograph.file_id, tmp_path / "saved")
    assert saved.read_bytes() == content
    assert saved.stat().st_mode & 0o777 == 0o600
    with pytest.raises(AlreadyExists):
        room.office.conversations.save_file(room.office.actor, photograph.file_id, tmp_path / "saved")
    at_rest = b"".join(room.contents().values())
    assert content[:64] not in at_rest
    assert b"See the photograph" not in at_rest


def test_a_file_whose_text_is_late_is_shown_without_it_until_it_comes(
    room: Workroom, source: SourceKeys
) -> None:
    text_id = random_id()
    room.take_in(room.export(room.server.report(source, b"x", room.day, kind=Kind.FILE, parent=text_id)))
    (entry,) = room.only_thread().entries
    assert isinstance(entry, LooseFile)
    room.take_in(room.export(room.server.report(source, b"Here it is.", room.day, message_id=text_id)))
    (message,) = room.only_thread().entries
    assert isinstance(message, Message)
    assert len(message.files) == 1


def test_what_the_source_encrypted_by_itself_is_unwrapped(room: Workroom, source: SourceKeys) -> None:
    inner = gpg_encrypt(room.server.release.certificate, "Für euch".encode(), room.day, armor=True)
    other = b"-----BEGIN PGP MESSAGE-----\n\nnot one\n-----END PGP MESSAGE-----\n"
    room.take_in(
        room.export(
            room.server.report(source, inner, room.day, sequence=1),
            room.server.report(source, other, room.day, sequence=2),
        )
    )
    first, second = room.only_thread().entries
    assert isinstance(first, Message)
    assert isinstance(second, Message)
    assert (first.text.strip(), first.nested_openpgp) == ("Für euch", True)
    assert (second.text, second.nested_openpgp) == (other.decode(), False)


def test_a_deleted_reply_leaves_the_ring_of_the_other_server_too(room: Workroom, source: SourceKeys) -> None:
    south = room.enrol("south")
    room.release(room.server, south)
    room.take_in(room.export(room.server.report(source, b"Hello.", room.day)))
    reply = room.answer("Hello.")
    room.release(room.server, south)
    assert len(south.mailbox(source)) == 1
    gone = room.server.report(source, b"", room.day, kind=Kind.DELETE, deleted=(bytes.fromhex(reply),))
    room.take_in(room.export(gone))
    assert room.reply(reply).state == "deleted-by-source"
    assert isinstance(room.only_thread().entries[-1], Notice)
    room.release(room.server, south)
    assert south.mailbox(source) == []


def test_everything_is_still_there_after_locking(room: Workroom, source: SourceKeys) -> None:
    room.take_in(room.export(room.server.report(source, b"Remember this.", room.day)))
    before = room.only_thread(), room.office.info, room.office.imports.recent()
    room.office.close()
    with pytest.raises(Locked):
        room.office.conversations.all(room.office.actor)
    room.reopen()
    assert (room.only_thread(), room.office.info, room.office.imports.recent()) == before


def test_a_vault_file_that_nothing_knows_is_removed_at_unlocking(room: Workroom) -> None:
    stray = room.folder / "vault" / "stray"
    stray.write_bytes(b"left by an import that was cut off")
    room.reopen()
    assert not stray.exists()


def test_no_agent_is_left_running(room: Workroom, source: SourceKeys) -> None:
    room.take_in(room.export(room.server.report(source, b"Hello.", room.day)))
    assert agents() == set()
    with GnupgHome(room.folder / "gnupg") as home:
        started = ["gpgconf", "--homedir", str(home.path), "--launch", "gpg-agent"]
        subprocess.run(started, check=True, capture_output=True)
        assert len(agents()) == 1, "an agent that runs is seen"
    assert not list((room.folder / "gnupg").glob("S.*"))


def test_only_one_program_at_a_time(room: Workroom) -> None:
    with pytest.raises(InUse):
        Office.unlock(room.folder, PASSPHRASE, today=room.clock)


def test_a_wrong_passphrase_opens_nothing_and_changes_nothing(room: Workroom) -> None:
    room.office.close()
    before = room.contents()
    with pytest.raises(WrongPassphrase):
        Office.unlock(room.folder, "walls have eyes", today=room.clock)
    assert room.contents() == before
    room.reopen()


def test_a_folder_that_is_not_empty_is_left_alone(room: Workroom) -> None:
    room.office.close()
    before = room.contents()
    with pytest.raises(AlreadyExists):
        Office.create(room.folder, "x", "y", instance_name="z", training=True, today=room.clock, kdf=CHEAP)
    assert room.contents() == before


def test_the_exported_secret_key_opens_reports_with_plain_gpg(
    room: Workroom, source: SourceKeys, tmp_path: Path
) -> None:
    plain = envelope(source, room.record.instance_id, b"In ten years, by hand.", day=room.day)
    message = gpg_encrypt(room.server.release.certificate, plain, room.day)
    armoured, secret = room.office.export_secret_key()
    home = tmp_path / "h"
    home.mkdir(mode=0o700)
    gpg = ["gpg", "--homedir", str(home), "--batch", "--pinentry-mode", "loopback", "--passphrase", secret]
    try:
        subprocess.run([*gpg, "--import"], input=armoured.encode(), capture_output=True, check=True)
        opened = subprocess.run([*gpg, "--decrypt"], input=message, capture_output=True, check=True)
    finally:
        subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=True)
    assert opened.stdout == plain


def test_the_operating_key_expires_and_is_renewed_by_the_root(room: Workroom) -> None:
    room.clock.day = room.office.info.operating_last_day + 1
    with pytest.raises(Expired):
        room.office.releases.make(room.office.actor)
    with pytest.raises(WrongPassphrase):
        room.office.renew_operating_key("not the root")
    room.office.renew_operating_key(ROOT_PASSPHRASE)
    room.release()
    assert room.server.release.sequence == 2


def test_no_release_without_a_server(room: Workroom) -> None:
    room.office.retire_server(room.server.server_id.hex())
    with pytest.raises(NotEnrolled):
        room.office.releases.make(room.office.actor)


def test_replies_change_only_in_the_right_state(room: Workroom, source: SourceKeys) -> None:
    room.take_in(room.export(room.server.report(source, b"Hello.", room.day)))
    thread = room.only_thread().summary.thread_id
    with pytest.raises(TooLarge):
        room.office.answers.draft(room.office.actor, thread, "&" * 2_000, "en")
    reply = room.office.answers.draft(room.office.actor, thread, "Helo.", "en")
    room.office.answers.edit(room.office.actor, reply, "Hello.", "en")
    room.office.answers.approve(room.office.actor, reply)
    for change in (
        lambda: room.office.answers.edit(room.office.actor, reply, "No.", "en"),
        lambda: room.office.answers.approve(room.office.actor, reply),
    ):
        with pytest.raises(WrongState):
            change()
    room.office.answers.withdraw(room.office.actor, reply)
    room.release()
    assert room.server.mailbox(source) == []
    for unknown in ("00" * 16, "not hexadecimal"):
        with pytest.raises(UnknownItem):
            room.office.answers.approve(room.office.actor, unknown)


def test_training_cases_are_for_training_only(room: Workroom, tmp_path: Path) -> None:
    assert room.office.add_training_cases() == 4
    assert len(room.office.conversations.all(room.office.actor)) == 4
    room.answer("Good practice.", room.office.conversations.all(room.office.actor)[0].thread_id)
    (tmp_path / "real").mkdir()
    with workroom(tmp_path / "real", training=False) as real:
        with pytest.raises(NotTraining):
            real.office.add_training_cases()
        assert real.office.conversations.all(real.office.actor) == ()
