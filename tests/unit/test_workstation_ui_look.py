"""Looking at a reporter's files on the pages: as pictures and text, hostile ones by a kind refusal."""

import html
import re
import time
from collections.abc import Iterator

import pytest

from sluis.envelope import Kind
from sluis.primitives import random_id
from tests.support import hostile_files as made
from tests.support.export_builder import new_source
from tests.support.sandbox_probe import left_running, still_running
from tests.support.workroom import Workroom, workroom
from tests.support.workstation_browser import Counsellor, counsellor
from workstation.previews.kinds import Kind as FileKind
from workstation.previews.limits import Refusal
from workstation.ui.preview_words import KINDS, REFUSALS

pytestmark = pytest.mark.xdist_group("previews")
WAIT_S = 90.0
# What a page takes at most while a file is being looked at, on a machine that is busy with other tests.
PAGE_S = 5.0
FILES = {
    "letter.pdf": made.pdf(2, action=made.SCRIPT),
    "table.csv": b'=HYPERLINK("http://127.0.0.1/","x")\n<script>alert(1)</script>\n{{ 7*7 }}'
    b"\xe2\x80\xaegpj.exe",
    "photo.png": b"\x89PMG\r\n\x1a\n" + bytes(9),
    "holiday.jpg": made.pdf(1),
    "bundle.zip": made.zip_bomb(64 << 20),
    "long.docx": made.docx_bomb(2 << 30),
}


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workroom]:
    with workroom(tmp_path_factory.mktemp("office")) as room:
        source, parent = new_source(), random_id()
        report = room.server.report
        sets = [report(source, b"I add some files.", room.day, message_id=parent)]
        for number, (name, data) in enumerate(FILES.items(), 2):
            rest = {"kind": Kind.FILE, "parent": parent, "sequence": number, "file_name": name}
            sets.append(report(source, data, room.day, **rest))
        room.take_in(room.export(*sets))
        yield room


def look_at(person: Counsellor, name: str, language: str = "en") -> str:
    """Clicks on the link beside this file, and waits until the page has ended renewing itself."""
    person.open_thread(language=language)
    lines = re.findall(r'<li class="file">.*?</li>', person.markup, re.S)
    (line,) = [line for line in lines if f"<bdi>{name}</bdi>" in line]
    link = re.search(r'class="look-link" href="([^"]+)"', line)
    assert link
    address = html.unescape(link[1])
    deadline = time.monotonic() + WAIT_S
    while 'http-equiv="refresh"' in person.get(address).text:
        assert "look-progress" in person.markup
        assert time.monotonic() < deadline
    return address


def test_a_pdf_is_shown_as_pictures_and_nothing_else(room: Workroom) -> None:
    with counsellor(room) as person:
        person.unlock()
        address = look_at(person, "letter.pdf")
        assert "PDF · " in person.text
        assert "2 pages" in person.text
        pictures = re.findall(r'<img src="([^"]+)"', person.markup)
        assert len(pictures) == 2
        assert all(one.startswith(address.partition("?")[0] + "/") for one in pictures)
        for one in pictures:
            answer = person.browser.get(one)
            assert answer.data.startswith(b"\x89PNG\r\n\x1a\n")
            assert answer.mimetype == "image/png"
            assert answer.headers["Cache-Control"] == "no-store"
            assert "img-src 'self'" in answer.headers["Content-Security-Policy"]
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "<script" not in person.markup
        for wrong in ("0", "3", "99"):
            assert person.browser.get(f"{address.partition('?')[0]}/{wrong}.png").status_code == 404
        person.get(re.findall(r'class="back"><a href="([^"]+)"', person.markup)[0])
        assert "I add some files." in person.text


def test_text_is_shown_as_text(room: Workroom) -> None:
    with counsellor(room) as person:
        person.unlock()
        look_at(person, "table.csv")
        body = person.markup.partition("<main")[2]
        assert '=HYPERLINK("http://127.0.0.1/","x")' in html.unescape(body)
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in body
        assert "<script" not in body
        assert "{{ 7*7 }}" in body
        assert '<span class="unseen">U+202E</span>gpj.exe' in body


@pytest.mark.parametrize(
    ("name", "said", "said_in_dutch"),
    [
        ("photo.png", "The file is not what its name says.", "Het bestand is niet wat de naam zegt."),
        ("bundle.zip", "several files packed into one", "meerdere bestanden in één"),
        ("long.docx", "Not shown", "Niet getoond"),
    ],
)
def test_a_hostile_file_is_refused_kindly(room: Workroom, name: str, said: str, said_in_dutch: str) -> None:
    with counsellor(room) as person:
        person.unlock()
        look_at(person, name)
        assert said in person.text
        assert "What to do:" in person.text
        assert "<img" not in person.markup.partition("<main")[2]
        assert "Saved exactly as they were sent." in person.text
        look_at(person, name, "nl")
        assert said_in_dutch in person.text
        link = re.search(r'<a class="button quiet" href="([^"]+)">', person.markup)
        assert link
        assert person.browser.get(html.unescape(link[1])).status_code == 303
    assert left_running("/tmp/document.docx") == []


def test_a_picture_by_name_that_is_a_pdf_is_shown_with_a_warning(room: Workroom) -> None:
    with counsellor(room) as person:
        person.unlock()
        look_at(person, "holiday.jpg")
        assert 'id="other-name"' in person.markup
        assert len(re.findall(r"<img ", person.markup.partition("<main")[2])) == 1


def test_pages_answer_while_a_hostile_file_is_looked_at(room: Workroom) -> None:
    with counsellor(room) as person:
        person.unlock()
        person.open_thread()
        (line,) = re.findall(r'<li class="file">(?:(?!</li>).)*long\.docx.*?</li>', person.markup, re.S)
        link = re.search(r'class="look-link" href="([^"]+)"', line)
        assert link
        began = time.monotonic()
        assert 'id="look-progress"' in person.get(html.unescape(link[1])).text
        assert person.get("/en/").status_code == 200
        assert time.monotonic() - began < PAGE_S
        person.holder.lock()
        deadline = time.monotonic() + WAIT_S
        while still_running("/tmp/document.docx"):
            assert time.monotonic() < deadline
        assert person.get("/en/").request.path == "/unlock" or "passphrase" in person.markup


def test_a_lock_forgets_every_picture(room: Workroom) -> None:
    with counsellor(room) as person:
        person.unlock()
        address = look_at(person, "letter.pdf").partition("?")[0]
        assert person.browser.get(f"{address}/1.png").status_code == 200
        person.holder.lock()
        assert person.browser.get(f"{address}/1.png").status_code == 303
        person.unlock()
        assert person.browser.get(f"{address}/1.png").status_code == 404


def test_every_refusal_and_every_kind_has_words() -> None:
    assert set(REFUSALS) == set(Refusal)
    assert set(KINDS) == set(FileKind)
