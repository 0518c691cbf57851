"""Cases on the pages: the inbox, the triage, what is typed and never lost, together and apart, the end."""

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from sluis.keytree import SourceKeys
from sluis.primitives import random_id
from tests.support.export_builder import new_source
from tests.support.workroom import PASSPHRASE, ROOT_PASSPHRASE, Workroom, workroom
from tests.support.workstation_browser import IDLE_S, Counsellor, counsellor, form, form_fields
from workstation.casework import inbox
from workstation.casework.cases import find
from workstation.casework.records import CaseView
from workstation.casework.roles import LONE_SEAT, Actor, Role
from workstation.records import ReplyEntry

ATTACK = "<script>alert(1)</script> {{ 7*7 }}"
MOST_ACTIONS = 12


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Workroom]:
    with workroom(tmp_path) as made:
        yield made


def report(room: Workroom, source: SourceKeys | None = None, text: str = "Hello.", **intake: str) -> None:
    sent = room.server.report(source or new_source(), text.encode(), room.day, intake=intake)
    room.take_in(room.export(sent))


def only_case(person: Counsellor) -> CaseView:
    (line,) = person.office.cases.inbox(LONE_SEAT).lines
    return person.office.cases.view(LONE_SEAT, line.case_id)


def drafts(view: CaseView) -> list[str]:
    return [one.entry.text for one in view.timeline if isinstance(one.entry, ReplyEntry)]


def filled_in(person: Counsellor, form_id: str, **fields: str) -> dict[str, str]:
    """All that a browser would send of a form of this page, changed as told."""
    return {**form_fields(form(person.markup, f'id="{form_id}"')), **fields}


def test_the_inbox_shows_the_most_urgent_first(room: Workroom) -> None:
    for intake in ({}, {"danger": "now"}, {"danger": "none"}):
        report(room, **intake)
    with counsellor(room) as person:
        person.unlock()
        assert "3 open cases, the most urgent first." in person.text
        assert person.text.count("not judged yet") == 3
        first = re.search(r'<li class="thread unread">(.*?)</li>', person.markup, re.S)
        assert first
        assert "says: danger now" in first[1]
        assert "nobody’s yet" in first[1]
        lines = person.office.cases.inbox(LONE_SEAT).lines
        person.get(f"/en/case/{lines[2].case_id}/triage")
        person.send("triage-form", **filled_in(person, "triage-form", danger="now", minor="yes"))
        person.get("/nl/")
        aliases = re.findall(r'class="thread-link" href="[^"]+">([^<]+)<', person.markup)
        assert aliases == [lines[2].alias, lines[0].alias, lines[1].alias]
        assert "P0: nu" in person.text
        assert "vandaag opnieuw beoordelen" in person.text


def test_a_long_inbox_has_pages(room: Workroom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "PAGE", 2)
    room.take_in(room.export(*(room.server.report(new_source(), b"x", room.day) for _ in range(3))))
    with counsellor(room) as person:
        person.unlock()
        assert person.markup.count('class="thread-link"') == 2
        assert "Page 1 of 2" in person.text
        person.get("/en/?page=2")
        assert person.markup.count('class="thread-link"') == 1
        for odd in ("0", "99", "-1", "x", "9" * 400):
            assert person.get(f"/en/?page={odd}").status_code == 200


def test_from_the_inbox_to_a_sealed_answer_in_few_actions(room: Workroom) -> None:
    """Each click, choice and text counts as one."""
    source = new_source()
    report(room, source, danger="now", device="watched")
    with counsellor(room) as person:
        person.unlock()
        actions = []
        actions.append(person.open_thread())
        actions.append(person.press('formaction="/en/case/', do="triage"))
        assert 'id="triage-form"' in person.markup
        actions.append("a minor: yes")
        judged = filled_in(person, "triage-form", minor="yes")
        assert (judged["danger"], judged["device"], judged["urgency"]) == ("now", "suspected", "")
        actions.append(person.send("triage-form", **judged))
        assert "P0: now" in person.text
        actions.append("the answer is typed")
        actions.append(person.send("reply-form", text="We are here.", language="en"))
        actions.append("no detail: ticked")
        (reply,) = [one for one in only_case(person).timeline if isinstance(one.entry, ReplyEntry)]
        actions.append(person.press('id="approve-form"', no_detail=reply.entry.reply_id))
        assert "Approved." in person.text
        actions.append(person.get("/en/release"))
        actions.append(person.send("release-form", folder=""))
        assert "One answer is in it." in person.text
        assert len(actions) <= MOST_ACTIONS
        (name,) = [one.name for one in room.media.iterdir() if one.name.startswith("release-")]
        room.server.take((room.media / name).read_bytes())
        assert [one.text for one in room.server.mailbox(source)] == ["We are here."]


