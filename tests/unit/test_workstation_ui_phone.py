"""The pages of intake by phone: nothing typed is lost; the codename is on one page, until it is confirmed."""

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from securedrop_config.lexicon import load_lexicon
from sluis.keytree import SourceKeys, derive_root
from tests.support.export_builder import new_source
from tests.support.workroom import CHEAP, PASSPHRASE, Workroom, workroom
from tests.support.workstation_browser import IDLE_S, Counsellor, counsellor, form, form_fields
from workstation.records import ToldEntry

LEXICON = load_lexicon(("en", "nl"))
WORDS = 'A man waits <b>every</b> day,\n"said" the caller.'


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Workroom]:
    with workroom(tmp_path) as made:
        yield made


@pytest.fixture
def person(room: Workroom) -> Iterator[Counsellor]:
    with counsellor(room) as made:
        made.unlock()
        yield made


def call(person: Counsellor, **fields: str) -> None:
    person.get("/en/intake")
    values = {"how": "phone", "language": "tr", "told": WORDS, "codename": "nl"} | fields
    person.send("intake-form", **values)


def shown_codename(person: Counsellor) -> str:
    found = re.search(r'<p id="codename"><bdi>([^<]+)</bdi>', person.markup)
    assert found
    return html.unescape(found[1])


def told(person: Counsellor) -> list[ToldEntry]:
    (line, *_) = person.office.cases.inbox(person.office.actor).lines
    view = person.office.cases.view(person.office.actor, line.case_id)
    return [one.entry for one in view.timeline if isinstance(one.entry, ToldEntry)]


@pytest.mark.parametrize(("list_", "pattern"), [("nl", r"(\S+ ){6,8}\S+"), ("digits", r"(\d{4} ){6}\d{4}")])
def test_from_the_call_to_an_answer_that_the_codename_opens(
    person: Counsellor, room: Workroom, list_: str, pattern: str
) -> None:
    person.get("/en/")
    assert 'href="/en/intake"' in person.markup
    call(person, codename=list_, danger="72h", device="shared", safe_time="Only at work.")
    assert person.page is not None
    assert person.page.request.path == "/en/intake/codename"
    assert person.page.headers["Cache-Control"] == "no-store"
    codename = shown_codename(person)
    assert re.fullmatch(pattern, codename)
    assert LEXICON.parse(codename) == codename
    assert " ".join(codename.split()[0].upper()) in person.markup

    person.send("handed-form")
    assert codename not in person.markup
    assert "The codename is forgotten here." in person.text
    assert "Told on" in person.text
    assert "Written down by the lone seat." in person.text
    assert "<b>every" not in person.markup
    assert "P1: today" in person.text
    assert "no detail in an answer" in person.text
    person.send("reply-form", text="We listened.", language="tr")
    person.press(
        'id="approve-form"', no_detail=re.findall(r'name="no_detail"[^>]*value="(\w+)"', person.markup)[0]
    )
    room.server.take(person.office.releases.make(person.office.actor)[0].data)
    instance = person.office.info.instance_id
    source = SourceKeys.from_root(derive_root(codename, bytes.fromhex(instance), CHEAP))
    assert [one.text for one in room.server.mailbox(source)] == ["We listened."]


def test_the_codename_is_in_no_address_no_cookie_and_no_later_page(person: Counsellor) -> None:
    call(person)
    codename = shown_codename(person)
    first = codename.split()[0]
    assert codename in person.get("/en/intake/codename").text, "a reload shows it still"
    cookie = person.browser.get_cookie("workstation")
    assert cookie is not None
    assert first not in cookie.value
    assert first not in person.page.request.url  # type: ignore[union-attr]
    person.send("handed-form")
    for path in ("/en/intake/codename", "/en/", "/en/intake", person.page.request.path):  # type: ignore[union-attr]
        assert codename not in person.get(path).text


def test_a_lock_forgets_it_and_another_one_is_drawn(person: Counsellor) -> None:
    call(person)
    lost = shown_codename(person)
    person.send("lock-form")
    person.unlock()
    assert person.get("/en/intake/codename").request.path == "/en/intake"
    person.open_thread()
    (button,) = re.findall(r'(formaction="[^"]+/go/phone")', person.markup)
    person.press(button, note="Kept on the way.")
    person.send("again-form", codename="en")
    assert "the box was not ticked" in person.text
    person.send("again-form", codename="en", sure="yes")
    assert shown_codename(person) != lost
    person.send("handed-form")
    assert len(told(person)) == 1
    assert len(person.office.conversations.all(person.office.actor)) == 1


def test_what_is_missing_is_said_and_everything_comes_back(person: Counsellor) -> None:
    call(person, how="", danger="now", safe_time="At night.", codename="digits", language="fa")
    assert person.page is not None
    assert person.page.status_code == 400
    assert "Something is missing" in person.text
    fields = form_fields(form(person.markup, 'id="intake-form"'))
    assert fields["told"] == WORDS
    assert (fields["danger"], fields["safe_time"], fields["language"]) == ("now", "At night.", "fa")
    assert re.search(r'<option value="digits" selected', person.markup)
    assert person.office.conversations.all(person.office.actor) == ()


def test_nothing_is_lost_to_the_lock_or_an_old_page(person: Counsellor) -> None:
    person.get("/en/intake")
    person.steady.now += IDLE_S + 1
    values = {"how": "in-person", "language": "fa", "told": WORDS, "codename": "digits", "danger": "72h"}
    person.send("intake-form", **values)
    assert "The text you wrote is kept on this page" in person.text
    person.send("unlock-form", passphrase="no")
    person.send("unlock-form", passphrase=PASSPHRASE)
    assert "had locked itself before this was saved" in person.text
    assert re.search(r'value="in-person" required checked', person.markup)
    fields = form_fields(form(person.markup, 'id="intake-form"'))
    assert (fields["told"], fields["danger"], fields["codename"]) == (WORDS, "72h", "digits")

    old = form(person.markup, 'id="intake-form"')
    person.send("lock-form")
    person.unlock()
    person.submit(old, {**form_fields(old), "how": "in-person"})
    assert "had been open for too long" in person.text
    assert form_fields(form(person.markup, 'id="intake-form"'))["told"] == WORDS
    person.send("intake-form", how="in-person", told=WORDS, language="fa", codename="digits")
    assert shown_codename(person)


def test_one_more_call_in_a_case_that_came_over_the_site(person: Counsellor, room: Workroom) -> None:
    source = new_source()
    path = room.export(room.server.report(source, b"Hello.", room.day))
    person.take_in(path)
    person.open_thread()
    person.press('formaction="/en/case/', note="Kept too.")
    case_id = person.office.cases.inbox(person.office.actor).lines[0].case_id
    person.get(f"/en/case/{case_id}/phone")
    assert "Nothing proves who calls." in person.text
    person.send("told-form", how="phone", language="nl", told=" ")
    assert "Something is missing" in person.text
    person.send("told-form", how="phone", language="nl", told="She called back.")
    assert "The call is written down." in person.text
    assert [one.text for one in told(person)] == ["She called back."]
    assert "Nobody wrote here under this codename before." not in person.text
    person.get(f"/nl/case/{case_id}/phone")
    assert person.page is not None
    assert person.page.status_code == 200
    person.office.cases.close(person.office.actor, case_id, "test")
    person.get(f"/en/case/{case_id}/phone")
    assert "This case is closed." in person.text
