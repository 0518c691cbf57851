"""Pages about answers: templates, their length, receipts and fixed days, muting, the copy of a file."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from sluis.envelope import Kind
from tests.support.export_builder import new_source
from tests.support.workroom import Workroom, workroom
from tests.support.workstation_browser import Counsellor, counsellor
from workstation.casework.answer_templates import template
from workstation.casework.roles import LONE_SEAT as ME
from workstation.records import LooseFile, ReplyEntry


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Workroom]:
    with workroom(tmp_path) as made:
        made.take_in(made.export(made.server.report(new_source(), b"Hello.", made.day, language="nl")))
        yield made


@pytest.fixture
def person(room: Workroom) -> Iterator[Counsellor]:
    with counsellor(room) as made:
        made.unlock()
        yield made


def replies(person: Counsellor) -> list[ReplyEntry]:
    (thread,) = person.office.conversations.all(ME)
    entries = person.office.conversations.view(ME, thread.thread_id).entries
    return [one for one in entries if isinstance(one, ReplyEntry)]


def take_in(person: Counsellor, path: Path) -> None:
    person.office.imports.take_in(ME, path, lambda _done, _total: None)


def token(person: Counsellor) -> str:
    found = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', person.markup)
    assert found is not None
    return found[1]


def put(person: Counsellor, thread_id: str, code: str, **typed: str) -> None:
    fields = {"csrf_token": token(person), "thread": thread_id, "template": code, **typed}
    person.page = person.browser.post(f"/en/thread/{thread_id}/template", data=fields)


def test_a_template_is_put_below_what_is_typed_and_nothing_is_lost(person: Counsellor) -> None:
    person.open_thread()
    (thread,) = (one.thread_id for one in person.office.conversations.all(ME))
    assert 'id="templates"' in person.markup
    assert "Dank u dat u ons schreef." in person.text  # of the language of the reporter
    assert "Not reviewed: nobody who speaks this language" in person.text
    assert "0 of 6,144 bytes are used, 6,144 are left" in person.text
    typed = {"text": "Beste lezer,", "language": "nl", "note": "A note.", "task": "A task.", "due": "7"}
    put(person, thread, "first.ru", **typed)
    chosen = template("first", "ru")
    assert chosen is not None
    (area, *_) = re.findall(r"<textarea[^>]*>(.*?)</textarea>", person.markup, re.DOTALL)
    assert area.strip().startswith("Beste lezer,")
    assert chosen.text.split("\n\n")[-1] in area
    assert '<option selected value="ru">' in person.markup
    assert all(words in person.markup for words in ("A note.", "A task."))
    assert chosen.back["en"].split("\n\n")[0] in person.text
    assert replies(person) == []  # nothing is saved yet
    put(person, thread, "", text="Salam.", language="ti")
    assert 'id="no-templates"' in person.markup
    assert "a machine must not" in person.text
    put(person, thread, "first.xx", text="Salam.", language="fa")
    assert "Salam." in person.markup


def test_a_draft_says_from_which_template_it_is_while_it_is_unchanged(person: Counsellor) -> None:
    person.open_thread()
    chosen = template("refer", "en")
    assert chosen is not None
    person.send("reply-form", text=chosen.text, language="en")
    assert "From the template refer.en, unchanged." in person.text
    person.press('id="approve-form"')
    assert "A place of a template is still open" in person.text
    assert replies(person)[0].state == "draft"
    (thread,) = (one.thread_id for one in person.office.conversations.all(ME))
    person.get(f"/en/thread/{thread}?edit={replies(person)[0].reply_id}")
    person.send("reply-form", text=re.sub(r"\{[a-z]+\}", "them", chosen.text), language="en")
    assert "From the template" not in person.text
    person.press('id="approve-form"')
    assert re.search(r"Approved since \d+ \w+ \d{4}", person.text)


def test_a_text_that_is_too_long_is_given_back_with_how_much(person: Counsellor) -> None:
    person.open_thread()
    person.send("reply-form", text="&" * 2_000, language="en")
    assert "bytes too long, of at most 6,144" in person.text
    assert "&amp;" * 2_000 in person.markup
    assert '<meter id="answer-meter"' in person.markup


def test_receipts_and_fixed_days_are_set_and_followed(room: Workroom, person: Counsellor) -> None:
    person.get("/en/people")
    assert 'id="rules-link"' in person.markup
    assert 'id="no-rhythm"' in person.get("/en/release").text
    person.get("/en/rules")
    assert "Off: nobody gets a receipt." in person.text
    person.send("receipts-form", on="yes")
    assert "On: each import writes receipts" in person.text
    person.send("days-form", day="mon")
    assert person.office.rules.release_days() == ("mon",)
    while person.office.releases.rhythm().due:
        person.office.releases.make(ME)
    person.get("/en/release")
    assert "Releases leave on Monday." in person.text
    assert "The next is due on" in person.text
    newest = person.office.info.newest_release
    assert person.send("release-form", folder="").status_code == 409
    assert "No release is due today, so none was made." in person.text
    assert person.office.info.newest_release == newest
    person.send("release-form", folder="", outside="yes")
    assert "Written, and read back" in person.text
    room.clock.day += 7
    person.get("/en/release")
    assert "One is due now" in person.text
    assert 'id="outside"' not in person.markup


def test_a_case_is_muted_and_says_so(room: Workroom, person: Counsellor) -> None:
    (case,) = person.office.cases.inbox(ME).lines
    person.get(f"/en/case/{case.case_id}/muting")
    assert person.send("mute-form", reason="").status_code == 409
    person.send("mute-form", reason="abuse")
    assert "Muted: what arrives does not count as new" in person.text
    person.get("/en/")
    assert "muted" in person.text
    assert "new" not in re.findall(r'class="tag new"', person.markup)
    person.get(f"/nl/case/{case.case_id}/muting")
    person.send("unmute-form")
    assert not person.office.cases.inbox(ME).lines[0].muted


def test_a_copy_of_a_file_is_made_kept_and_given_out(room: Workroom, person: Counsellor) -> None:
    source = new_source()
    report = room.server.report
    take_in(
        person,
        room.export(
            report(source, b"\x00\x01\x02" * 40, room.day, kind=Kind.FILE, file_name="a.bin"),
        ),
    )
    entries = person.office.conversations.view(ME, source.thread.hex()).entries
    (file_id,) = [one.file.file_id for one in entries if isinstance(one, LooseFile)]
    person.get(f"/en/file/{file_id}/look")
    assert 'id="no-copy"' in person.markup
    assert person.send("strip-form").status_code == 409
    assert "No copy was made" in person.text
    assert "Do not pass the file on." in person.text
    assert person.browser.get(f"/en/file/{file_id}/stripped").status_code == 404
    before = set(room.contents())
    person.office.stripping.keep(ME, file_id, [b"clean ", b"copy"])
    (made,) = set(room.contents()) - before
    person.get(f"/en/file/{file_id}/look")
    assert "copy-a.bin" in person.text
    assert person.browser.get(f"/en/file/{file_id}/stripped").data == b"clean copy"
    assert b"".join(person.office.stripping.chunks(ME, file_id)) == b"clean copy"
    person.office.stripping.keep(ME, file_id, [b"again"])
    assert made not in room.contents()