def test_the_banner_is_on_every_page_of_the_case(room: Workroom) -> None:
    report(room, danger="72h")
    with counsellor(room) as person:
        person.unlock()
        case_id = only_case(person).line.case_id
        for path in ("", "/triage", "/together", "/end"):
            for language in ("en", "nl"):
                page = person.get(f"/{language}/case/{case_id}{path}")
                assert page.status_code == 200
                assert 'id="risk-banner"' in page.text
                assert 'class="risk-reported-72h"' in page.text


def test_no_answer_is_approved_for_a_watched_device_without_a_tick(room: Workroom) -> None:
    report(room, device="shared")
    with counsellor(room) as person:
        person.unlock()
        person.open_thread()
        person.send("reply-form", text="Our detail.", language="en")
        person.press('id="approve-form"')
        assert person.page is not None
        assert person.page.status_code == 400
        assert "nobody confirmed that the answer holds no detail" in person.text
        assert [one.state for one in entries(person)] == ["draft"]
        person.open_thread()
        person.press('id="approve-form"', no_detail=entries(person)[0].reply_id)
        assert [one.state for one in entries(person)] == ["approved"]


def entries(person: Counsellor) -> list[ReplyEntry]:
    return [one.entry for one in only_case(person).timeline if isinstance(one.entry, ReplyEntry)]


def test_every_button_saves_all_that_is_typed(room: Workroom) -> None:
    report(room)
    with counsellor(room) as person:
        person.unlock()
        person.open_thread()
        person.press("/assign", text="A draft.", note="A note.", task="A task.", due="3")
        assert "This is your case now." in person.text
        shown = only_case(person)
        assert (drafts(shown), [one.text for one in shown.notes]) == (["A draft."], ["A note."])
        assert [(one.text, one.due_day) for one in shown.tasks] == [("A task.", room.day + 3)]
        assert shown.line.owner == LONE_SEAT.person_id.hex()
        person.press("/done", text="", note="Another.")
        shown = only_case(person)
        assert [one.text for one in shown.notes] == ["Another.", "A note."]
        assert shown.tasks[0].done_day == room.day
        person.press("/assign", note="Third.")
        assert only_case(person).line.owner == ""
        person.press("/go/end", text="One more draft.")
        assert 'id="close-form"' in person.markup
        assert drafts(only_case(person)) == ["A draft.", "One more draft."]


def test_a_draft_that_was_just_changed_is_read_before_it_is_approved(room: Workroom) -> None:
    report(room)
    with counsellor(room) as person:
        person.unlock()
        person.open_thread()
        person.send("reply-form", text="First.", language="en")
        draft = entries(person)[0].reply_id
        thread_id = only_case(person).conversations[0].summary.thread_id
        person.get(f"/en/thread/{thread_id}?edit={draft}")
        person.press('id="approve-form"', text="Second.")
        assert "The draft was changed just now." in person.text
        assert [(one.text, one.state) for one in entries(person)] == [("Second.", "draft")]
        person.get(f"/en/thread/{thread_id}?edit={draft}")
        person.press('id="approve-form"')
        assert [(one.text, one.state) for one in entries(person)] == [("Second.", "approved")]


def test_a_note_too_long_is_given_back(room: Workroom) -> None:
    report(room)
    with counsellor(room) as person:
        person.unlock()
        person.open_thread()
        person.send("reply-form", text="", note="x" * 20_001, language="en")
        assert person.page is not None
        assert person.page.status_code == 400
        assert "x" * 20_001 in person.markup
        assert only_case(person).notes == ()


