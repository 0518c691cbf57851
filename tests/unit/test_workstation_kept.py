"""What is being typed is kept: for whoever typed it, until it is sent, and never beyond its case."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from sluis.envelope import SCOPE, Kind, WithdrawScope
from sluis.errors import BadField, TooLarge
from tests.support.export_builder import new_source
from tests.support.people import seat
from tests.support.workroom import PASSPHRASE, Workroom, workroom
from tests.support.workstation_browser import Counsellor, counsellor, form, form_fields
from workstation import opening
from workstation.casework import kept_intake
from workstation.casework.kept import FIELDS_MAX
from workstation.casework.kept_models import KeptForm, KeptIntake
from workstation.casework.roles import LONE_SEAT, NotAllowed, Role
from workstation.errors import WrongState

COLLEAGUE = replace(LONE_SEAT, person_id=bytes(range(16)), roles=frozenset({Role.SUPERVISOR}))
TYPED = (("text", "I have read what you"), ("note", ""), ("language", "en"))


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Workroom]:
    with workroom(tmp_path) as made:
        yield made


def one_case(room: Workroom, text: bytes = b"Hello.") -> str:
    before = {one.case_id for one in room.office.cases.inbox(LONE_SEAT).lines}
    room.take_in(room.export(room.server.report(new_source(), text, room.day)))
    (made,) = {one.case_id for one in room.office.cases.inbox(LONE_SEAT).lines} - before
    return made


def test_it_is_given_back_to_whoever_typed_it(room: Workroom) -> None:
    case_id, desk = one_case(room), room.office.kept
    desk.keep(LONE_SEAT, case_id, "triage", [("danger", "now")])
    desk.keep(LONE_SEAT, case_id, "answer-1", TYPED)
    desk.keep(LONE_SEAT, case_id, "answer-1", (*TYPED, ("task", "Call.")))
    room.reopen()
    desk = room.office.kept
    found = desk.of(LONE_SEAT, case_id, "answer-1")
    assert found is not None
    assert found.fields == (*TYPED, ("task", "Call."))
    assert found.day == room.day
    assert desk.forms(LONE_SEAT, case_id) == ("answer-1", "triage")
    assert desk.of(COLLEAGUE, case_id, "answer-1") is None
    assert desk.of(LONE_SEAT, case_id, "answer-2") is None
    desk.keep(LONE_SEAT, case_id, "answer-1", ())
    assert desk.of(LONE_SEAT, case_id, "answer-1") is None


def test_it_is_no_act(room: Workroom) -> None:
    case_id = one_case(room)
    before = room.office.ledger.page(LONE_SEAT).total
    room.office.kept.keep(LONE_SEAT, case_id, "answer-1", [("text", "unmistakable")])
    assert room.office.ledger.page(LONE_SEAT).total == before
    assert not room.office.search.find(LONE_SEAT, "unmistakable").places


def test_what_cannot_be_kept(room: Workroom) -> None:
    case_id, desk = one_case(room), room.office.kept
    for name in ("", "../x", "a" * 200):
        with pytest.raises(BadField):
            desk.keep(LONE_SEAT, case_id, name, TYPED)
    with pytest.raises(TooLarge):
        desk.keep(LONE_SEAT, case_id, "triage", [("remarks", "w" * FIELDS_MAX)])
    room.office.cases.close(LONE_SEAT, case_id, "test")
    with pytest.raises(WrongState):
        desk.keep(LONE_SEAT, case_id, "triage", TYPED)


def test_it_goes_with_the_case(room: Workroom) -> None:
    case_id = one_case(room)
    room.office.kept.keep(LONE_SEAT, case_id, "triage", TYPED)
    room.office.cases.close(LONE_SEAT, case_id, "test")
    room.clock.day += 365
    room.office.cases.destroy(LONE_SEAT, case_id)
    assert kept_rows(room) == 0


def test_it_goes_when_everything_is_withdrawn(room: Workroom) -> None:
    source = new_source()
    room.take_in(room.export(room.server.report(source, b"Hello.", room.day)))
    (line,) = room.office.cases.inbox(LONE_SEAT).lines
    room.office.kept.keep(LONE_SEAT, line.case_id, "triage", TYPED)
    room.take_in(
        room.export(
            room.server.report(
                source, b"", room.day, kind=Kind.WITHDRAW, sequence=2, intake={SCOPE: WithdrawScope.ALL.value}
            )
        )
    )
    assert kept_rows(room) == 0


def test_it_follows_a_conversation(room: Workroom) -> None:
    one, other = one_case(room), one_case(room, b"The other.")
    desk = room.office.kept
    (thread,) = room.office.cases.view(LONE_SEAT, other).conversations
    form = f"answer-{thread.summary.thread_id}"
    desk.keep(LONE_SEAT, other, form, TYPED)
    desk.keep(LONE_SEAT, other, "triage", [("danger", "weeks")])
    desk.keep(LONE_SEAT, one, "triage", [("danger", "now")])
    room.office.cases.merge(LONE_SEAT, one, other)
    moved, triage = desk.of(LONE_SEAT, one, form), desk.of(LONE_SEAT, one, "triage")
    assert moved is not None
    assert moved.fields == TYPED
    assert triage is not None
    assert triage.get("danger") == "now"
    made = room.office.cases.split(LONE_SEAT, one, thread.summary.thread_id)
    again = desk.of(LONE_SEAT, made, form)
    assert again is not None
    assert again.fields == TYPED
    assert desk.forms(LONE_SEAT, one) == ("triage",)


def test_the_pages_give_it_back_until_it_is_saved(room: Workroom) -> None:
    case_id = one_case(room)
    with counsellor(room) as person:
        person.unlock()
        person.get(f"/en/case/{case_id}")
        assert keep(person, text="Half a sen", language="nl") == 204
        person.get(f"/en/case/{case_id}")
        assert "Half a sen" in person.markup
        assert 'id="kept-note"' in person.markup
        person.send("reply-form", text="Half a sentence.", language="nl")
        assert "Saved as a draft" in person.text
        assert 'id="kept-note"' not in person.markup

        person.get(re.findall(r'href="([^"]*edit=[^"]*)"', person.markup)[0].replace("&amp;", "&"))
        assert "Half a sentence." in person.markup
        assert keep(person, text="Another one.") == 204
        person.get(f"/en/case/{case_id}")
        assert "You had begun to change a draft here" in person.text
        person.get(re.findall(r'href="([^"]*edit=[^"]*)"', person.markup)[0].replace("&amp;", "&"))
        assert "Another one." in person.markup
        throw_away = re.search(r'id="kept-note".*?(<form.*?</form>)', person.markup, re.S)
        assert throw_away
        person.submit(throw_away[1], {})
        assert "thrown away" in person.text
        assert "You had begun" not in person.text


def test_the_judgement_is_given_back(room: Workroom) -> None:
    case_id = one_case(room)
    with counsellor(room) as person:
        person.unlock()
        person.get(f"/en/case/{case_id}/triage")
        assert keep(person, danger="now", remarks="She says", code="PRX") == 204
        person.get(f"/en/case/{case_id}/triage")
        assert '<option value="now" selected>' in person.markup
        assert "She says" in person.markup
        assert re.search(r'value="PRX" checked', person.markup)


def test_nothing_is_kept_while_locked_and_no_other_page_runs_a_script(room: Workroom) -> None:
    case_id = one_case(room)
    with counsellor(room) as person:
        person.unlock()
        page = person.get(f"/en/case/{case_id}")
        policy = page.headers["Content-Security-Policy"]
        nonce = re.search(r"script-src 'nonce-([^']+)'; connect-src 'self'$", policy)
        assert nonce
        assert f'<script nonce="{nonce[1]}" src="/static/keep.js" defer></script>' in person.markup
        again = person.get(f"/en/case/{case_id}")
        assert nonce[1] not in again.headers["Content-Security-Policy"]
        shown = person.markup
        for path in ("/en/", f"/en/case/{case_id}/end", "/en/import"):
            assert "script-src" not in person.get(path).headers["Content-Security-Policy"]
        person.holder.lock()
        assert keep(person, shown, text="Too late.") == 303


def keep(person: Counsellor, markup: str = "", **typed: str) -> int:
    """What the script sends of the page that is shown; the status of the answer."""
    own = re.search(r'<form[^>]* data-keep="([^"]+)".*?</form>', markup or person.markup, re.S)
    assert own
    return person.browser.post(own[1], data={**form_fields(own[0]), **typed}).status_code


def kept_rows(room: Workroom) -> int:
    room.office.close()
    opened = opening.with_founding_passphrase(room.folder, PASSPHRASE)
    try:
        with Session(opened.engine) as session:
            return session.scalar(select(func.count()).select_from(KeptForm)) or 0
    finally:
        opened.engine.dispose()
        opened.folder.unlock()


# A call that has no case yet

CALL = [("how", "phone"), ("told", "A man waits at the"), ("language", "tr")]


def test_a_call_without_a_case_is_kept_for_whoever_takes_it(room: Workroom) -> None:
    desk = room.office.kept
    before = room.office.ledger.page(LONE_SEAT).total
    desk.keep_intake(LONE_SEAT, [("told", "A man")])
    desk.keep_intake(LONE_SEAT, CALL)
    room.reopen()
    desk = room.office.kept
    found = desk.intake_of(LONE_SEAT)
    assert found is not None
    assert (list(found.fields), found.day) == (CALL, room.day)
    assert desk.intake_of(COLLEAGUE) is None
    assert room.office.ledger.page(LONE_SEAT).total == before
    with pytest.raises(TooLarge):
        desk.keep_intake(LONE_SEAT, [("told", "w" * FIELDS_MAX)])
    desk.keep_intake(COLLEAGUE, CALL)
    desk.forget_intake(LONE_SEAT)
    assert desk.intake_of(LONE_SEAT) is None
    assert desk.intake_of(COLLEAGUE) is not None
    for call in (desk.intake_of, desk.forget_intake, lambda actor: desk.keep_intake(actor, CALL)):
        with pytest.raises(NotAllowed):
            call(replace(COLLEAGUE, roles=frozenset({Role.INTERPRETER})))


def test_a_call_that_became_nothing_is_gone_after_a_week(room: Workroom) -> None:
    case_id, desk = one_case(room), room.office.kept
    desk.keep_intake(LONE_SEAT, CALL)
    room.clock.day += kept_intake.DAYS
    desk.keep(COLLEAGUE, case_id, "triage", TYPED)
    assert desk.intake_of(LONE_SEAT) is not None
    room.clock.day += 1
    desk.keep(COLLEAGUE, case_id, "triage", TYPED)
    with room.office._work() as (session, _):
        assert session.scalars(select(KeptIntake)).all() == []


def test_a_call_is_gone_with_whoever_took_it(tmp_path: Path) -> None:
    with seat(tmp_path) as room:
        room.enter("keys", Role.CUSTODIAN)
        lantern = room.enter("lantern", Role.COUNSELLOR)
        office = room.sign_in("lantern")
        office.kept.keep_intake(office.actor, CALL)
        room.now += 31
        office = room.sign_in("keys")
        office.people.deactivate(office.actor, lantern.person_id)
        with office._work() as (session, _):
            assert session.scalars(select(KeptIntake)).all() == []


# Every form on the pages


def throw_away(person: Counsellor, note: str = "kept-note") -> None:
    found = re.search(rf'id="{note}".*?(<form.*?</form>)', person.markup, re.S)
    assert found
    person.submit(found[1], {})
    assert "thrown away" in person.text


def test_the_form_of_a_call_of_somebody_new(room: Workroom) -> None:
    with counsellor(room) as person:
        person.unlock()
        person.get("/en/intake")
        assert 'id="kept-note"' not in person.markup
        assert keep(person, told="A man waits", language="tr", danger="now", codename="digits") == 204
        person.get("/en/intake")
        assert 'id="kept-note"' in person.markup
        fields = form_fields(form(person.markup, 'id="intake-form"'))
        assert (fields["told"], fields["danger"], fields["codename"]) == ("A man waits", "now", "digits")
        throw_away(person)
        assert form_fields(form(person.markup, 'id="intake-form"'))["told"] == ""
        assert keep(person, told="A man waits") == 204
        person.send("intake-form", how="phone", told="A man waits.", language="tr", codename="nl")
        assert 'id="codename"' in person.markup
        person.send("handed-form")
        person.get("/en/intake")
        assert 'id="kept-note"' not in person.markup


def test_each_option_has_its_own(room: Workroom) -> None:
    case_id = one_case(room)
    words = {"outcome": "One.", "risk": "Two.", "nothing": "Three.", "offered": "us", "choice": "thinks"}
    with counsellor(room) as person:
        person.unlock()
        for what in ("The police", "A lawyer"):
            person.get(f"/en/case/{case_id}/options")
            person.send("option-form", what=what, **words)
        police, lawyer = (
            one.replace("&amp;", "&")
            for one in re.findall(r'class="change-link" href="([^"#]+)', person.markup)
        )
        person.get(police)
        assert keep(person, outcome="They do nothing.") == 204
        person.get(f"/en/case/{case_id}/options")
        assert 'id="kept-note"' not in person.markup
        assert keep(person, what="Half an opt") == 204
        person.get(lawyer)
        assert 'id="kept-note"' not in person.markup
        assert form_fields(form(person.markup, 'id="option-form"'))["outcome"] == "One."
        person.get(police)
        assert 'id="kept-note"' in person.markup
        assert form_fields(form(person.markup, 'id="option-form"'))["outcome"] == "They do nothing."
        person.send("option-form", what="The police", **{**words, "outcome": "They do nothing."})
        assert "The option is written down." in person.text
        assert form_fields(form(person.markup, 'id="option-form"'))["what"] == "Half an opt"
        throw_away(person)
        assert form_fields(form(person.markup, 'id="option-form"'))["what"] == ""
        person.get(police)
        assert 'id="kept-note"' not in person.markup


def test_both_forms_of_agreements(room: Workroom) -> None:
    case_id = one_case(room)
    with counsellor(room) as person:
        person.unlock()
        person.get(f"/en/case/{case_id}/consent")
        assert keep(person, text="May we tell", purpose="help") == 204
        keeps = f"/en/case/{case_id}/keep/exception"
        token = form_fields(form(person.markup, 'id="consent-form"'))["csrf_token"]
        danger = {"csrf_token": token, "do": "propose", "reason": "A knife", "field": ["contact", "names"]}
        assert person.browser.post(keeps, data=danger).status_code == 204
        person.get(f"/en/case/{case_id}/consent")
        assert form_fields(form(person.markup, 'id="consent-form"'))["text"] == "May we tell"
        assert re.search(r'id="purpose-help"[^>]* checked', person.markup)
        throw_away(person)
        assert "May we tell" not in person.markup
        assert 'id="kept-note"' not in person.markup
        found = person.office.kept.of(LONE_SEAT, case_id, "exception")
        assert found is not None
        assert found.get("reason") == "A knife"
