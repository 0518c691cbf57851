"""A counsellor's day on the pages: import, read, answer, approve, release; what hostile texts cannot do."""

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from sluis.envelope import Kind
from sluis.keytree import SourceKeys
from sluis.limits import REPLY_TEXT_MAX
from sluis.primitives import random_id, sha256
from tests.support.export_builder import gpg_encrypt, new_source
from tests.support.workroom import Workroom, workroom
from tests.support.workstation_browser import Counsellor, counsellor
from workstation.records import ReplyEntry

ATTACK = "<script>alert(1)</script><img src=x onerror=alert(2)> {{ 7*7 }} \N{RIGHT-TO-LEFT OVERRIDE}txt"


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Workroom]:
    with workroom(tmp_path) as made:
        yield made


def one_report(room: Workroom, keys: SourceKeys | None = None, text: str = "Hello.", **rest: object) -> Path:
    return room.export(room.server.report(keys or new_source(), text.encode(), room.day, **rest))


def reply_of(person: Counsellor) -> ReplyEntry:
    (thread, *_) = person.office.conversations.all(person.office.actor)
    found = [
        one
        for one in person.office.conversations.view(person.office.actor, thread.thread_id).entries
        if isinstance(one, ReplyEntry)
    ]
    return found[-1]


def test_the_whole_way_from_export_to_release(room: Workroom) -> None:
    source = new_source()
    parent = random_id()
    report = room.server.report
    path = room.export(
        report(source, b"What can I do?", room.day, message_id=parent, intake={"danger": "72h"}),
        report(
            source,
            b"%PDF-" + bytes(200_000),
            room.day,
            kind=Kind.FILE,
            parent=parent,
            sequence=2,
            file_name="a",
        ),
    )
    with counsellor(room) as person:
        person.unlock()
        person.take_in(path)
        assert 'id="import-report"' in person.markup
        assert "2 expected, 2 verified" in person.text
        assert "Taken in: one message, one file." in person.text

        person.get("/en/")
        assert "2 new" in person.text
        assert "waits for an answer" in person.text
        person.open_thread()
        assert "What can I do?" in person.text
        assert "Unchanged. Signed with the key of this codename, and complete." in person.text
        assert "First message. Nobody wrote here under this codename before." in person.text
        assert "Yes, in the next three days" in person.text

        person.send("reply-form", text="Thank you for telling us.\r\nAre you safe?", language="en")
        assert "Saved as a draft: 39 of 6,144 bytes." in person.text
        person.press('id="approve-form"')
        assert "Approved. The answer leaves with the next release." in person.text

        person.get("/en/release")
        assert person.office.conversations.all(person.office.actor)[0].alias in person.text
        person.send("release-form", folder="")
        assert "Written, and read back: it is what it should be." in person.text
        assert "One answer is in it." in person.text
        (name,) = [one.name for one in room.media.iterdir() if one.name.startswith("release-")]
        data = (room.media / name).read_bytes()
        assert name in person.text
        assert sha256(data).hex() in person.text.replace(" ", "")
        assert "1,121,150 bytes" in person.text

        room.server.take(data)
        (answer,) = room.server.mailbox(source)
        assert answer.text == "Thank you for telling us.\nAre you safe?"
        person.open_thread()
        assert "On its way" in person.text


def test_the_same_codename_later_is_said_so(room: Workroom) -> None:
    source = new_source()
    first, second = one_report(room, source), one_report(room, source, "Again.")
    with counsellor(room) as person:
        person.unlock()
        person.take_in(first)
        person.take_in(second)
        person.open_thread(language="nl")
        assert "Dezelfde codenaam. Wie dit schreef, kent de codenaam van de eerdere berichten." in person.text


def test_hostile_texts_and_names_stay_text(room: Workroom) -> None:
    source, parent = new_source(), random_id()
    report = room.server.report
    room.take_in(
        room.export(
            report(
                source,
                ATTACK.encode(),
                room.day,
                message_id=parent,
                language='"><script>x',
                intake={"need": "<b>x</b>", "<i>q</i>": ATTACK},
            ),
            report(
                source,
                b"<script>alert(3)</script>",
                room.day,
                kind=Kind.FILE,
                parent=parent,
                file_name="../<img src=x>\r\nSet-Cookie: a=b\N{RIGHT-TO-LEFT OVERRIDE}\N{SNOWMAN}.html",
            ),
        )
    )
    with counsellor(room) as person:
        person.unlock()
        for path in ("/en/", "/nl/"):
            assert "<script>" not in person.get(path).text
        page = person.open_thread().text
        body = page.partition("<main")[2]
        assert "<script>" not in page
        assert "<img" not in body
        assert html.escape(ATTACK, quote=False) in page
        assert "49" not in re.sub(r"[0-9a-f ]{32,}", "", body)
        assert re.search(r'<div class="message-text" dir="auto"[^>]*>&lt;script', page)
        link = re.search(r'class="file-link" href="([^"]+)"', page)
        assert link
        answer = person.browser.get(link[1])
        assert answer.data == b"<script>alert(3)</script>"
        assert answer.mimetype == "application/octet-stream"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        disposition = answer.headers["Content-Disposition"]
        assert disposition.startswith("attachment; ")
        assert "filename*=UTF-8''" in disposition
        assert "%E2%98%83" in disposition
        assert not set("\r\n/<>\u202e") & set(disposition)
        assert "a" not in {name for name, _ in answer.headers if name == "Set-Cookie"}


