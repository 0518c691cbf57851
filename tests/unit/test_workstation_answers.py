"""Answers of the office: every change of state in the ledger, receipts, releases on fixed days, muting."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sluis.envelope import SCOPE, Kind, WithdrawScope
from sluis.errors import BadField
from sluis.keytree import SourceKeys
from tests.support.export_builder import new_source
from tests.support.workroom import Workroom, workroom
from workstation.casework import cases
from workstation.casework.answer_desk import UnfilledPlace
from workstation.casework.answer_templates import template
from workstation.casework.inbox import Standing, place
from workstation.casework.records import CaseLine
from workstation.casework.roles import LONE_SEAT as ME
from workstation.casework.roles import Actor, NotAllowed, Role
from workstation.errors import WrongState
from workstation.records import ReplyEntry
from workstation.release_desk import OutsideRhythm
from workstation.rhythm import WEEKDAYS, Rhythm, rhythm, weekday

MONDAY = 19_996  # 2024-09-30
assert weekday(MONDAY) == "mon"


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Workroom]:
    with workroom(tmp_path) as made:
        yield made


def somebody(role: Role, number: int = 7) -> Actor:
    return Actor(bytes([number]) * 16, role.value, frozenset({role}))


def wrote(room: Workroom, source: SourceKeys, text: str = "Hello.", **intake: str) -> None:
    report = room.server.report(source, text.encode(), room.day, intake=intake)
    room.take_in(room.export(report))


def case_of(room: Workroom, source: SourceKeys) -> str:
    return room.office.cases.of_thread(ME, source.thread.hex())


def line(room: Workroom, source: SourceKeys) -> CaseLine:
    case_id = case_of(room, source)
    return next(one for one in room.office.cases.inbox(ME).lines if one.case_id == case_id)


def told(room: Workroom, kind: str) -> list[dict[str, str]]:
    """The facts of the entries of this kind, oldest first."""
    found = room.office.ledger.page(ME, kind=kind).lines
    return [dict(one.entry.facts) for one in reversed(found)]


def answers(room: Workroom, source: SourceKeys) -> list[ReplyEntry]:
    view = room.office.conversations.view(ME, source.thread.hex())
    return [one for one in view.entries if isinstance(one, ReplyEntry)]


def release(room: Workroom, **how: bool) -> None:
    (made,) = room.office.releases.make(ME, **how)
    room.office.releases.write(ME, room.media)
    room.server.take(made.data)


def test_each_state_of_an_answer_has_its_day_and_its_line_in_the_ledger(room: Workroom) -> None:
    source = new_source()
    wrote(room, source)
    reply_id = room.answer("We have read it.", source.thread.hex())
    approved = room.day
    room.clock.day += 1
    release(room)
    assert (answers(room, source)[0].state, answers(room, source)[0].state_day) == ("exported", room.day)
    found = room.server.mailbox(source)
    assert [one.text for one in found] == ["We have read it."]
    read = room.server.report(source, b"Thank you.", room.day, read=(bytes.fromhex(reply_id),))
    room.take_in(room.export(read))
    assert answers(room, source)[0].state == "collected"
    assert answers(room, source)[0].state_day == room.day == approved + 2

    events = [one for one in room.office.cases.view(ME, case_of(room, source)).events if "answer" in one.kind]
    kinds = ["answer-approved", "answer-sealed", "answer-exported", "answer-collected"]
    assert [one.kind for one in reversed(events)] == kinds
    assert {one.facts["answer"] for one in events} == {reply_id}
    assert told(room, "answer-sealed")[0]["release"] == "2"
    assert told(room, "released")[-1] == {"release": "2", "outside": "no"}
    counts = {"expected": "1", "verified": "1", "incomplete": "0", "replayed": "0", "refused": "0"}
    assert told(room, "imported")[-1] == {"server": "north", "serial": "2", "damaged": "0", **counts}
    with pytest.raises(WrongState):
        room.office.answers.withdraw(ME, reply_id)


def test_an_answer_can_be_taken_back_until_it_was_read_and_a_withdrawal_takes_it(room: Workroom) -> None:
    source = new_source()
    wrote(room, source)
    first, second = (room.answer(text, source.thread.hex()) for text in ("One.", "Two."))
    room.office.answers.withdraw(ME, first)
    withdrawn = room.server.report(
        source, b"", room.day, kind=Kind.WITHDRAW, intake={SCOPE: WithdrawScope.ALL.value}
    )
    room.take_in(room.export(withdrawn))
    taken = told(room, "answer-withdrawn")
    assert taken == [{"answer": first}, {"answer": second, "by": "withdrawal"}]
    (confirmed,) = [one for one in told(room, "answer-approved") if "by" in one]
    assert confirmed["by"] == "withdrawal"
    assert [one.automatic for one in answers(room, source)] == ["", "", "withdrawal"]


def test_an_export_that_was_taken_in_before_is_no_new_entry(room: Workroom) -> None:
    path = room.export(room.server.report(new_source(), b"Hello.", room.day))
    for _ in range(2):
        room.take_in(path)
    assert len(told(room, "imported")) == 1


def test_a_place_of_a_template_must_be_filled_in(room: Workroom) -> None:
    source = new_source()
    wrote(room, source)
    chosen = template("refer", "en")
    assert chosen is not None
    reply_id = room.office.answers.draft(ME, source.thread.hex(), chosen.text, "en")
    with pytest.raises(UnfilledPlace):
        room.office.answers.approve(ME, reply_id)
    assert answers(room, source)[0].state == "draft"
    filled = chosen.text
    for name in chosen.places:
        filled = filled.replace(name, "Slachtofferhulp")
    room.office.answers.edit(ME, reply_id, filled, "en")
    room.office.answers.approve(ME, reply_id)


def test_receipts_are_off_at_first_and_a_supervisor_switches_them_on(room: Workroom) -> None:
    source = new_source()
    wrote(room, source)
    assert not room.office.rules.receipts()
    assert answers(room, source) == []
    with pytest.raises(NotAllowed):
        room.office.rules.set_receipts(somebody(Role.COUNSELLOR), True)
    room.office.rules.set_receipts(somebody(Role.SUPERVISOR), True)
    assert told(room, "rule-changed") == [{"rule": "receipts", "on": "yes"}]
    wrote(room, source, "Again.")
    assert answers(room, source) == []  # it is not new


def test_a_receipt_answers_the_first_message_in_the_language_that_was_asked_for(room: Workroom) -> None:
    room.office.rules.set_receipts(ME, True)
    turkish, dutch, tigrinya, gone = (new_source() for _ in range(4))
    report = room.server.report
    room.take_in(
        room.export(
            report(turkish, b"Hello.", room.day, intake={"language": "tr"}, language="en"),
            report(turkish, b"One more thing.", room.day, sequence=2),
            report(dutch, b"Hallo.", room.day, language="nl", intake={"language": "other"}),
            report(tigrinya, b"Hello.", room.day, language="ti"),
            report(gone, b"Hello.", room.day),
            report(gone, b"", room.day, kind=Kind.WITHDRAW, intake={SCOPE: WithdrawScope.ALL.value}),
        )
    )
    for source, language in ((turkish, "tr"), (dutch, "nl"), (tigrinya, "en")):
        (receipt,) = answers(room, source)
        expected = template("receipt", language)
        assert expected is not None
        assert (receipt.text, receipt.language) == (expected.text, language)
        assert (receipt.state, receipt.automatic) == ("approved", "receipt")
        assert line(room, source).waiting_reply  # nobody has answered yet
    assert [one.automatic for one in answers(room, gone)] == ["withdrawal"]
    wrote(room, turkish, "Are you there?")
    assert len(answers(room, turkish)) == 1
    release(room)
    assert [one.text for one in room.server.mailbox(turkish)] == [answers(room, turkish)[0].text]


def test_the_days_of_releases_are_worked_out() -> None:
    assert rhythm((), MONDAY, None) == Rhythm()
    fixed = ("mon", "thu")
    assert rhythm({"thu", "mon"}, MONDAY, None) == Rhythm(fixed, True, MONDAY + 3)
    assert rhythm(fixed, MONDAY, MONDAY) == Rhythm(fixed, False, MONDAY + 3)
    assert rhythm(fixed, MONDAY + 1, MONDAY) == Rhythm(fixed, False, MONDAY + 3)
    assert rhythm(fixed, MONDAY + 3, MONDAY) == Rhythm(fixed, True, MONDAY + 7)
    # Missed on Thursday: due until it is made, and then not before Monday.
    assert rhythm(fixed, MONDAY + 5, MONDAY).due
    assert rhythm(fixed, MONDAY + 5, MONDAY + 5) == Rhythm(fixed, False, MONDAY + 7)
    assert rhythm(("sun",), MONDAY, MONDAY - 1) == Rhythm(("sun",), False, MONDAY + 6)
    for day in range(MONDAY, MONDAY + 7):
        assert rhythm(WEEKDAYS, day, day - 1).due
        assert not rhythm(WEEKDAYS, day, day).due


def test_a_release_outside_the_fixed_days_is_made_only_when_somebody_says_so(room: Workroom) -> None:
    room.clock.day = MONDAY + 7
    supervisor = somebody(Role.SUPERVISOR)
    with pytest.raises(NotAllowed):
        room.office.rules.set_release_days(somebody(Role.COUNSELLOR), {"mon"})
    with pytest.raises(BadField):
        room.office.rules.set_release_days(supervisor, {"someday"})
    room.office.rules.set_release_days(supervisor, {"thu", "mon"})
    assert room.office.rules.release_days() == ("mon", "thu")
    assert told(room, "rule-changed") == [{"rule": "release-days", "days": "mon thu"}]
    assert room.office.releases.rhythm().due
    release(room)
    room.clock.day += 1
    before = room.office.info.newest_release
    with pytest.raises(OutsideRhythm):
        room.office.releases.make(ME)
    assert room.office.info.newest_release == before
    release(room, outside=True)
    room.clock.day += 2
    release(room)
    assert [one["outside"] for one in told(room, "released")[-3:]] == ["no", "yes", "no"]
    room.office.rules.set_release_days(supervisor, ())
    room.office.releases.make(ME)


def test_who_may_mute_and_what_it_changes(room: Workroom) -> None:
    loud, other = new_source(), new_source()
    wrote(room, loud)
    wrote(room, other)
    mine = case_of(room, loud)
    desk, owner = room.office.cases, somebody(Role.COUNSELLOR)
    with room.office._work() as (session, _):
        cases.find(session, mine).owner = owner.person_id
    for refused in (somebody(Role.COUNSELLOR, 8), somebody(Role.AUDITOR)):
        with pytest.raises(NotAllowed):
            desk.mute(refused, mine, "abuse")
    with pytest.raises(BadField):
        desk.mute(owner, mine, "dislike")
    desk.mute(owner, mine, "abuse")
    assert told(room, "muted") == [{"reason": "abuse"}]
    wrote(room, loud, "Once more.", danger="72h")
    muted = line(room, loud)
    assert (muted.muted, muted.unread, muted.waiting_reply, muted.messages) == (True, 0, False, 2)
    assert "muted" in desk.view(ME, mine).risks
    assert desk.inbox(ME).lines[-1].case_id == mine
    wrote(room, loud, "They are here.", danger="now")
    assert desk.inbox(ME).lines[0].case_id == mine
    assert all(one.verified_sets == 1 for one in room.office.imports.recent())
    desk.unmute(somebody(Role.SUPERVISOR), mine)
    assert line(room, loud).unread > 0
    assert told(room, "unmuted") == [{}]


def test_a_muted_case_gets_no_receipt_and_two_cases_stay_muted_only_when_both_were(room: Workroom) -> None:
    room.office.rules.set_receipts(ME, True)
    first, second = new_source(), new_source()
    wrote(room, first)
    wrote(room, second)
    desk = room.office.cases
    desk.mute(ME, case_of(room, first), "flood")
    desk.merge(ME, case_of(room, second), case_of(room, first))
    assert not line(room, first).muted
    desk.mute(ME, case_of(room, first), "flood")
    made = desk.split(ME, case_of(room, first), second.thread.hex())
    assert {one.muted for one in desk.inbox(ME).lines} == {True}
    assert made == case_of(room, second)


def test_a_muted_case_is_last_but_for_danger_now() -> None:
    quiet = Standing("P3", "", 9, 1, 1)
    loud = Standing("P0", "72h", 1, 1, 2, muted=True)
    assert place(loud) > place(quiet)
    assert place(Standing("P3", "now", 9, 1, 2, muted=True)) < place(quiet)
