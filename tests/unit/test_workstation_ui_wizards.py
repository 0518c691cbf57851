"""The import and release wizards when something is wrong: each case has its name, nothing is half done."""

import errno
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sluis.envelope import Kind
from sluis.limits import BANK_PREFIX_SIZE, SLOT_SIZE
from tests.support.export_builder import ModelServer, envelope, gpg_encrypt, new_source
from tests.support.workroom import Workroom, workroom
from tests.support.workstation_browser import IDLE_S, IMPORT_S, Counsellor, counsellor
from workstation.casework.roles import Actor
from workstation.import_desk import ImportDesk
from workstation.records import ImportReport
from workstation.ui.medium import MediumGone, error_of, find_export, find_exports

HEADER = 120  # a byte inside the signed header
SLOT_7 = BANK_PREFIX_SIZE + 7 * SLOT_SIZE + 99


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Workroom]:
    with workroom(tmp_path) as made:
        yield made


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def lengthen(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0")


def replace(path: Path) -> None:
    path.write_bytes(b"%PDF-1.7" + bytes(10_000))


BAD: list[tuple[Callable[[Path], None], str, str]] = [
    (cut, "it was cut off while it was copied", "het is bij het kopiëren afgebroken"),
    (lengthen, "does not have the size of an export", "heeft niet de grootte van een export"),
    (replace, "is not an export of Sluis", "is geen export van Sluis"),
    (lambda path: flip(path, 9), "of a newer version", "van een nieuwere versie"),
    (lambda path: flip(path, 12), "belongs to another line", "hoort bij een andere lijn"),
    (lambda path: flip(path, 30), "does not know", "die dit werkstation niet kent"),
    (
        lambda path: flip(path, HEADER),
        "The signature of the server does not fit",
        "De handtekening van de server",
    ),
    (
        lambda path: flip(path, SLOT_7),
        "is not what the server signed",
        "is niet wat de server heeft ondertekend",
    ),
]


def test_every_bad_copy_is_refused_by_name_in_both_languages(room: Workroom) -> None:
    good = room.export(room.server.report(new_source(), b"Hello.", room.day))
    whole = good.read_bytes()
    with counsellor(room) as person:
        person.unlock()
        for spoil, english, dutch in BAD:
            good.write_bytes(whole)
            spoil(good)
            person.take_in(good)
            assert english in person.text
            assert "The import was refused" in person.text
            person.get("/nl/import/report")
            assert dutch in person.text
            assert person.office.conversations.all(person.office.actor) == ()
        good.write_bytes(whole)
        person.take_in(good)
        assert "1 expected, 1 verified" in person.text


def test_a_damaged_copy_names_its_places_and_the_rest_can_be_had(room: Workroom) -> None:
    path = room.export(room.server.report(new_source(), b"Hello.", room.day))
    flip(path, SLOT_7)
    with counsellor(room) as person:
        person.unlock()
        person.take_in(path)
        assert "One place does not open (number 7)." in person.text
        person.send("accept-damaged-form")
        person.wait()
        assert "Damaged: one place could not be read (number 7)." in person.text
        assert "somebody decided so" in person.text
        assert "with remarks" in person.get("/en/import").text


def test_what_is_missing_incomplete_replayed_or_refused_is_named(room: Workroom) -> None:
    server, source = room.server, new_source()
    stale = server.report(source, b"Sealed to a day whose key will be erased.", room.day)
    first, skipped = room.export(), room.export()
    certificate = server.release.certificate
    plain = envelope(source, room.record.instance_id, b"Hello.", day=room.day)
    once, twice = (server.cells(gpg_encrypt(certificate, plain, room.day), room.day) for _ in range(2))
    file = server.report(new_source(), bytes(400_000), room.day, kind=Kind.FILE, file_name="a")
    third = room.export(once, twice, file[:-1], stale)
    with counsellor(room) as person:
        person.unlock()
        person.take_in(first)
        assert "Nothing lay in this export." in person.text
        person.take_in(third)
        assert "4 expected, 1 verified" in person.text
        assert "One export is missing: 2" in person.text
        assert "Not whole yet: one message or file." in person.text
        assert "Seen before: one message or file arrived a second time." in person.text
        assert "Refused: one message or file, which is not shown." in person.text
        assert "It is sealed with a key that has been erased." in person.text
        assert "export 2. Nobody has read what is in it." in person.get("/en/").text
        person.take_in(skipped)
        assert "exports are missing" not in person.text
        person.take_in(first)
        assert "This export was taken in before. Nothing has changed." in person.text
        person.take_in(room.export())
        person.take_in(room.export())
        assert "parts of it did not arrive in two further exports" in person.text


def test_a_fork_is_named(room: Workroom) -> None:
    with counsellor(room) as person:
        person.unlock()
        person.take_in(room.export())
        room.server.serial -= 1
        other = room.export()
        person.take_in(other)
        assert "two different exports with the same number" in person.text


def test_while_an_import_runs_everything_waits_for_it(
    room: Workroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.take_in(room.export(room.server.report(new_source(), b"Hello.", room.day)))
    path = room.export()
    reached, go_on = threading.Event(), threading.Event()
    real = ImportDesk.take_in

    def held(
        desk: ImportDesk, actor: Actor, path: Path, progress: Callable[[int, int], None], **rest: bool
    ) -> ImportReport:
        def told(done: int, total: int) -> None:
            progress(done, total)
            if done == 300:
                reached.set()
                assert go_on.wait(IMPORT_S)

        return real(desk, actor, path, told, **rest)

    monkeypatch.setattr(ImportDesk, "take_in", held)
    with counsellor(room) as person:
        person.unlock()
        thread = person.open_thread()
        person.get("/en/import")
        person.send("import-form", export=path.name)
        assert reached.wait(IMPORT_S)
        try:
            page = person.get("/en/import/progress")
            assert '<meta http-equiv="refresh" content="1">' in page.text
            assert "300 of 512" in person.text
            assert person.get("/en/release").request.path == "/en/import/progress"
            person.steady.now += IDLE_S + 1
            person.holder.lock_if_idle()
            assert person.holder.importing
            person.page = thread
            person.send("reply-form", text="Do not lose this.", language="en")
            assert "An import is running, so your text was not saved yet." in person.text
            assert "Do not lose this." in person.text
            kept = person.page
            assert person.browser.get("/en/import/report").location == "/en/import/progress"
            other = person.app.test_client()
            assert other.get("/en/import/progress").status_code == 303
        finally:
            go_on.set()
        person.wait()
        assert 'id="import-report"' in person.markup
        person.page = kept
        person.send("reply-form", text="Do not lose this.", language="en")
        assert "Saved as a draft" in person.text


def test_locking_lets_a_running_import_end_first(room: Workroom, monkeypatch: pytest.MonkeyPatch) -> None:
    path = room.export(room.server.report(new_source(), b"Hello.", room.day))
    reached, go_on = threading.Event(), threading.Event()
    real = ImportDesk.take_in

    def held(
        desk: ImportDesk, actor: Actor, path: Path, progress: Callable[[int, int], None], **rest: bool
    ) -> ImportReport:
        reached.set()
        assert go_on.wait(IMPORT_S)
        return real(desk, actor, path, progress, **rest)

    monkeypatch.setattr(ImportDesk, "take_in", held)
    with counsellor(room) as person:
        person.unlock()
        person.get("/en/import")
        person.send("import-form", export=path.name)
        job = person.holder.job
        assert job is not None
        assert reached.wait(IMPORT_S)
        person.get("/en/import/progress")
        person.send("lock-form")
        assert "Unlock the workstation" in person.text
        assert person.unlock().status_code == 503
        assert "An import is running." in person.text
        go_on.set()
        assert job.ended.wait(IMPORT_S)
        assert job.report is not None
        person.unlock()
        assert "1 new" in person.text or "one new" in person.text


def test_only_listed_files_can_be_imported(room: Workroom, tmp_path: Path) -> None:
    secret = tmp_path / "export-1.sluis"
    secret.write_bytes(b"x")
    (room.media / "export-9.sluis").symlink_to(secret)
    (room.media / "notes.txt").write_bytes(b"x")
    (room.media / "stick").mkdir()
    (room.media / "stick" / "export-10.sluis").write_bytes(b"x")
    (room.media / "stick" / "export-2.sluis").write_bytes(b"x")
    names = [one.name for one in find_exports(room.media)]
    assert names == ["stick/export-2.sluis", "stick/export-10.sluis"]
    for name in (
        "../export-1.sluis",
        str(secret),
        "export-9.sluis",
        "notes.txt",
        "",
        "stick/../../export-1.sluis",
    ):
        with pytest.raises(MediumGone):
            find_export(room.media, name)
    with counsellor(room) as person:
        person.unlock()
        person.get("/en/import")
        assert person.send("import-form", export="../export-1.sluis").status_code == 409
        assert "The medium could not be read to the end" in person.text
        person.get("/en/import")
        assert person.send("import-form", export="").status_code == 400
        assert "No export was chosen." in person.text
        assert person.holder.job is None


def test_a_medium_that_is_pulled_out_while_it_is_read(
    room: Workroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = room.export(room.server.report(new_source(), b"Hello.", room.day))
    real = ImportDesk.take_in

    def pulled(
        desk: ImportDesk, actor: Actor, path: Path, progress: Callable[[int, int], None], **rest: bool
    ) -> ImportReport:
        def told(done: int, total: int) -> None:
            progress(done, total)
            if done == 100:
                # What the kernel gives for a block device that is gone.
                raise OSError(errno.EIO, "Input/output error")

        return real(desk, actor, path, told, **rest)

    with counsellor(room) as person:
        person.unlock()
        with monkeypatch.context() as changed:
            changed.setattr(ImportDesk, "take_in", pulled)
            person.take_in(path)
        assert "it was pulled out, or it is broken" in person.text
        assert person.office.conversations.all(person.office.actor) == ()
        person.take_in(path)
        assert "1 expected, 1 verified" in person.text


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.EIO, "medium-gone"),
        (errno.ENODEV, "medium-gone"),
        (errno.ENOENT, "medium-gone"),
        (errno.EROFS, "medium-read-only"),
        (errno.EACCES, "medium-read-only"),
        (errno.ENOSPC, "disk-full"),
        (errno.EDQUOT, "disk-full"),
    ],
)
def test_what_the_kernel_says_of_a_medium_has_a_name(number: int, code: str) -> None:
    assert error_of(OSError(number, "")).code == code