def test_what_was_typed_survives_the_lock(room: Workroom) -> None:
    report(room)
    with counsellor(room) as person:
        person.unlock()
        person.open_thread()
        person.steady.now += IDLE_S + 1
        person.press("/assign", text="A draft.", note="A note.", task="A task.")
        assert 'id="unlock-form"' in person.markup
        person.send("unlock-form", passphrase=PASSPHRASE)
        assert "had locked itself before your text was saved" in person.text
        again = filled_in(person, "reply-form")
        assert (again["text"], again["note"], again["task"]) == ("A draft.", "A note.", "A task.")
        person.send("reply-form", **again)
        assert len(only_case(person).notes) == 1


def test_a_triage_survives_the_lock_an_old_form_and_a_missing_reason(room: Workroom) -> None:
    report(room)
    with counsellor(room) as person:
        person.unlock()
        case_id = only_case(person).line.case_id
        person.get(f"/en/case/{case_id}/triage")
        judged = filled_in(person, "triage-form", danger="now", safe_time="after six", code="PRX")
        person.steady.now += IDLE_S + 1
        person.send("triage-form", **judged)
        person.send("unlock-form", passphrase=PASSPHRASE)
        again = filled_in(person, "triage-form")
        assert (again["danger"], again["safe_time"]) == ("now", "after six")
        assert re.search(r'value="PRX" checked', person.markup)

        old = form(person.markup, 'id="triage-form"')
        person.send("lock-form")
        person.unlock()
        answer = person.submit(old, {**judged, "csrf_token": "stale"})
        assert answer.status_code == 400
        assert filled_in(person, "triage-form")["safe_time"] == "after six"

        person.send("triage-form", **{**filled_in(person, "triage-form"), "urgency": "P3"})
        assert "You chose another urgency than your answers give" in person.text
        chosen = filled_in(person, "triage-form")
        assert (chosen["urgency"], chosen["danger"]) == ("P3", "now")
        assert only_case(person).assessments == ()
        person.send("triage-form", **{**chosen, "remarks": "Long over.", "review": "14", "code": "PRX"})
        (made,) = only_case(person).assessments
        assert (made.urgency, made.reason, made.review_day - made.day) == ("P3", "judgement", 14)
        assert only_case(person).codes == ("PRX",)
        assert "Long over." in person.text


def test_a_triage_with_answers_that_there_are_not_is_refused(room: Workroom) -> None:
    report(room)
    with counsellor(room) as person:
        person.unlock()
        case_id = only_case(person).line.case_id
        person.get(f"/en/case/{case_id}/triage")
        for odd in ({"danger": ATTACK}, {"device": ""}, {"code": "QQQ"}, {"review": "9999"}):
            answer = person.send("triage-form", **filled_in(person, "triage-form", **odd))
            assert answer.status_code == 400
            assert "<script>" not in answer.text
            person.get(f"/en/case/{case_id}/triage")
        assert only_case(person).assessments == ()


def test_what_the_team_writes_stays_text(room: Workroom) -> None:
    report(room)
    with counsellor(room) as person:
        person.unlock()
        case_id = only_case(person).line.case_id
        person.open_thread()
        person.send("reply-form", text="", note=ATTACK, task=ATTACK, due="0")
        person.get(f"/en/case/{case_id}/triage")
        person.send("triage-form", **filled_in(person, "triage-form", remarks=ATTACK, safe_time=ATTACK))
        page = person.open_thread().text
        assert "<script>" not in page
        assert page.count(html.escape(ATTACK, quote=False)) == 4


def test_a_note_is_destroyed_when_that_was_ticked(room: Workroom) -> None:
    report(room)
    with counsellor(room) as person:
        person.unlock()
        person.open_thread()
        person.send("reply-form", text="", note="Gone.")
        (note,) = only_case(person).notes
        person.press("/destroy")
        assert "Tick the box beside the note first." in person.text
        person.press("/destroy", destroy_note=note.note_id)
        assert only_case(person).notes == ()