def test_a_message_that_the_source_encrypted_too_is_marked(room: Workroom) -> None:
    inner = gpg_encrypt(room.server.release.certificate, b"Twice sealed.", room.day, armor=True)
    room.take_in(one_report(room, text=inner.decode()))
    with counsellor(room) as person:
        person.unlock()
        person.open_thread()
        assert "Twice sealed." in person.text
        assert "Encrypted by the reporter as well." in person.text


def test_a_text_too_long_is_given_back_with_how_much_too_long(room: Workroom) -> None:
    room.take_in(one_report(room))
    with counsellor(room) as person:
        person.unlock()
        person.open_thread()
        text = "é" * 3_000 + "&" * 100
        person.send("reply-form", text=text, language="tr")
        assert "The text is 356 bytes too long: 6,500 of at most 6,144." in person.text
        assert text in html.unescape(person.markup)
        assert re.search(r"<option selected value=.tr.>", person.markup)
        person.send("reply-form", text="é" * (REPLY_TEXT_MAX // 2), language="tr")
        assert "Saved as a draft: 6,144 of 6,144 bytes." in person.text
        person.send("reply-form", text=" \n ", language="en")
        assert "There is no text yet." in person.text


def test_a_draft_is_changed_approved_and_withdrawn(room: Workroom) -> None:
    room.take_in(one_report(room))
    with counsellor(room) as person:
        person.unlock()
        person.open_thread()
        person.send("reply-form", text="First.", language="en")
        draft = reply_of(person)
        thread = person.office.conversations.all(person.office.actor)[0].thread_id
        person.get(f"/en/thread/{thread}?edit={draft.reply_id}")
        assert "Change your draft" in person.text
        person.send("reply-form", text="Second.", language="fr")
        changed = reply_of(person)
        assert (changed.reply_id, changed.text, changed.language) == (draft.reply_id, "Second.", "fr")
        assert changed.state == "draft"

        person.get(f"/en/thread/{thread}?edit={draft.reply_id}")
        person.office.answers.approve(person.office.actor, draft.reply_id)
        person.send("reply-form", text="Third.", language="fr")
        assert "it can no longer be changed" in person.text
        assert ">\r\nThird.</textarea>" in person.markup
        assert reply_of(person).text == "Second."

        person.open_thread()
        assert 'class="approve-form"' not in person.markup
        person.press('class="withdraw-form"')
        assert reply_of(person).state == "withdrawn"
        assert "Withdrawn" in person.text
        assert 'class="withdraw-form"' not in person.markup


def test_what_is_not_there_is_a_kind_page(room: Workroom) -> None:
    with counsellor(room) as person:
        person.unlock()
        for path in ("/en/thread/00", "/nl/thread/zz", "/en/file/1234", "/en/thread/00?edit=00"):
            assert person.get(path).status_code == 404
        assert "There is no such conversation, message, answer or file." in person.text


def test_what_the_reporter_did_is_told(room: Workroom) -> None:
    source = new_source()
    room.take_in(one_report(room, source))
    reply_id = room.answer("Read me.")
    room.release()
    room.office.releases.write(room.office.actor, room.media)
    gone = (bytes.fromhex(reply_id),)
    room.take_in(
        room.export(
            room.server.report(source, b"", room.day, kind=Kind.DELETE, deleted=gone),
            room.server.report(source, b"", room.day, kind=Kind.WITHDRAW, intake={"scope": "sharing"}),
        )
    )
    with counsellor(room) as person:
        person.unlock()
        person.open_thread()
        assert "The reporter deleted an answer." in person.text
        assert "The reporter asked that nothing be passed on to anybody." in person.text
        assert "Deleted by the reporter" in person.text


def test_a_device_that_others_see_warns_before_the_answer_is_written(room: Workroom) -> None:
    room.take_in(one_report(room, intake={"device": "watched", "language": "fa"}))
    with counsellor(room) as person:
        person.unlock()
        person.open_thread()
        assert "Leave out every detail" in person.text
        assert re.search(r"<option selected value=.fa.>", person.markup)
