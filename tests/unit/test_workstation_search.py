"""Searching in an office: what is found where, by whom, and what follows a change."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import pytest
from sqlcipher3 import dbapi2

from sluis.envelope import Kind
from sluis.primitives import random_id
from tests.support.export_builder import envelope, gpg_encrypt, new_source
from tests.support.people import Seat, seat
from tests.support.workroom import PASSPHRASE, ROOT_PASSPHRASE
from workstation.casework import search_desk, search_feed, search_index
from workstation.casework.models import Case
from workstation.casework.options import Prospect
from workstation.casework.roles import LONE_SEAT, Actor, NotAllowed, Role
from workstation.casework.search_desk import Found
from workstation.casework.search_index import Place, SearchIndex
from workstation.casework.triage import Triage
from workstation.errors import DiskFull

ME = LONE_SEAT


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Seat]:
    with seat(tmp_path) as made:
        yield made


def report(room: Seat, *texts: str) -> list[str]:
    """One case for each text; their ids."""
    sources = [new_source() for _ in texts]
    sent = [
        room.server.report(one, text.encode(), room.day) for one, text in zip(sources, texts, strict=True)
    ]
    room.take_in(room.export(*sent))
    return [room.office.cases.of_thread(ME, one.thread.hex()) for one in sources]


def find(room: Seat, query: str, page: int = 1) -> Found:
    return room.office.search.find(room.office.actor, query, page)


def cases(found: Found) -> set[str]:
    return {one.case_id for one in found.places}


def test_each_kind_of_place_is_found_with_its_day_and_where_it_is_shown(room: Seat) -> None:
    source, message_id = new_source(), random_id()
    parts = []
    for kind, body, rest in (
        (Kind.TEXT, b"The needle of a message.", {"message_id": message_id}),
        (Kind.FILE, b"\0" * 50, {"parent": message_id, "file_name": "../needle of a file.pdf"}),
    ):
        plain = envelope(source, room.record.instance_id, body, kind=kind, day=room.day, **rest)
        stream = gpg_encrypt(room.server.release.certificate, plain, room.day)
        parts.append(room.server.cells(stream, room.day))
    written_on = room.day
    room.take_in(room.export(*parts))
    desk, thread_id = room.office.cases, source.thread.hex()
    case_id = desk.of_thread(ME, thread_id)
    assert len(find(room, "needle").places) == 2
    reply_id = room.office.answers.draft(room.office.actor, thread_id, "The needle of an answer.", "en")
    desk.add_note(ME, case_id, "The needle of a note.")
    desk.add_task(ME, case_id, "The needle of a task.", 2)
    desk.assess(ME, case_id, Triage(remarks="The needle of a judgement.", safe_time="in the evening"))
    option_id = room.office.options.write(ME, case_id, prospect("needle of an option"), "us", "thinks")
    view = desk.view(ME, case_id)
    found = {one.place: one for one in find(room, "needle of").places}
    assert {place: one.anchor for place, one in found.items()} == {
        Place.MESSAGE: f"message-{message_id.hex()}",
        Place.FILE_NAME: f"message-{message_id.hex()}",
        Place.ANSWER: f"reply-{reply_id}",
        Place.NOTE: f"note-{view.notes[0].note_id}",
        Place.TASK: f"task-{view.tasks[0].task_id}",
        Place.JUDGEMENT: "judgement",
        Place.OPTION: f"option-{option_id}",
    }
    assert found[Place.FILE_NAME].snippet.text == "needle of a file.pdf"
    assert found[Place.MESSAGE].snippet.marked == ("needle", "of")
    assert {one.day for one in found.values()} == {written_on, room.day}
    assert {(one.alias, one.state) for one in found.values()} == {(view.line.alias, "open")}
    (named,) = find(room, view.line.alias).places
    assert (named.place, named.case_id) == (Place.ALIAS, case_id)
    desk.close(ME, case_id, "done", "nothing-asked")
    assert {one.state for one in find(room, "needle").places} == {"closed"}


def prospect(words: str) -> Prospect:
    return Prospect("Report it.", f"The {words}.", "They may notice.", "It goes on.")


def test_of_an_option_the_version_that_counts_is_found_and_goes_with_its_case(room: Seat) -> None:
    first, second = report(room, "one", "two")
    options = room.office.options
    made = options.write(ME, first, prospect("haystack"), "us", "thinks")
    assert len(find(room, "haystack notice").places) == 1
    options.write(ME, first, prospect("needle"), "us", "chosen", made)
    assert find(room, "haystack").places == ()
    room.office.cases.merge(ME, second, first)
    assert cases(find(room, "needle")) == {second}
    (thread,) = [
        one.thread_id
        for one in room.office.cases.view(ME, second).timeline
        if getattr(one.entry, "text", "") == "one"
    ]
    room.office.cases.split(ME, second, thread)
    assert cases(find(room, "needle")) == {second}
    with search_again(room):
        assert find(room, "haystack").places == ()
        assert cases(find(room, "needle")) == {second}
    room.office.cases.close(ME, second, "done")
    room.clock.day += 180
    room.office.renew_operating_key(ROOT_PASSPHRASE)
    room.office.cases.destroy(ME, second)
    assert find(room, "needle").places == ()


@contextmanager
def search_again(room: Seat) -> Iterator[None]:
    """With an index that was made now, and not one that followed."""
    room.office.search.close()
    yield


def test_no_word_finds_nothing_and_says_so(room: Seat) -> None:
    report(room, "Hello.")
    assert find(room, ' "* ') == Found((), 1, more=False, asked=False)
    assert find(room, "absent") == Found((), 1, more=False, asked=True)


def test_pages_are_bounded_and_say_whether_there_is_more(room: Seat) -> None:
    (case_id,) = report(room, "Hello.")
    for number in range(5):
        room.office.cases.add_note(ME, case_id, f"needle {number}")
    with patch.object(search_desk, "PAGE", 2), patch.object(search_desk, "PAGES_MAX", 3):
        pages = [find(room, "needle", page) for page in (1, 2, 3, 4)]
        assert [(len(one.places), one.page, one.more) for one in pages] == [
            (2, 1, True),
            (2, 2, True),
            (1, 3, False),
            (1, 3, False),
        ]


def test_a_counsellor_finds_what_is_theirs_or_nobodys_and_a_supervisor_all(room: Seat) -> None:
    room.enter("birch", Role.CUSTODIAN)
    elm, hazel = (room.enter(name, Role.COUNSELLOR).person_id for name in ("elm", "hazel"))
    room.enter("rowan", Role.SUPERVISOR)
    nobodys, hers, mine = report(room, "needle one", "needle two", "needle three")
    room.office.cases.assign(ME, hers, hazel)
    room.office.cases.assign(ME, mine, elm)
    assert cases(find(room, "needle")) == {nobodys, hers, mine}
    room.sign_in("elm")
    me = room.office.actor
    assert cases(find(room, "needle")) == {nobodys, mine}
    room.office.assignment.keep_away(me, nobodys, elm, "own-wish")
    assert cases(find(room, "needle")) == {mine}
    room.office.cases.assign(me, mine, "")
    assert cases(find(room, "needle")) == {mine}
    room.now += 60
    room.sign_in("rowan")
    assert cases(find(room, "needle")) == {nobodys, hers, mine}
    room.now += 60
    room.sign_in("birch")
    with pytest.raises(NotAllowed):
        find(room, "needle")
    assert not (room.folder / "search.db").exists()


def test_another_actor_at_the_same_office_gets_an_index_of_their_own(room: Seat) -> None:
    room.enter("birch", Role.CUSTODIAN)
    hazel = room.enter("hazel", Role.COUNSELLOR)
    first, second = report(room, "needle one", "needle two")
    room.office.cases.assign(ME, first, hazel.person_id)
    assert cases(find(room, "needle")) == {first, second}
    other = Actor(random_id(), "elm", frozenset({Role.COUNSELLOR}))
    assert cases(room.office.search.find(other, "needle")) == {second}
    assert cases(find(room, "needle")) == {first, second}


def test_what_arrives_and_what_is_moved_is_found_where_it_is_now(room: Seat) -> None:
    first, second = report(room, "needle one", "needle two")
    assert cases(find(room, "needle")) == {first, second}
    (third,) = report(room, "needle three")
    assert cases(find(room, "needle")) == {first, second, third}
    room.office.cases.merge(ME, first, second)
    assert cases(find(room, "needle")) == {first, third}
    assert len(find(room, "needle").places) == 3
    placed = room.office.cases.view(ME, first).timeline
    (thread,) = [one.thread_id for one in placed if getattr(one.entry, "text", "") == "needle two"]
    made = room.office.cases.split(ME, first, thread)
    assert cases(find(room, "needle two")) == {made}
    assert cases(find(room, "needle one")) == {first}


def test_what_is_undone_was_never_there(room: Seat) -> None:
    (case_id,) = report(room, "Hello.")
    find(room, "needle")

    def rename_and_fail() -> None:
        with room.office._work() as (session, _):
            session.query(Case).update({"alias": "needle"})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        rename_and_fail()
    assert find(room, "needle").places == ()
    room.office.cases.add_note(ME, case_id, "needle")
    assert len(find(room, "needle").places) == 1


def test_an_index_that_cannot_follow_is_given_up_and_made_again(room: Seat) -> None:
    (case_id,) = report(room, "needle")
    assert len(find(room, "needle").places) == 1
    with patch.object(SearchIndex, "replace", side_effect=dbapi2.OperationalError("disk I/O error")):
        room.office.cases.add_note(ME, case_id, "needle in a note")
        assert not (room.folder / "search.db").exists()
        with pytest.raises(DiskFull):
            find(room, "needle")
        assert not (room.folder / "search.db").exists()
    assert len(find(room, "needle").places) == 2


def test_a_failed_search_leaves_no_index_that_nobody_tells_of_changes(room: Seat) -> None:
    (case_id,) = report(room, "needle")
    with (
        patch.object(search_feed, "standings", side_effect=RuntimeError),
        pytest.raises(RuntimeError),
    ):
        find(room, "needle")
    room.office.cases.add_note(ME, case_id, "needle in a note")
    assert len(find(room, "needle").places) == 2


def test_only_the_newest_of_very_many_places_are_compared_and_that_is_told(room: Seat) -> None:
    case_id, *_ = report(room, *(f"Something of {number}." for number in range(12)))
    room.office.cases.add_note(ME, case_id, "needle needle needle")
    assert not find(room, "needle").many
    for number in range(3):
        room.office.cases.add_note(ME, case_id, f"{number} needle in a longer note about something else")
    assert find(room, "needle").places[0].snippet.text == "needle needle needle"
    with patch.object(search_index, "RANKED", 3):
        found = find(room, "needle")
        assert [one.snippet.text[0] for one in found.places] == ["2", "1", "0"]
        assert found.many


def test_what_changes_while_the_index_is_made_is_in_it_once(room: Seat) -> None:
    room.enter("birch", Role.CUSTODIAN)
    elm, hazel = (room.enter(name, Role.COUNSELLOR).person_id for name in ("elm", "hazel"))
    first, second, third, fourth = report(room, "needle 1", "needle 2", "needle 3", "needle 4")
    supervisor = Actor(bytes(15) + b"s", "rowan", frozenset({Role.SUPERVISOR}))
    room.sign_in("elm")
    me, desk = room.office.actor, room.office.search
    with patch.object(search_feed, "CHUNK", 1):
        assert desk._make_more(me) == (1, 4)
        assert not desk.is_ready(me)
        room.office.cases.add_note(me, first, "needle in a case that was read")
        room.office.cases.add_note(me, fourth, "needle in a case that was not")
        room.office.cases.assign(supervisor, third, hazel)
        room.office.cases.merge(me, second, first)
        assert desk.begin(me).ended.wait(60)
    assert desk.is_ready(me)
    assert cases(find(room, "needle")) == {second, fourth}
    assert len(find(room, "needle").places) == 5
    assert elm == me.person_id.hex()


def test_an_office_that_is_locked_meanwhile_leaves_no_index(room: Seat) -> None:
    report(room, "needle 1", "needle 2")
    with patch.object(search_feed, "CHUNK", 1):
        assert room.office.search._make_more(ME) == (1, 2)
        making = room.office.search.begin(ME)
        room.office.close()
        assert making.ended.wait(60)
    assert not list(room.folder.glob("search.db*"))


_HALF = """
import sys
from pathlib import Path
from workstation.casework import search_feed
from workstation.office import Office
search_feed.CHUNK = 1
office = Office.unlock(Path(sys.argv[1]), sys.argv[2], today=lambda: int(sys.argv[3]))
print(*office.search._make_more(office.actor), flush=True)
sys.stdin.read()
"""


def test_one_who_is_killed_while_the_index_is_made_leaves_nothing_that_is_shown(room: Seat) -> None:
    report(room, "needle 1", "needle 2", "needle 3")
    room.office.close()
    child = subprocess.Popen(
        [sys.executable, "-c", _HALF, str(room.folder), PASSPHRASE, str(room.day)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with child:
        assert child.stdout
        assert child.stdout.readline() == "1 3\n"
        child.kill()
    left = (room.folder / "search.db").read_bytes()
    assert left
    assert b"needle" not in left
    room.reopen()
    assert not list(room.folder.glob("search.db*"))
    assert len(find(room, "needle").places) == 3