def test_cases_are_linked_merged_and_split(room: Workroom) -> None:
    report(room, text="First.")
    report(room, text="Second.")
    with counsellor(room) as person:
        person.unlock()
        one, two = (line.case_id for line in person.office.cases.inbox(LONE_SEAT).lines)
        person.get(f"/en/case/{one}/together")
        person.send("link-form", other=two, kind="same-event")
        assert "the same event" in person.text
        person.get(f"/en/case/{one}/together")
        person.submit(form(person.markup, 'class="unlink-form"'), {})
        assert "the same event" not in person.text
        person.get(f"/en/case/{one}/together")
        person.send("merge-form", other=two)
        assert "The two are one case now." in person.text
        assert person.text.index("First.") < person.text.index("Second.")
        merged = only_case(person)
        threads = [conversation.summary for conversation in merged.conversations]
        for thread in threads:
            person.get(f"/en/case/{one}?to={thread.thread_id}")
            assert f"Write an answer : {thread.alias}".replace(" :", ":") in person.text.replace(" :", ":")
            person.send("reply-form", text=f"To {thread.alias}.", language="en")
        assert [
            entry.text
            for thread in threads
            for entry in person.office.conversations.view(person.office.actor, thread.thread_id).entries
            if isinstance(entry, ReplyEntry)
        ] == [f"To {thread.alias}." for thread in threads]
        assert person.get(f"/en/case/{two}").status_code == 404
        assert person.get(f"/en/case/{one}?to={'00' * 16}").status_code == 404
        person.get(f"/en/case/{one}/together")
        person.submit(form(person.markup, 'class="split-form"'), {})
        assert "This is a case of its own now." in person.text
        assert person.office.cases.inbox(LONE_SEAT).total == 2
        person.get(f"/en/case/{one}/together")
        answer = person.send("merge-form", other=one)
        assert answer.status_code == 409
        assert "Nothing was changed" in person.text


def test_a_case_is_closed_opened_again_and_destroyed(room: Workroom) -> None:
    report(room, text="Forget me.")
    with counsellor(room) as person:
        person.unlock()
        case_id = only_case(person).line.case_id
        person.get(f"/en/case/{case_id}/end")
        assert person.send("close-form").status_code == 409
        person.get(f"/en/case/{case_id}/end")
        person.send("close-form", reason="done", none="nothing-asked")
        assert "to be destroyed from" in person.text
        assert 'id="reply-form"' not in person.markup
        assert "Forget me." in person.text
        person.get("/en/")
        assert 'id="no-threads"' in person.markup
        person.get("/nl/closed")
        assert "te vernietigen vanaf" in person.text
        person.get(f"/en/case/{case_id}/end")
        assert 'id="destroy-form"' not in person.markup
        person.send("reopen-form")
        assert 'id="reply-form"' in person.markup
        person.get(f"/en/case/{case_id}/end")
        person.send("close-form", reason="no-contact")
        room.clock.day += 180
        person.get(f"/en/case/{case_id}/end")
        person.send("destroy-form")
        assert "The case is destroyed" in person.text
        assert 'id="no-closed"' in person.markup
        for path in ("", "/triage", "/together", "/end"):
            assert person.get(f"/en/case/{case_id}{path}").status_code == 404
        person.office.renew_operating_key(ROOT_PASSPHRASE)


def test_a_colleagues_case_is_not_shown(room: Workroom) -> None:
    report(room, text="Mine alone.")
    with counsellor(room) as person:
        person.unlock()
        shown = only_case(person)
        case_id, thread_id = shown.line.case_id, shown.conversations[0].summary.thread_id
        person.get(f"/en/case/{case_id}")
        own = form(person.markup, 'id="reply-form"')
        colleague = random_id()
        with person.office._work() as (session, _):
            find(session, case_id).owner = colleague
        person.office.actor = Actor(random_id(), "birch", frozenset({Role.COUNSELLOR}))
        for path in ("", "/triage", "/together", "/end"):
            answer = person.get(f"/en/case/{case_id}{path}")
            assert answer.status_code == 403
            assert "Mine alone." not in answer.text
        assert person.get(f"/en/thread/{thread_id}").status_code == 403
        assert person.submit(own, {"text": "Not mine.", "language": "en"}).status_code == 403
        person.get("/en/")
        assert 'id="no-threads"' in person.markup
        person.office.actor = Actor(colleague, "rowan", frozenset({Role.COUNSELLOR}))
        assert "Mine alone." in person.get(f"/en/case/{case_id}").text
        assert drafts(person.office.cases.view(LONE_SEAT, case_id)) == []
