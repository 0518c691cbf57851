"""Who gets a case: by language, skill and load; never somebody who is kept away."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sluis.envelope import Kind
from sluis.errors import BadField
from tests.support.export_builder import new_source
from tests.support.people import Seat, seat
from workstation.casework.assignment import KeptAway, NotAssignable, Suggestion
from workstation.casework.ledger import entries, verify
from workstation.casework.people import OwnAccess
from workstation.casework.people_models import NeverAssign
from workstation.casework.roles import LONE_SEAT, NotAllowed, Role
from workstation.errors import UnknownItem, WrongState
from workstation.models import Thread
from workstation.office import Office
from workstation.records import LooseFile


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Seat]:
    with seat(tmp_path) as made:
        made.enter("birch", Role.CUSTODIAN)
        made.enter("willow", Role.COUNSELLOR, languages=frozenset({"tr"}), skills=frozenset({"law"}))
        made.enter("elm", Role.COUNSELLOR, languages=frozenset({"en"}), skills=frozenset({"children"}))
        made.enter("hazel", Role.COUNSELLOR, languages=frozenset({"en"}))
        made.enter("rowan", Role.SUPERVISOR)
        reports = [made.server.report(new_source(), text, made.day) for text in (b"One.", b"Two.")]
        made.take_in(made.export(*reports))
        yield made


def case_ids(room: Seat) -> list[str]:
    with room.office._work() as (session, _):
        return [one.of_case.case_id.hex() for one in session.query(Thread).order_by(Thread.id)]


def supervisor(room: Seat) -> Office:
    room.now += 60
    return room.sign_in("rowan")


def desks(found: tuple[Suggestion, ...]) -> list[str]:
    return [one.desk for one in found]


def test_language_comes_first_then_skill_then_load(room: Seat) -> None:
    office = supervisor(room)
    first, second = case_ids(room)
    suggest, me = office.assignment.suggest, office.actor
    assert desks(suggest(me, first)) == ["elm", "hazel", "rowan", "willow"]
    assert desks(suggest(me, first, {"law"})) == ["elm", "hazel", "willow", "rowan"]
    office.cases.assign(me, second, room.insiders["elm"].person_id)
    found = suggest(me, first)
    assert desks(found) == ["hazel", "elm", "rowan", "willow"]
    assert (found[1].speaks, found[1].open_cases) == (True, 1)
    (best, *_) = suggest(me, first, {"children"})
    assert (best.desk, best.skills) == ("elm", ("children",))


def test_nobody_without_work_on_cases_gets_one(room: Seat) -> None:
    office = supervisor(room)
    case_id = case_ids(room)[0]
    with pytest.raises(NotAssignable):
        office.cases.assign(office.actor, case_id, room.insiders["birch"].person_id)
    with pytest.raises(UnknownItem):
        office.cases.assign(office.actor, case_id, "ab" * 16)


def test_only_a_supervisor_gives_cases_to_others(room: Seat) -> None:
    case_id = case_ids(room)[0]
    office = room.sign_in("willow")
    with pytest.raises(NotAllowed):
        office.assignment.suggest(office.actor, case_id)
    with pytest.raises(NotAllowed):
        office.cases.assign(office.actor, case_id, room.insiders["elm"].person_id)
    office.cases.assign(office.actor, case_id, room.insiders["willow"].person_id)


def test_who_is_kept_away_neither_gets_nor_reads_it(room: Seat) -> None:
    first, second = case_ids(room)
    willow = room.insiders["willow"].person_id
    office = supervisor(room)
    office.cases.assign(office.actor, first, willow)
    office.assignment.keep_away(office.actor, first, willow, "same-community")
    office.assignment.keep_away(office.actor, first, willow, "same-community")
    assert "willow" not in desks(office.assignment.suggest(office.actor, first))
    with pytest.raises(KeptAway):
        office.cases.assign(office.actor, first, willow)
    (away,) = office.assignment.kept_away(office.actor, first)
    assert (away.desk, away.reason) == ("willow", "same-community")
    theirs = room.sign_in("willow")
    with pytest.raises(NotAllowed):
        theirs.assignment.kept_away(theirs.actor, first)
    with pytest.raises(NotAllowed):
        theirs.cases.assign(theirs.actor, first, willow)
    theirs.cases.assign(theirs.actor, second, willow)
    office = supervisor(room)
    office.assignment.allow_again(office.actor, first, willow)
    office.cases.assign(office.actor, first, willow)


def test_anybody_says_so_of_themselves_and_does_not_take_it_back(room: Seat) -> None:
    case_id = case_ids(room)[0]
    office = room.sign_in("willow")
    with pytest.raises(NotAllowed):
        office.assignment.keep_away(office.actor, case_id, room.insiders["elm"].person_id, "own-wish")
    with pytest.raises(BadField):
        office.assignment.keep_away(office.actor, case_id, office.actor.person_id.hex(), "a long story")
    office.assignment.keep_away(office.actor, case_id, office.actor.person_id.hex(), "own-wish")
    with pytest.raises(NotAllowed):
        office.assignment.allow_again(office.actor, case_id, office.actor.person_id.hex())
    office = supervisor(room)
    me = office.actor.person_id.hex()
    with pytest.raises(OwnAccess):
        office.assignment.allow_again(office.actor, case_id, me)


def test_the_cases_of_somebody_who_leaves_are_nobodys(room: Seat) -> None:
    first, second = case_ids(room)
    willow = room.insiders["willow"].person_id
    office = supervisor(room)
    office.cases.assign(office.actor, first, willow)
    office.assignment.keep_away(office.actor, second, willow, "own-wish")
    office = room.sign_in("birch")
    office.people.deactivate(office.actor, willow)
    with office._work() as (session, _):
        owners = {one.of_case.owner for one in session.query(Thread)}
        assert session.query(NeverAssign).count() == 0
        told = entries(session)
        assert verify(session).broken == 0
    assert owners == {None}
    assert [(one.kind, dict(one.facts)) for one in told[:2]] == [
        ("assigned", {"to": ""}),
        ("person-left", {}),
    ]


def test_whoever_is_kept_away_stays_away_after_a_merge_and_a_split(room: Seat) -> None:
    from workstation.casework import assignment, cases, merging

    first, second = case_ids(room)
    hazel = room.insiders["hazel"].person_id
    office = supervisor(room)
    office.assignment.keep_away(office.actor, second, hazel, "knows-the-reporter")
    with office._work() as (session, _):
        one, two = (cases.find(session, case_id) for case_id in (first, second))
        merging.merge(session, room.day, office.actor, one, two)
        assert [away.desk for away in assignment.kept_away(session, one)] == ["hazel"]
        assert assignment.kept_away(session, two) == ()
        made = merging.split(session, room.day, office.actor, one, one.threads[0])
        assert [away.desk for away in assignment.kept_away(session, made)] == ["hazel"]
        assignment.forget(session, made)
        assert assignment.kept_away(session, made) == ()


def test_a_lone_seat_takes_a_case_itself(tmp_path: Path) -> None:
    with seat(tmp_path) as room:
        room.take_in(room.export(room.server.report(new_source(), b"One.", room.day)))
        (case_id,) = case_ids(room)
        room.office.cases.assign(LONE_SEAT, case_id, LONE_SEAT.person_id.hex())
        assert room.office.assignment.suggest(LONE_SEAT, case_id) == ()


def test_the_lists_leave_out_what_somebody_is_kept_away_from(room: Seat) -> None:
    first, second = case_ids(room)
    office = supervisor(room)
    office.assignment.keep_away(office.actor, first, room.insiders["willow"].person_id, "own-wish")
    assert {one.case_id for one in office.cases.inbox(office.actor).lines} == {first, second}
    office.assignment.keep_away(office.actor, first, office.actor.person_id.hex(), "own-wish")
    assert {one.case_id for one in office.cases.inbox(office.actor).lines} == {second}
    office = room.sign_in("willow")
    assert {one.case_id for one in office.cases.inbox(office.actor).lines} == {second}


def test_a_conversation_is_read_and_answered_by_whoever_has_its_case(room: Seat) -> None:
    """Whatever asks, pages or terminal: the office itself refuses."""
    source = new_source()
    photo = room.server.report(source, b"photo", room.day, kind=Kind.FILE, file_name="photo.jpg")
    office = supervisor(room)
    room.take_in(room.export(room.server.report(source, b"Three.", room.day), photo))
    case_id = case_ids(room)[-1]
    (thread_id,) = (one.thread_id for one in office.cases.view(office.actor, case_id).line.threads)
    (file_id,) = (
        one.file.file_id
        for one in office.conversations.view(office.actor, thread_id).entries
        if isinstance(one, LooseFile)
    )
    reply = office.answers.draft(office.actor, thread_id, "Are you safe?", "en")
    office.cases.assign(office.actor, case_id, room.insiders["elm"].person_id)
    office = room.sign_in("willow")
    assert thread_id not in [one.thread_id for one in office.conversations.all(office.actor)]
    for refused in (
        lambda: office.conversations.view(office.actor, thread_id),
        lambda: office.conversations.mark_read(office.actor, thread_id),
        lambda: office.conversations.file_info(office.actor, file_id),
        lambda: office.conversations.file_chunks(office.actor, file_id),
        lambda: office.answers.draft(office.actor, thread_id, "Hello.", "en"),
        lambda: office.answers.edit(office.actor, reply, "Hello.", "en"),
        lambda: office.answers.approve(office.actor, reply),
        lambda: office.answers.withdraw(office.actor, reply),
    ):
        with pytest.raises(NotAllowed):
            refused()
    room.now += 60
    office = room.sign_in("elm")
    assert office.conversations.view(office.actor, thread_id).summary.thread_id == thread_id
    office.answers.approve(office.actor, reply)
    office.cases.close(office.actor, case_id, "done", "nothing-asked")
    with pytest.raises(WrongState):
        office.answers.draft(office.actor, thread_id, "One more thing.", "en")
    office.answers.withdraw(office.actor, reply)
