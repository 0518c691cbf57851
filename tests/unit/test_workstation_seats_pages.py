"""What somebody else changed while a page was open is not overwritten, and nothing typed is lost."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.export_builder import new_source
from tests.support.workroom import Workroom, workroom
from tests.support.workstation_browser import Counsellor, counsellor, form, form_fields
from workstation.casework.roles import LONE_SEAT as ME
from workstation.casework.triage import Triage
from workstation.lan import LanAway, LanOpen
from workstation.records import ReplyEntry


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Workroom]:
    with workroom(tmp_path) as made:
        made.take_in(made.export(made.server.report(new_source(), b"Hello.", made.day, language="en")))
        yield made


@pytest.fixture
def person(room: Workroom) -> Iterator[Counsellor]:
    with counsellor(room) as made:
        made.unlock()
        yield made


def answer(person: Counsellor) -> ReplyEntry:
    (thread,) = person.office.conversations.all(ME)
    entries = person.office.conversations.view(ME, thread.thread_id).entries
    (found,) = (one for one in entries if isinstance(one, ReplyEntry))
    return found


def at_another_seat(person: Counsellor, text: str) -> None:
    person.office.answers.edit(ME, answer(person).reply_id, text, "en")


def send(person: Counsellor, name: str, **fields: str) -> None:
    """As a browser does: with all that stands in the form."""
    person.send(name, **{**form_fields(form(person.markup, f'id="{name}"')), **fields})


def approve(person: Counsellor, reply_id: str) -> None:
    """With the mark of the draft, which lies beside its button and belongs to the form."""
    (mark,) = re.findall(
        rf'<input form="reply-form" type="hidden" name="read-{reply_id}" value="(\w+)">', person.markup
    )
    person.press('id="approve-form"', **{f"read-{reply_id}": mark})


def test_a_draft_that_somebody_else_changed(person: Counsellor) -> None:
    (thread_id,) = (one.thread_id for one in person.office.conversations.all(ME))
    reply_id = person.office.answers.draft(ME, thread_id, "As it was.", "en")
    case_id = person.office.cases.of_thread(ME, thread_id)
    person.get(f"/en/case/{case_id}?edit={reply_id}")
    at_another_seat(person, "As they want it.")
    send(person, "reply-form", text="As I want it.")
    assert person.page is not None
    assert person.page.status_code == 400
    assert "Somebody else has changed this draft since you opened it" in person.text
    assert "As they want it." in person.text
    assert "As I want it." in person.markup
    assert answer(person).text == "As they want it."
    at_another_seat(person, "As they want it now.")
    send(person, "reply-form", text="As I want it.")
    assert answer(person).text == "As they want it now."
    send(person, "reply-form", text="As we want it.")
    assert answer(person).text == "As we want it."
    # What was not touched on a page that is no longer right takes nothing back either.
    person.get(f"/en/case/{case_id}?edit={reply_id}")
    at_another_seat(person, "As they want it after all.")
    send(person, "reply-form", note="A note.")
    assert answer(person).text == "As they want it after all."


def test_an_answer_that_was_changed_after_it_was_read_is_not_approved(person: Counsellor) -> None:
    (thread_id,) = (one.thread_id for one in person.office.conversations.all(ME))
    reply_id = person.office.answers.draft(ME, thread_id, "As it was.", "en")
    case_id = person.office.cases.of_thread(ME, thread_id)
    person.get(f"/en/case/{case_id}")
    at_another_seat(person, "As they want it.")
    approve(person, reply_id)
    assert "Somebody has changed this draft since you read it." in person.text
    assert answer(person).state == "draft"
    approve(person, reply_id)
    assert answer(person).state == "approved"


def test_a_judgement_that_somebody_else_gave(person: Counsellor) -> None:
    (thread_id,) = (one.thread_id for one in person.office.conversations.all(ME))
    case_id = person.office.cases.of_thread(ME, thread_id)
    person.get(f"/en/case/{case_id}/triage")
    person.office.cases.assess(ME, case_id, Triage(danger="now"), codes=frozenset({"PHY"}))
    send(person, "triage-form", danger="weeks", remarks="Seen it.")
    assert "Somebody else has judged this case since you opened the form" in person.text
    assert "Seen it." in person.markup
    assert person.office.cases.view(ME, case_id).codes == ("PHY",)
    send(person, "triage-form")
    assert len(person.office.cases.view(ME, case_id).assessments) == 2


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (LanOpen("interface", "eth1"), "Another network than the one of this office is connected"),
        (LanOpen("address", "192.0.2.7"), "an address that does not belong to the network of this office"),
        (LanOpen("route", "default/0"), "This machine can reach more than the server of this office."),
        (LanOpen("resolver", ""), "This machine is set up to ask others for names."),
        (LanAway("no cable"), "The network of this office is not connected."),
    ],
    ids=lambda one: getattr(one, "code", ""),
)
def test_more_network_than_the_lan_locks_and_says_why(
    person: Counsellor, error: LanOpen | LanAway, told: str
) -> None:
    def asked() -> tuple[str, ...]:
        raise error

    station = person.app.extensions["station"]
    person.app.extensions["station"] = replace(station, interfaces=asked)
    answer = person.get("/en/")
    assert answer.status_code == 503
    assert told in person.text
    assert "Network:" not in person.text
    assert not person.holder.is_open
    person.get("/nl/")
    assert "heeft zichzelf vergrendeld" in person.text
    person.app.extensions["station"] = station
    assert person.get("/en/").status_code == 200
    assert not person.holder.is_open
