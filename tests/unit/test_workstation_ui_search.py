"""The box in the inbox and the page of what was found."""

import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.export_builder import new_source
from tests.support.workroom import workroom
from tests.support.workstation_browser import Counsellor, counsellor
from workstation.casework import search_desk
from workstation.casework.options import Prospect
from workstation.casework.roles import LONE_SEAT
from workstation.errors import DiskFull
from workstation.ui.views import search

HOSTILE = "<script>alert(1)</script> & <b>needle</b> \u202eelbeen"


@pytest.fixture
def person(tmp_path: Path) -> Iterator[Counsellor]:
    with workroom(tmp_path) as room:
        sent = [
            room.server.report(new_source(), text.encode(), room.day)
            for text in (HOSTILE, "Hello, 北京大学.")
        ]
        room.take_in(room.export(*sent))
        with counsellor(room) as made:
            made.unlock()
            yield made


def test_one_searches_in_the_inbox_and_goes_on_to_the_place(person: Counsellor) -> None:
    person.get("/en/")
    page = person.send("search-form", words="北京大学")
    assert page.request.method == "POST"
    assert page.request.path == "/en/search"
    assert not page.request.query_string
    assert "One place on this page" in person.text
    assert "<mark>北京大学</mark>" in person.markup
    assert 'value="北京大学"' in person.markup
    link = re.findall(r'class="found-link" href="([^"]+)"', person.markup)
    assert len(link) == 1
    assert "#message-" in link[0]
    anchor = link[0].partition("#")[2]
    person.get(link[0])
    assert f'id="{anchor}"' in person.markup
    assert "Hello, 北京大学." in person.text


def test_what_a_source_wrote_stays_text(person: Counsellor) -> None:
    person.get("/en/search")
    person.send("search-form", words='needle"><script>')
    assert "Nothing was found" not in person.text
    assert "<script" not in person.markup
    assert (
        "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &lt;b&gt;<mark>needle</mark>&lt;/b&gt;"
        in person.markup.replace("<mark>script</mark>", "script")
    )
    assert '<bdi dir="auto">' in person.markup


def test_nothing_and_no_word_are_told_apart_and_it_speaks_dutch(person: Counsellor) -> None:
    person.get("/en/search")
    assert "autofocus" in person.markup
    person.send("search-form", words="absent")
    assert "Nothing was found in the cases that you may read." in person.text
    person.send("search-form", words='"*')
    assert "Type a word of at least one letter." in person.text
    person.get("/nl/search")
    person.send("search-form", words="absent")
    assert "Er is niets gevonden in de zaken die u mag lezen." in person.text


def test_there_is_more(person: Counsellor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_desk, "PAGE", 2)
    desk = person.office.cases
    case_id = desk.inbox(LONE_SEAT).lines[0].case_id
    for number in range(3):
        desk.add_note(LONE_SEAT, case_id, f"haystack {number}")
    person.get("/en/search")
    person.send("search-form", words="haystack")
    assert len(re.findall("found-link", person.markup)) == 2
    person.send("more-form")
    assert len(re.findall("found-link", person.markup)) == 1
    assert "Page 2." in person.text
    assert "more-form" not in person.markup


def test_no_room_for_the_index_is_told(person: Counsellor, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise DiskFull("no room")

    monkeypatch.setattr(search_desk.SearchDesk, "find", full)
    person.get("/en/search")
    assert person.send("search-form", words="needle").status_code == 503
    assert "no room on this workstation for the index" in person.text


def test_words_are_in_no_log_and_nothing_is_searched_without_a_token_or_while_locked(
    person: Counsellor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    person.get("/en/search")
    person.send("search-form", words="needle")
    assert "needle" in person.text
    assert "needle" not in caplog.text
    assert person.browser.post("/en/search", data={"words": "needle"}).status_code == 400
    index = person.room.folder / "search.db"
    assert index.exists()
    person.send("lock-form")
    assert not index.exists()
    answer = person.browser.post("/en/search", data={"words": "needle"})
    assert "found-link" not in answer.text
    assert not index.exists()


def test_an_index_that_takes_long_says_how_far_it_is_and_then_shows_what_was_found(
    person: Counsellor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "MOMENT_S", 0.0)
    person.get("/en/search")
    with person.office._lock:  # so that it gets no further
        page = person.send("search-form", words="needle")
        assert page.request.path == "/en/search/progress"
        assert not page.request.query_string
        assert "The search is being prepared" in person.text
        assert '<meta http-equiv="refresh" content="1">' in person.markup
        assert "<progress" in person.markup
        assert "needle" not in person.markup
        making = person.office.search.making
        assert making is not None
        seen = person.holder._seen
        person.steady.now += 5
        person.get("/en/search/progress")
        assert person.holder._seen == seen  # a page that renews itself is nobody
    assert making.ended.wait(60)
    assert (making.done, making.total) == (2, 2)
    person.get("/en/search/progress")
    assert "<mark>needle</mark>" in person.markup
    assert 'http-equiv="refresh"' not in person.markup
    assert person.get("/nl/search/progress").request.path == "/nl/search"
    person.send("search-form", words="needle")
    assert "<mark>needle</mark>" in person.markup


def test_an_option_leads_to_the_page_of_options(person: Counsellor) -> None:
    case_id = person.office.cases.inbox(LONE_SEAT).lines[0].case_id
    words = Prospect("Report it.", "Perhaps a pitchfork.", "They may notice.", "It goes on.")
    option_id = person.office.options.write(LONE_SEAT, case_id, words, "us", "thinks")
    person.get("/nl/search")
    person.send("search-form", words="pitchfork")
    link = re.findall(r'class="found-link" href="([^"]+)"', person.markup)
    assert link == [f"/nl/case/{case_id}/options#option-{option_id}"]
    person.get(link[0])
    assert f'id="option-{option_id}"' in person.markup
