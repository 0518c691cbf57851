"""Intake by phone: a codename drawn here leads to the same mailbox and the same case as one of the site."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from securedrop_config.lexicon import load_lexicon
from sluis.envelope import SCOPE, Kind, WithdrawScope
from sluis.errors import BadField
from sluis.keytree import SourceKeys, derive_root
from sluis.primitives import hkdf
from tests.support.export_builder import new_source
from tests.support.people import Seat, seat
from tests.support.workroom import CHEAP, ROOT_PASSPHRASE, Workroom, workroom
from workstation.casework.case_desk import CaseDesk
from workstation.casework.phone import Call
from workstation.casework.phone_desk import Conversation
from workstation.casework.phone_models import Told
from workstation.casework.records import CaseView
from workstation.casework.roles import LONE_SEAT, Actor, NotAllowed, Role
from workstation.casework.triage import Triage
from workstation.errors import UnknownItem, WrongState
from workstation.models import Base, Thread
from workstation.records import Message, ReplyEntry, ToldEntry

ME = LONE_SEAT
LEXICON = load_lexicon(("en", "nl"))
WORDS = "They wait for me in front of the school."
CALL = Call("phone", "tr", WORDS)
NOTHING = Triage()
RETENTION = 180


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Workroom]:
    with workroom(tmp_path) as made:
        yield made


def caller(room: Workroom, typed: str) -> SourceKeys:
    """What the site makes of a codename that was typed (source_interface/reception.py)."""
    return SourceKeys.from_root(derive_root(LEXICON.parse(typed), room.record.instance_id, CHEAP))


def begin(room: Workroom, codename: str, call: Call = CALL, triage: Triage = NOTHING) -> Conversation:
    return room.office.phone.begin(ME, call, codename, triage, CHEAP)


def view(room: Workroom, case_id: str) -> CaseView:
    return room.office.cases.view(ME, case_id)


def shown(room: Workroom, case_id: str) -> list[str]:
    entries = (one.entry for one in view(room, case_id).timeline)
    return [one.text for one in entries if isinstance(one, Message | ToldEntry | ReplyEntry)]


def kinds(room: Workroom, case_id: str) -> list[str]:
    return [one.kind for one in reversed(view(room, case_id).events)]


@pytest.mark.parametrize("language", ["nl", "en", "fa"])
def test_what_is_sent_with_the_codename_lands_in_the_case_and_answers_reach_it(
    room: Workroom, language: str
) -> None:
    codename = LEXICON.draw(language)
    call = begin(room, codename)
    room.answer("You were right to call.", call.thread_id)
    room.release()
    heard = f"  {codename.upper().replace(' ', ' - ')} "
    source = caller(room, heard)
    assert [one.text for one in room.server.mailbox(source)] == ["You were right to call."]
    room.take_in(room.export(room.server.report(source, b"Here I am.", room.day)))
    assert [one.thread_id for one in room.office.conversations.all(room.office.actor)] == [call.thread_id]
    assert shown(room, call.case_id) == [WORDS, "You were right to call.", "Here I am."]
    room.answer("Good that you found it.", call.thread_id)
    room.release()
    assert "Good that you found it." in [one.text for one in room.server.mailbox(source)]


def test_what_was_told_is_never_what_a_source_signed(room: Workroom) -> None:
    call = begin(room, LEXICON.draw("en"), triage=Triage(danger="72h", device="shared"))
    found = view(room, call.case_id)
    (entry,) = (one.entry for one in found.timeline)
    assert isinstance(entry, ToldEntry)
    assert (entry.how, entry.language, entry.text, entry.day) == ("phone", "tr", WORDS, room.day)
    assert (found.marks.integrity, found.marks.continuity) == ("told", "handed over")
    assert (found.line.urgency, found.line.language, found.careful) == ("P1", "tr", True)
    assert (found.line.unread, found.line.waiting_reply, found.line.messages) == (0, False, 0)
    assert kinds(room, call.case_id) == ["opened", "codename-drawn", "told", "assessed"]


def test_the_first_message_names_the_call_and_only_that(room: Workroom) -> None:
    codename = LEXICON.draw("en")
    call = begin(room, codename)
    source = caller(room, codename)
    for text in (b"One.", b"Two."):
        room.take_in(room.export(room.server.report(source, text, room.day)))
    entries = [one.entry for one in view(room, call.case_id).timeline]
    messages = [one for one in entries if isinstance(one, Message)]
    assert [one.continuity for one in messages] == ["handed over", "same codename"]
    assert {one.integrity for one in messages} == {"verified"}
    assert view(room, call.case_id).marks.continuity == "same codename"


def test_no_word_of_the_codename_is_kept(room: Workroom) -> None:
    codename = LEXICON.draw("en")
    begin(room, codename)
    root = derive_root(codename, room.record.instance_id, CHEAP)
    keys = SourceKeys.from_root(root)
    with room.office._work() as (session, _):
        rows = [row for table in Base.metadata.sorted_tables for row in session.execute(select(table))]
    kept = b"\n".join(one if isinstance(one, bytes) else str(one).encode() for row in rows for one in row)
    assert keys.thread in kept
    assert keys.reply.public in kept
    for secret in (root, hkdf(root, "sign"), hkdf(root, "reply"), codename.encode(), WORDS.encode()):
        assert secret not in kept


def test_a_second_call_stands_where_it_belongs(room: Workroom) -> None:
    codename = LEXICON.draw("nl")
    call = begin(room, codename)
    room.clock.day += 1
    room.answer("Answered.", call.thread_id)
    room.clock.day += 1
    desk = room.office.phone
    desk.tell(ME, call.case_id, call.thread_id, Call("in-person", "nl", "She came by."))
    room.take_in(room.export(room.server.report(caller(room, codename), b"Written.", room.day)))
    desk.tell(ME, call.case_id, call.thread_id, Call("phone", "nl", "And called again."))
    assert shown(room, call.case_id) == [WORDS, "Answered.", "She came by.", "Written.", "And called again."]
    (line,) = room.office.cases.inbox(ME).lines
    assert line.last_day == room.day


def test_what_is_missing_is_refused_before_anything_is_made(room: Workroom) -> None:
    for call in (Call("letter", "nl", "x"), Call("phone", "xx", "x"), Call("phone", "nl", " \n")):
        with pytest.raises(BadField):
            begin(room, LEXICON.draw("nl"), call)
    with pytest.raises(BadField):
        begin(room, LEXICON.draw("nl"), triage=Triage(danger="perhaps"))
    assert room.office.cases.inbox(ME).lines == ()


def test_a_new_codename_takes_the_place_of_one_that_nobody_used(room: Workroom) -> None:
    lost, drawn = LEXICON.draw("en"), LEXICON.draw("nl")
    call = begin(room, lost)
    room.answer("On its way already.", call.thread_id)
    room.release()
    now = room.office.phone.draw_again(ME, call.case_id, call.thread_id, drawn, CHEAP)
    assert now.case_id == call.case_id
    with pytest.raises(UnknownItem):
        room.office.conversations.view(room.office.actor, call.thread_id)
    room.release()
    assert room.server.mailbox(caller(room, lost)) == []
    assert [one.text for one in room.server.mailbox(caller(room, drawn))] == ["On its way already."]
    room.take_in(room.export(room.server.report(caller(room, drawn), b"Mine.", room.day)))
    assert len(room.office.conversations.all(room.office.actor)) == 1
    assert WORDS in shown(room, call.case_id)
    room.take_in(room.export(room.server.report(caller(room, lost), b"Somebody else's.", room.day)))
    assert len(room.office.conversations.all(room.office.actor)) == 2
    assert "Somebody else's." not in shown(room, call.case_id)


def test_whoever_lost_a_codename_that_was_used_reads_nothing_of_before(room: Workroom) -> None:
    source, drawn = new_source(), LEXICON.draw("en")
    room.take_in(room.export(room.server.report(source, b"Hello.", room.day)))
    (before,) = room.office.conversations.all(room.office.actor)
    case_id = room.office.cases.of_thread(ME, before.thread_id)
    room.answer("For you alone.", before.thread_id)
    now = room.office.phone.draw_again(ME, case_id, before.thread_id, drawn, CHEAP)
    assert now.thread_id != before.thread_id
    room.answer("To whoever called.", now.thread_id)
    room.release()
    assert [one.text for one in room.server.mailbox(caller(room, drawn))] == ["To whoever called."]
    assert [one.text for one in room.server.mailbox(source)] == ["For you alone."]
    assert len(view(room, case_id).conversations) == 2


def test_a_withdrawal_takes_what_was_told_until_its_day(room: Workroom) -> None:
    codename = LEXICON.draw("en")
    call = begin(room, codename)
    source = caller(room, codename)
    withdraw = room.server.report(
        source, b"", room.day, kind=Kind.WITHDRAW, intake={SCOPE: WithdrawScope.ALL.value}
    )
    export = room.export(withdraw)
    room.office.phone.tell(ME, call.case_id, call.thread_id, Call("phone", "nl", "After it."))
    taken = room.take_in(export)
    assert (taken.withdrawals, taken.withdrawn) == (1, 1)
    (summary,) = room.office.conversations.all(room.office.actor)
    assert summary.destroyed_texts == 1
    assert WORDS not in shown(room, call.case_id)
    assert "After it." in shown(room, call.case_id)
    assert view(room, call.case_id).line.language == "nl"
    assert any("1 text" in one for one in shown(room, call.case_id))  # the confirmation counts it
    with room.office._work() as (session, _):
        assert sorted(bool(one.sealed_text) for one in session.scalars(select(Told))) == [False, True]


def test_merged_split_and_destroyed_with_the_case(room: Workroom) -> None:
    call, other = (
        begin(room, LEXICON.draw("en")),
        begin(room, LEXICON.draw("en"), Call("phone", "nl", "Me too.")),
    )
    desk: CaseDesk = room.office.cases
    desk.merge(ME, other.case_id, call.case_id)
    assert sorted(shown(room, other.case_id)) == ["Me too.", WORDS]
    back = desk.split(ME, other.case_id, call.thread_id)
    assert shown(room, back) == [WORDS]
    assert shown(room, other.case_id) == ["Me too."]
    desk.close(ME, back, "test")
    with pytest.raises(WrongState):
        room.office.phone.tell(ME, back, call.thread_id, CALL)
    with pytest.raises(WrongState):
        room.office.phone.draw_again(ME, back, call.thread_id, LEXICON.draw("en"), CHEAP)
    room.clock.day += RETENTION
    room.office.renew_operating_key(ROOT_PASSPHRASE)
    desk.destroy(ME, back)
    with room.office._work() as (session, _):
        (left,) = session.scalars(select(Told))
        assert session.get_one(Thread, left.thread_pk).thread.hex() == other.thread_id


def test_the_words_are_found_and_no_longer_once_they_are_gone(room: Workroom) -> None:
    call = begin(room, LEXICON.draw("en"))
    (place,) = room.office.search.find(ME, "school").places
    assert (place.case_id, place.anchor[:5]) == (call.case_id, "told-")
    room.office.cases.close(ME, call.case_id, "test")
    room.clock.day += RETENTION
    room.office.cases.destroy(ME, call.case_id)
    assert room.office.search.find(ME, "school").places == ()


def test_who_takes_a_call_has_the_case_and_who_works_on_none_takes_none(tmp_path: Path) -> None:
    with seat(tmp_path) as room:
        room.enter("birch", Role.CUSTODIAN)
        willow, rowan = room.enter("willow", Role.COUNSELLOR), room.enter("rowan", Role.COUNSELLOR)
        office = room.sign_in("willow")
        call = office.phone.begin(office.actor, CALL, LEXICON.draw("en"), NOTHING, CHEAP)
        assert office.cases.view(office.actor, call.case_id).line.owner == willow.person_id
        others = _acting(room, rowan.person_id, Role.COUNSELLOR)
        for role in (Role.CUSTODIAN, Role.COURIER, Role.AUDITOR, Role.INTERPRETER, Role.ANALYST):
            with pytest.raises(NotAllowed):
                office.phone.begin(
                    _acting(room, rowan.person_id, role), CALL, LEXICON.draw("en"), NOTHING, CHEAP
                )
        with pytest.raises(NotAllowed):
            office.phone.tell(others, call.case_id, call.thread_id, CALL)
        with pytest.raises(NotAllowed):
            office.phone.draw_again(others, call.case_id, call.thread_id, LEXICON.draw("en"), CHEAP)


def _acting(room: Seat, person_id: str, role: Role) -> Actor:
    return Actor(bytes.fromhex(person_id), "somebody", frozenset({role}))