def test_an_empty_or_missing_media_folder_says_so(room: Workroom) -> None:
    with counsellor(room) as person:
        person.unlock()
        assert 'id="no-exports"' in person.get("/en/import").text
        shutil.rmtree(room.media)
        assert 'id="no-exports"' in person.get("/nl/import").text
        person.get("/en/release")
        assert "No medium was found." in person.text


def test_a_release_that_cannot_be_written_is_written_again(room: Workroom) -> None:
    room.take_in(room.export(room.server.report(new_source(), b"Hello.", room.day)))
    room.answer("Hello to you.")
    with counsellor(room) as person:
        person.unlock()
        before = person.office.info.newest_release
        page = person.get("/en/release").text
        name = f"release-{before + 1:06d}-{room.server.server_id[:4].hex()}.sluis"
        (room.media / name).write_bytes(b"something else")
        assert person.send("release-form").status_code == 409
        assert "The release is made, but it is not on the medium" in person.text
        assert "It was not overwritten." in person.text
        assert "release-report" not in page
        assert person.browser.get("/en/release/report").status_code == 303
        (room.media / name).unlink()
        person.send("write-form")
        assert "Written, and read back" in person.text
        assert "One answer is in it." in person.text
        assert person.office.info.newest_release == before + 1
        room.server.take((room.media / name).read_bytes())


