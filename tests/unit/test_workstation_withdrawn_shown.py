"""What counsellors see of a withdrawal, on the pages in both languages and in the terminal."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from sluis.envelope import SCOPE, Kind, WithdrawScope
from sluis.keytree import SourceKeys
from tests.support.export_builder import new_source
from tests.support.workroom import Workroom, workroom
from tests.support.workstation_browser import Counsellor, counsellor
from workstation.intake import stored_report
from workstation.terminal import show_inbox, show_report, show_thread


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Workroom]:
    with workroom(tmp_path) as made:
        yield made


def conversation(room: Workroom, scope: WithdrawScope) -> tuple[SourceKeys, Path]:
    """A report with a file that was answered, and the export in which its source withdraws."""
    source = new_source()
    room.take_in(
        room.export(
            room.server.report(source, b"My brother.", room.day),
            room.server.report(source, b"%PDF-", room.day, kind=Kind.FILE, file_name="brother.pdf"),
        )
    )
    room.answer("Your brother is")
    room.release()
    room.office.releases.write(room.office.actor, room.media)
    asked = room.server.report(source, b"", room.day, kind=Kind.WITHDRAW, intake={SCOPE: scope.value})
    return source, room.export(asked)


def at_the_import(person: Counsellor, path: Path) -> str:
    person.unlock()
    person.take_in(path)
    return person.text


def test_everything_on_the_pages(room: Workroom) -> None:
    source, path = conversation(room, WithdrawScope.ALL)
    with counsellor(room) as person:
        said = at_the_import(person, path)
        assert "1 expected, 1 verified" in said
        assert "Withdrawn: one reporter took something back. 2 messages and files were destroyed" in said
        person.get("/en/")
        assert "withdrawn up to 5 October 2024" in person.text
        assert "1 new" in person.text or "one new" in person.text
        person.open_thread()
        assert 'id="withdrawn-all"' in person.markup
        assert "The reporter withdrew everything sent up to and including 5 October 2024." in person.text
        assert "It was destroyed at the import: one message, one file." in person.text
        assert "Its text was destroyed when the reporter withdrew everything." in person.text
        assert "The import wrote this, to confirm the withdrawal." in person.text
        assert "1 text and 1 file" in person.text
        assert "brother" not in person.text
        assert "withdrawn-sharing" not in person.markup
        person.send("reply-form", text="We are here.", language="en")
        assert "Saved as a draft" in person.text
        person.open_thread(language="nl")
        assert "De melder trok alles in dat tot en met 5 oktober 2024 is gestuurd." in person.text
        assert "nieuw" not in person.get("/nl/").text
        person.get("/en/release")
        person.send("release-form", folder="")
        for medium in sorted(room.media.glob("release-*"))[-1:]:
            room.server.take(medium.read_bytes())
        (told,) = room.server.mailbox(source)
        assert "you withdrew everything" in told.text


def test_sharing_on_the_pages(room: Workroom) -> None:
    _, path = conversation(room, WithdrawScope.SHARING)
    with counsellor(room) as person:
        assert "took something back. Nothing was destroyed for that." in at_the_import(person, path)
        person.get("/en/")
        assert "do not pass on" in person.text
        assert "withdrawn up to" not in person.text
        person.open_thread()
        assert 'id="withdrawn-sharing"' in person.markup
        assert "Do not pass anything on: the reporter withdrew that on 5 October 2024." in person.text
        assert "My brother." in person.text
        assert "withdrawn-all" not in person.markup
        assert 'class="withdraw-form"' in person.markup
        person.open_thread(language="nl")
        assert "Geef niets door: de melder trok dat in op 5 oktober 2024." in person.text


def test_in_the_terminal(room: Workroom, capsys: pytest.CaptureFixture[str]) -> None:
    _, path = conversation(room, WithdrawScope.ALL)
    show_report(room.take_in(path))
    said = capsys.readouterr().out
    assert "1 expected, 1 verified" in said
    assert "1 withdrawals: 2 texts and files destroyed" in said
    show_inbox(room.office.conversations.all(room.office.actor))
    shown = capsys.readouterr().out
    assert "withdrawn" in shown
    assert "│ all " in shown
    show_thread(room.only_thread())
    said = capsys.readouterr().out
    assert said.startswith(
        "WITHDRAWN: everything up to and including 2024-10-05; 1 texts and 1 files destroyed"
    )
    assert "(withdrawn, text destroyed)" in said
    assert "(approved, confirms a withdrawal)" in said
    assert "brother" not in said


def test_late_and_sharing_in_the_terminal(room: Workroom, capsys: pytest.CaptureFixture[str]) -> None:
    source = new_source()
    late = room.export(room.server.report(source, b"Late.", room.day))
    room.take_in(
        room.export(room.server.report(source, b"", room.day, kind=Kind.WITHDRAW, intake={SCOPE: "all"}))
    )
    show_report(room.take_in(late))
    said = "1 texts and files destroyed: they were withdrawn before they arrived"
    assert said in capsys.readouterr().out
    shared = room.server.report(source, b"", room.day, kind=Kind.WITHDRAW, intake={SCOPE: "sharing"})
    taken = room.take_in(room.export(shared))
    show_report(taken)
    assert "1 withdrawals: 0 texts and files destroyed" in capsys.readouterr().out
    show_inbox(room.office.conversations.all(room.office.actor))
    assert "│ all, sharing │" in capsys.readouterr().out
    show_thread(room.only_thread())
    assert "DO NOT PASS ON: withdrawn on 2024-10-06" in capsys.readouterr().out


def test_a_report_that_was_kept_before_withdrawals_were_counted(room: Workroom) -> None:
    kept = asdict(room.take_in(room.export()))
    del kept["withdrawn"], kept["withdrawals"]
    assert stored_report(json.dumps(kept)).withdrawn == 0
