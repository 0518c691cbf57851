"""Cases: made by an import, judged, noted, merged, closed and destroyed; who may; and a cut in the middle."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from sluis.envelope import Kind
from sluis.errors import BadField
from sluis.keytree import SourceKeys
from sluis.primitives import random_id
from tests.support.export_builder import envelope, gpg_encrypt, new_source
from tests.support.workroom import ROOT_PASSPHRASE, Workroom, workroom
from workstation.casework import cases, destruction, ledger, merging
from workstation.casework.answer_desk import DetailUnchecked
from workstation.casework.destruction import NotDue
from workstation.casework.models import Assessment, Case, CaseCode, CaseLink, Note, Task
from workstation.casework.people import NewPerson
from workstation.casework.records import CaseView
from workstation.casework.roles import LONE_SEAT, Actor, NotAllowed, Role
from workstation.casework.triage import Triage
from workstation.errors import UnknownItem, WrongState
from workstation.models import Envelope, Reply
from workstation.records import Message

ME = LONE_SEAT
RETENTION = 180


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Workroom]:
    with workroom(tmp_path) as made:
        yield made


def report(room: Workroom, *sources: SourceKeys, text: str = "Hello.", **intake: str) -> None:
    sent = [room.server.report(one, text.encode(), room.day, intake=intake) for one in sources]
    room.take_in(room.export(*sent))


def ids(room: Workroom) -> list[str]:
    return [one.case_id for one in room.office.cases.inbox(ME).lines]


def view(room: Workroom, case_id: str) -> CaseView:
    return room.office.cases.view(ME, case_id)


def texts(room: Workroom, case_id: str) -> list[str]:
    entries = [one.entry for one in view(room, case_id).timeline]
    return [one.text for one in entries if isinstance(one, Message)]


def kinds(room: Workroom, case_id: str) -> list[str]:
    return [one.kind for one in reversed(view(room, case_id).events)]


def closed_long_ago(room: Workroom, case_id: str) -> None:
    room.office.cases.close(ME, case_id, "done", "nothing-asked")
    room.clock.day += RETENTION
    room.office.renew_operating_key(ROOT_PASSPHRASE)


def test_an_import_makes_one_case_for_each_new_source(room: Workroom) -> None:
    one, other = new_source(), new_source()
    report(room, one, other)
    assert len(ids(room)) == 2
    report(room, one, text="Again.")
    assert len(ids(room)) == 2
    (mine,) = [one_ for one_ in room.office.cases.inbox(ME).lines if one_.messages == 2]
    assert texts(room, mine.case_id) == ["Hello.", "Again."]
    assert kinds(room, mine.case_id) == ["opened"]
    assert (mine.urgency, mine.owner, mine.state, mine.alias) == ("", "", "open", mine.threads[0].alias)


def test_the_most_urgent_comes_first(room: Workroom) -> None:
    quiet, afraid, calm = new_source(), new_source(), new_source()
    report(room, quiet)
    report(room, afraid, danger="now")
    report(room, calm)
    first, second, third = ids(room)
    assert view(room, first).risks == ("reported-now",)
    room.office.cases.assess(ME, third, Triage(danger="now"))
    assert ids(room) == [third, first, second]
    room.office.cases.assess(ME, first, Triage(danger="none"))
    assert ids(room) == [third, second, first]
    report(room, afraid, danger="72h")
    assert ids(room) == [third, first, second]


def test_an_assessment_stays_when_there_is_a_newer_one(room: Workroom) -> None:
    report(room, new_source(), device="watched")
    (case_id,) = ids(room)
    desk = room.office.cases
    assert view(room, case_id).triage == Triage(device="suspected")
    desk.assess(ME, case_id, Triage(danger="now", remarks="قالت أمي", corroboration="partly"))
    desk.assess(ME, case_id, Triage(danger="weeks", device="safe", remarks="Better."), "", 2)
    newest, first = view(room, case_id).assessments
    assert (newest.urgency, first.urgency) == ("P2", "P0")
    assert first.triage.remarks == "قالت أمي"
    assert newest.review_day == room.day + 2
    assert view(room, case_id).marks.corroboration == "unknown"
    assert kinds(room, case_id) == ["opened", "assessed", "assessed"]
    with pytest.raises(BadField):
        desk.assess(ME, case_id, Triage(danger="perhaps"))
    assert len(view(room, case_id).assessments) == 2


def test_whether_others_may_read_along_is_what_was_said_last(room: Workroom) -> None:
    source = new_source()
    report(room, source, device="watched")
    (case_id,) = ids(room)
    assert view(room, case_id).careful
    room.office.cases.assess(ME, case_id, Triage(device="safe"))
    assert not view(room, case_id).careful
    report(room, source, reading="no")
    assert view(room, case_id).careful
    assert "device" in view(room, case_id).risks
    reply = room.office.answers.draft(
        room.office.actor, view(room, case_id).conversations[0].summary.thread_id, "Yes.", "en"
    )
    with pytest.raises(DetailUnchecked):
        room.office.answers.approve(ME, reply)
    room.office.answers.approve(ME, reply, no_detail=True)


def test_notes_tasks_and_codes(room: Workroom) -> None:
    report(room, new_source())
    (case_id,) = ids(room)
    desk = room.office.cases
    desk.add_note(ME, case_id, "She called from a shop.")
    desk.add_note(ME, case_id, "To be destroyed.")
    desk.add_task(ME, case_id, "Ask for the number plate.", 3)
    desk.add_task(ME, case_id, "Ask Anna.", 0)
    desk.set_codes(ME, case_id, frozenset({"SUR", "PRX"}))
    desk.set_codes(ME, case_id, frozenset({"SUR", "INT"}))
    shown = view(room, case_id)
    assert [one.text for one in shown.notes] == ["To be destroyed.", "She called from a shop."]
    assert [(one.text, one.due_day - room.day) for one in shown.tasks] == [
        ("Ask Anna.", 0),
        ("Ask for the number plate.", 3),
    ]
    assert shown.codes == ("INT", "SUR")
    desk.finish_task(ME, case_id, shown.tasks[0].task_id)
    assert [one.done_day for one in view(room, case_id).tasks] == [None, room.day]
    with pytest.raises(WrongState):
        desk.finish_task(ME, case_id, shown.tasks[0].task_id)
    desk.remove_note(ME, case_id, shown.notes[0].note_id)
    assert [one.text for one in view(room, case_id).notes] == ["She called from a shop."]
    for refused in (
        lambda: desk.add_note(ME, case_id, " \n"),
        lambda: desk.add_note(ME, case_id, "x" * 20_001),
        lambda: desk.add_task(ME, case_id, "Too late.", -1),
        lambda: desk.set_codes(ME, case_id, frozenset({"QQQ"})),
    ):
        with pytest.raises(BadField):
            refused()
    with pytest.raises(UnknownItem):
        desk.remove_note(ME, case_id, "00" * 16)


def test_the_ledger_holds_no_word_and_is_whole(room: Workroom) -> None:
    report(room, new_source(), text="a secret of mine")
    (case_id,) = ids(room)
    room.office.cases.assess(ME, case_id, Triage(remarks="a remark of mine"))
    room.office.cases.add_note(ME, case_id, "a note of mine")
    with room.office._work() as (session, _):
        assert ledger.verify(session).broken == 0
        assert "of mine" not in repr(ledger.entries(session))
        assessed = next(one for one in ledger.entries(session) if one.kind == "assessed")
    assert dict(assessed.facts) == {"urgency": "P2", "reason": "danger-unclear", "review": str(room.day + 7)}
    assert len(assessed.commitment) == 32


def test_two_cases_become_one_and_two_again(room: Workroom) -> None:
    one, other = new_source(), new_source()
    report(room, one, text="First.")
    report(room, other, text="Second.", danger="now")
    urgent, calm = ids(room)
    desk = room.office.cases
    desk.assess(ME, urgent, Triage(danger="now"))
    desk.assess(ME, calm, Triage(danger="none"))
    desk.add_note(ME, urgent, "Noted there.")
    desk.set_codes(ME, urgent, frozenset({"INT"}))
    desk.merge(ME, calm, urgent)
    assert ids(room) == [calm]
    assert texts(room, calm) == ["First.", "Second."]
    merged = view(room, calm)
    assert (merged.line.urgency, merged.line.reason) == ("P0", "danger-now")
    assert merged.line.review_day == room.day
    assert (merged.notes[0].text, merged.codes) == ("Noted there.", ("INT",))
    with pytest.raises(UnknownItem):
        view(room, urgent)
    with pytest.raises(BadField):
        desk.merge(ME, calm, calm)
    report(room, other, text="Third.")
    assert texts(room, calm) == ["First.", "Second.", "Third."]

    gone = merged.conversations[1].summary
    made = desk.split(ME, calm, gone.thread_id)
    assert (texts(room, calm), texts(room, made)) == (["First."], ["Second.", "Third."])
    assert view(room, made).line.alias == gone.alias
    assert (view(room, made).line.urgency, view(room, made).notes) == ("P0", ())
    assert [link.kind for link in view(room, made).links] == ["split"]
    with pytest.raises(BadField):
        desk.split(ME, made, gone.thread_id)
    assert room.office.conversations.view(room.office.actor, gone.thread_id).entries


def test_links_lead_both_ways_and_follow_a_merge(room: Workroom) -> None:
    report(room, new_source(), new_source(), new_source())
    one, two, three = ids(room)
    desk = room.office.cases
    desk.link(ME, one, two, "same-event")
    desk.link(ME, two, one, "same-people")
    assert [(link.case_id, link.kind) for link in view(room, two).links] == [(one, "same-people")]
    desk.merge(ME, three, two)
    assert [(link.case_id, link.kind) for link in view(room, one).links] == [(three, "same-people")]
    desk.unlink(ME, three, one)
    assert view(room, one).links == view(room, three).links == ()
    for other, kind in ((one, "same-event"), (three, "a feeling")):
        with pytest.raises(BadField):
            desk.link(ME, one, other, kind)


def test_a_case_is_closed_with_a_reason_and_opened_again(room: Workroom) -> None:
    source = new_source()
    report(room, source)
    (case_id,) = ids(room)
    desk = room.office.cases
    with pytest.raises(BadField):
        desk.close(ME, case_id, "")
    desk.close(ME, case_id, "no-contact")
    (line,) = desk.closed(ME).lines
    assert (line.closed_day, line.destroy_day) == (room.day, room.day + RETENTION)
    with pytest.raises(WrongState):
        desk.add_note(ME, case_id, "Too late.")
    desk.reopen(ME, case_id)
    assert ids(room) == [case_id]
    desk.close(ME, case_id, "no-contact")
    report(room, source, text="I am back.")
    assert ids(room) == [case_id]
    assert view(room, case_id).line.destroy_day is None
    with pytest.raises(WrongState):
        desk.reopen(ME, case_id)


def test_nothing_is_destroyed_before_its_day(room: Workroom) -> None:
    report(room, new_source())
    (case_id,) = ids(room)
    desk = room.office.cases
    with pytest.raises(NotDue):
        desk.destroy(ME, case_id)
    desk.close(ME, case_id, "done", "nothing-asked")
    room.clock.day += RETENTION - 1
    assert desk.due_for_destruction(ME) == ()
    with pytest.raises(NotDue):
        desk.destroy(ME, case_id)
    room.clock.day += 1
    assert [one.case_id for one in desk.due_for_destruction(ME)] == [case_id]
    desk.destroy(ME, case_id)
    assert desk.closed(ME).total == 0


def test_of_a_destroyed_case_only_what_recognises_a_replay_is_left(room: Workroom) -> None:
    source, parent = new_source(), random_id()
    sent = room.server.report
    first = room.export(
        sent(source, b"Hello.", room.day, message_id=parent),
        sent(source, b"photo", room.day, kind=Kind.FILE, parent=parent, file_name="a.jpg"),
    )
    room.take_in(first)
    (case_id,) = ids(room)
    thread_id = view(room, case_id).conversations[0].summary.thread_id
    reply = room.answer("We are here.", thread_id)
    desk = room.office.cases
    desk.assess(ME, case_id, Triage(remarks="x"))
    desk.add_note(ME, case_id, "x")
    desk.add_task(ME, case_id, "x", 1)
    desk.set_codes(ME, case_id, frozenset({"PHY"}))
    closed_long_ago(room, case_id)
    desk.destroy(ME, case_id)
    with room.office._work() as (session, _):
        case = cases.find(session, case_id)
        assert (case.key, case.state, case.owner, case.urgency) == (None, "destroyed", None, "")
        assert all(
            not session.scalars(select(one)).all() for one in (Assessment, Note, Task, CaseCode, CaseLink)
        )
        for row in session.scalars(select(Envelope)):
            sealed = (row.sealed_text, row.sealed_intake, row.sealed_file_name, row.sealed_vault_key)
            assert not any((*sealed, row.language, row.size, row.sha256, row.file_id, row.vault_name))
            assert len(row.content_hash) == 32
        gone = session.scalars(select(Reply)).one()
        assert (gone.reply_id.hex(), gone.state, gone.sealed_text) == (reply, "withdrawn", b"")
        assert ledger.entries(session)[0].kind == "destroyed"
    assert list((room.folder / "vault").iterdir()) == []
    assert room.office.conversations.all(room.office.actor) == ()
    for refused in (
        lambda: room.office.conversations.view(room.office.actor, thread_id),
        lambda: view(room, case_id),
        lambda: room.office.answers.draft(room.office.actor, thread_id, "Late.", "en"),
    ):
        with pytest.raises(UnknownItem):
            refused()
    room.release()

    again = room.take_in(room.export(sent(source, b"Hello.", room.day), sent(source, b"?", room.day)))
    assert again.verified_sets == 2
    (new,) = ids(room)
    assert new != case_id
    assert sorted(texts(room, new)) == ["?", "Hello."]
    assert len(view(room, new).timeline) == 2
    assert room.office.conversations.all(room.office.actor)[0].messages == 2


def test_a_late_copy_of_a_destroyed_message_is_a_replay(room: Workroom) -> None:
    source = new_source()
    plain = envelope(source, room.record.instance_id, b"Hello.", day=room.day)

    def sent() -> Path:
        stream = gpg_encrypt(room.server.release.certificate, plain, room.day)
        return room.export(room.server.cells(stream, room.day))

    room.take_in(sent())
    (case_id,) = ids(room)
    closed_long_ago(room, case_id)
    room.office.cases.destroy(ME, case_id)
    room.release()
    taken = room.take_in(sent())
    assert (taken.replayed, taken.verified_sets) == (1, 0)
    assert ids(room) == []


def test_a_withdrawal_takes_what_the_team_wrote_about_it(room: Workroom) -> None:
    source, other = new_source(), new_source()
    report(room, source, danger="now")
    report(room, other)
    mine, theirs = ids(room)
    desk = room.office.cases
    for case_id in (mine, theirs):
        desk.add_note(ME, case_id, "What she said.")
        desk.assess(ME, case_id, Triage(danger="now"))
        desk.set_codes(ME, case_id, frozenset({"INT"}))
    asked = room.server.report(source, b"", room.day, kind=Kind.WITHDRAW, intake={"scope": "all"})
    room.take_in(room.export(asked))
    left = view(room, mine)
    assert (left.notes, left.assessments, left.codes, left.line.urgency) == ((), (), (), "")
    assert left.line.reported == ""
    assert left.risks == ("withdrawn",)
    assert kinds(room, mine)[-2:] == ["notes-destroyed", "answer-approved"]
    assert view(room, theirs).notes
    assert view(room, theirs).line.urgency == "P0"


def test_in_a_merged_case_people_choose_what_goes(room: Workroom) -> None:
    source, other = new_source(), new_source()
    report(room, source, other)
    one, two = ids(room)
    room.office.cases.merge(ME, one, two)
    room.office.cases.add_note(ME, one, "On both.")
    asked = room.server.report(source, b"", room.day, kind=Kind.WITHDRAW, intake={"scope": "all"})
    room.take_in(room.export(asked))
    assert [note.text for note in view(room, one).notes] == ["On both."]
    assert "withdrawn" in view(room, one).risks


@pytest.mark.parametrize("wrote_again", [True, False])
def test_who_withdrew_and_wrote_again_counts_as_somebody(room: Workroom, wrote_again: bool) -> None:
    source, other = new_source(), new_source()
    report(room, source, other)
    one, two = ids(room)
    room.office.cases.merge(ME, one, two)
    scope = {"scope": "all"}
    room.take_in(room.export(room.server.report(source, b"", room.day, kind=Kind.WITHDRAW, intake=scope)))
    if wrote_again:
        report(room, source)
    room.office.cases.add_note(ME, one, "On what came since.")
    room.take_in(room.export(room.server.report(other, b"", room.day, kind=Kind.WITHDRAW, intake=scope)))
    assert bool(view(room, one).notes) == wrote_again


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workroom]:
    with workroom(tmp_path_factory.mktemp("shared")) as made:
        report(made, *(new_source() for _ in range(3)))
        yield made


def somebody(*roles: Role) -> Actor:
    return Actor(random_id(), "", frozenset(roles))


def entered(room: Workroom, desk: str, role: Role) -> Actor:
    """Somebody who signs in here, so that a case can be given to them."""
    first = NewPerson("birch", frozenset({Role.CUSTODIAN}))
    room.office.people.add(LONE_SEAT, first, "a passphrase that is long")
    new = NewPerson(desk, frozenset({role}))
    made = room.office.people.add(LONE_SEAT, new, "a passphrase that is long")
    return Actor(bytes.fromhex(made.person_id), desk, new.roles)


READS_NOTHING = (Role.ANALYST, Role.CUSTODIAN, Role.COURIER, Role.AUDITOR, Role.INTERPRETER)


def test_who_may_read_and_work_on_what(shared: Workroom) -> None:
    desk = shared.office.cases
    own, others, nobodys = ids(shared)
    me, colleague = entered(shared, "willow", Role.COUNSELLOR), somebody(Role.COUNSELLOR)
    supervisor = somebody(Role.SUPERVISOR)
    with shared.office._work() as (session, _):
        cases.find(session, own).owner = me.person_id
        cases.find(session, others).owner = colleague.person_id
    seen = {one.case_id for one in desk.inbox(me).lines}
    assert seen == {own, nobodys}
    assert {one.case_id for one in desk.inbox(supervisor).lines} == {own, others, nobodys}
    for case_id in seen:
        desk.view(me, case_id)
        desk.add_note(me, case_id, "Mine.")
    thread_id = desk.view(colleague, others).conversations[0].summary.thread_id
    for refused in (
        lambda: desk.view(me, others),
        lambda: desk.mark_read(me, others),
        lambda: desk.add_note(me, others, "Not mine."),
        lambda: desk.assess(me, others, Triage()),
        lambda: desk.add_task(me, others, "Not mine.", 0),
        lambda: desk.set_codes(me, others, frozenset()),
        lambda: desk.assign(me, others, me.person_id.hex()),
        lambda: desk.merge(me, own, others),
        lambda: desk.link(me, own, others, "same-event"),
        lambda: desk.close(me, others, "done", "nothing-asked"),
        lambda: desk.of_thread(me, thread_id),
        lambda: shared.office.answers.may_write(me, thread_id),
        lambda: desk.destroy(me, own),
    ):
        with pytest.raises(NotAllowed):
            refused()
    desk.link(supervisor, own, others, "same-event")
    assert [one.alias for one in desk.view(me, own).links] == [""]
    desk.assign(me, own, "")
    assert own in {one.case_id for one in desk.inbox(colleague).lines}


@pytest.mark.parametrize("role", READS_NOTHING)
def test_these_roles_see_no_case(shared: Workroom, role: Role) -> None:
    desk, somebody_ = shared.office.cases, somebody(role)
    (case_id, *_) = ids(shared)
    for refused in (
        lambda: desk.inbox(somebody_),
        lambda: desk.closed(somebody_),
        lambda: desk.due_for_destruction(somebody_),
        lambda: desk.view(somebody_, case_id),
        lambda: desk.add_note(somebody_, case_id, "x"),
    ):
        with pytest.raises(NotAllowed):
            refused()


@pytest.mark.parametrize("cut", ["merge", "destroy"])
def test_a_cut_in_the_middle_changes_nothing(room: Workroom, cut: str) -> None:
    """The process dies when everything was done but the last line: nothing of it is there afterwards."""
    report(room, new_source(), text="First.")
    report(room, new_source(), text="Second.")
    one, two = ids(room)
    desk = room.office.cases
    desk.add_note(ME, one, "A note.")
    if cut == "destroy":
        closed_long_ago(room, one)
    before = [view(room, case_id) for case_id in (one, two)]
    room.office.close()
    child = os.fork()
    if child == 0:
        try:
            room.reopen()
            module = merging if cut == "merge" else destruction
            module.ledger.append = lambda *_rest: (room.office._vault.sync(), os._exit(7))  # type: ignore[assignment]
            desk = room.office.cases
            desk.merge(ME, two, one) if cut == "merge" else desk.destroy(ME, one)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 7
    room.reopen()
    assert [view(room, case_id) for case_id in (one, two)] == before
    with room.office._work() as (session, _):
        assert ledger.verify(session).broken == 0
        assert session.scalars(select(Case.key)).all().count(None) == 0
