"""Options and agreements on the pages: written down, changed, taken back, and exceptions by two people."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.export_builder import new_source
from tests.support.people import code_of, seat
from tests.support.workroom import Workroom, workroom
from tests.support.workstation_browser import IDLE_S, Counsellor, counsellor, form, form_fields
from workstation.casework.consent import Purpose
from workstation.casework.roles import Role

OPTION = {
    "what": "Talk with the police <b>",
    "outcome": "They write it down.",
    "risk": "Somebody may see you there.",
    "nothing": "It stays as it is.",
    "offered": "us",
    "choice": "thinks",
}
ANSWER = {
    "purpose": "help",
    "recipient": "A lawyer in the next town",
    "field": "summary",
    "shown": "described",
    "answer": "yes",
    "days": "30",
    "text": "May we tell a lawyer what happened?",
    "language": "en",
    "how": "phone",
}


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Workroom]:
    with workroom(tmp_path) as made:
        made.take_in(made.export(made.server.report(new_source(), b"Hello.", made.day)))
        yield made


def open_page(person: Counsellor, part: str) -> str:
    person.open_thread()
    address = re.search(r'action="(/en/case/[0-9a-f]+)/go|formaction="(/en/case/[0-9a-f]+)/go', person.markup)
    assert address
    case = address[1] or address[2]
    person.get(f"{case}/{part}")
    return case


def test_an_option_is_written_down_and_changed(room: Workroom) -> None:
    with counsellor(room) as person:
        person.unlock()
        case = open_page(person, "options")
        assert "None yet." in person.text
        assert person.send("option-form", **{**OPTION, "risk": " "}).status_code == 400
        assert "An option needs all four texts" in person.text
        assert "They write it down." in person.markup, "what was filled in is given back"
        person.send("option-form", **OPTION)
        assert "The option is written down." in person.text
        assert "Talk with the police &lt;b&gt;" in person.markup
        change = re.search(r'class="change-link" href="([^"#]+)', person.markup)
        assert change
        person.get(change[1].replace("&amp;", "&"))
        person.send("option-form", **{**OPTION, "choice": "declined"})
        assert "one earlier version is kept" in person.text
        assert "declined" in person.text
        assert person.markup.count("<h3 dir") == 1
        person.get(f"{case}/end")
        assert 'name="none"' not in person.markup, "an option was discussed"


def test_an_agreement_is_written_down_and_taken_back(room: Workroom) -> None:
    with counsellor(room) as person:
        person.unlock()
        open_page(person, "consent")
        assert "nothing of this case may be passed on" in person.text
        source = re.search(r'name="source"[^>]*value="([^"]+)"', person.markup)
        assert source
        bad = {**ANSWER, "source": source[1], "field": "names"}
        assert person.send("consent-form", **bad).status_code == 400
        assert "A name or a way to reach somebody goes only with “by name”." in person.text
        assert "May we tell a lawyer" in person.markup
        person.send("consent-form", **{**ANSWER, "source": source[1]})
        assert "The answer is written down." in person.text
        assert "Agreed: A lawyer in the next town" in person.text
        assert "Not possible. A lone seat is one person." in person.text
        ending = re.search(r'<form method="post" action="[^"]+/consent/end">.*?</form>', person.markup, re.S)
        assert ending
        person.submit(ending[0], {})
        assert "does not count any more" in person.text
        assert "Ended: A lawyer in the next town" in person.text


def test_an_exception_takes_two(tmp_path: Path) -> None:
    with seat(tmp_path) as room:
        room.enter("keys", Role.CUSTODIAN)
        room.enter("harbour", Role.SUPERVISOR)
        room.enter("lantern", Role.COUNSELLOR)
        room.take_in(room.export(room.server.report(new_source(), b"Hello.", room.day)))
        person = Counsellor(room, now=lambda: room.now)

        def sit_down(desk: str) -> None:
            room.now += 31
            person.holder.lock()
            one = room.insiders[desk]
            person.sign_in(desk, one.passphrase, code_of(one.secret, room.now))
            open_page(person, "consent")

        sit_down("lantern")
        danger = {
            "purpose": "police",
            "recipient": "112",
            "field": "contact",
            "shown": "named",
            "days": "1",
            "reason": "They said that somebody is at the door with a knife.",
        }
        assert person.send("exception-form", **{**danger, "days": "30"}).status_code == 409
        assert "with a knife" in person.markup
        keep = re.search(r'data-keep="([^"]+/keep/exception)"', person.markup)
        assert keep
        fields = form_fields(form(person.markup, 'id="exception-form"'))
        assert person.browser.post(keep[1], data={**fields, **danger}).status_code == 204
        open_page(person, "consent")
        assert 'id="kept-exception"' in person.markup
        assert "with a knife" in person.markup
        person.steady.now += IDLE_S + 1
        person.send("exception-form", **danger)
        one, room.now = room.insiders["lantern"], room.now + 31
        signing = {"passphrase": one.passphrase, "one_time": code_of(one.secret, room.now)}
        person.send("unlock-form", desk="lantern", **signing)
        assert "had locked itself before this was saved" in person.text
        again = form(person.markup, 'id="exception-form"')
        assert form_fields(again)["reason"] == danger["reason"]
        assert re.search(r'id="x-purpose-police"[^>]* checked', again)
        person.send("exception-form", **danger)
        assert 'id="kept-exception"' not in person.markup
        assert "A second person has to sign in and confirm it" in person.text
        own = re.search(
            r'<form method="post" action="[^"]+/consent/exception"><.*?</form>', person.markup, re.S
        )
        assert own
        assert person.submit(own[0], {"do": "confirm"}).status_code == 409
        assert "You proposed this yourself" in person.text
        sit_down("harbour")
        other = re.search(
            r'<form method="post" action="[^"]+/consent/exception"><.*?</form>', person.markup, re.S
        )
        assert other
        person.submit(other[0], {"do": "confirm"})
        assert "Two people have decided it." in person.text
        (agreement,) = person.office.consent.view(person.holder.actor, case_of(person)).agreements
        assert agreement.exception
        assert agreement.purpose == Purpose.POLICE
        assert agreement.expiry_day == room.day + 1
        person.holder.lock()


def case_of(person: Counsellor) -> str:
    (line,) = person.office.cases.inbox(person.holder.actor).lines
    return line.case_id