def test_the_folder_is_looked_at_before_a_release_is_made(room: Workroom) -> None:
    (room.media / "stick").mkdir()
    with counsellor(room) as person:
        person.unlock()
        before = person.office.info.newest_release
        person.get("/en/release")
        (room.media / "stick").rmdir()
        assert person.send("release-form", folder="stick").status_code == 409
        assert "No release was made" in person.text
        person.get("/en/release")
        assert person.send("release-form", folder="../..").status_code == 409
        assert person.office.info.newest_release == before


def test_pressing_twice_makes_one_release(room: Workroom) -> None:
    with counsellor(room) as person:
        person.unlock()
        before = person.office.info.newest_release
        first = person.get("/en/release")
        person.send("release-form")
        person.page = first
        assert person.send("release-form").status_code == 409
        assert "No second one was made." in person.text
        assert person.office.info.newest_release == before + 1


def test_a_release_without_a_server_or_with_an_old_key_says_why(room: Workroom) -> None:
    with counsellor(room) as person:
        person.unlock()
        room.clock.day += 100
        assert "no release can be made until the custodians renew it" in person.get("/en/").text
        person.get("/en/release")
        person.send("release-form")
        assert "it signs no release" in person.text
        person.office.retire_server(person.office.info.servers[0].server_id)
        person.get("/nl/release")
        person.send("release-form")
        assert "Hier is geen server aangemeld" in person.text


def test_a_release_for_two_servers_names_both(room: Workroom) -> None:
    south: ModelServer = room.enrol("south")
    with counsellor(room) as person:
        person.unlock()
        person.get("/en/release")
        person.send("release-form")
        report = person.markup
        assert re.findall(r"<dd>(north|south)</dd>", report) == ["north", "south"]
        assert len({path.name for path in room.media.glob("release-*")}) == 2
        assert south.server_id[:4].hex() in report


def test_about_names_fingerprints_and_the_network(room: Workroom) -> None:
    with counsellor(room) as person:
        person.unlock()
        for language in ("en", "nl"):
            person.get(f"/{language}/about")
            assert person.office.info.fingerprint in person.text
            assert "loopback (lo)" in person.text


def test_missing_pieces_lead_back(room: Workroom) -> None:
    with counsellor(room) as person:
        assert isinstance(person, Counsellor)
        person.unlock()
        for path, target in (
            ("/en/import/progress", "/en/import"),
            ("/en/import/report", "/en/import"),
            ("/en/release/report", "/en/release"),
            ("/en/unlock", "/en/"),
        ):
            assert person.browser.get(path).location == target
