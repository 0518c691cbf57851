"""What may no longer be found is not in the index of the search either, nor in a page that it freed.

The file is decrypted as whoever takes the running machine could, with the key out of its memory: every page,
and searched for any 12 bytes of what was said. The same search finds what belongs to another case, and finds
an index that only notes that a word does not count, that keeps freed pages, or that does not follow.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import pytest

from sluis.envelope import SCOPE, Kind
from sluis.keytree import SourceKeys
from tests.metadata.seized_office import decrypted
from tests.support.export_builder import envelope, gpg_encrypt, new_source
from tests.support.people import Seat, seat
from tests.support.workroom import ROOT_PASSPHRASE
from workstation.casework import search_index
from workstation.casework.roles import LONE_SEAT, Actor, Role
from workstation.casework.search_desk import SearchDesk
from workstation.casework.triage import Triage
from workstation.records import ReplyEntry

WINDOW = 12
WORDS = 60
SAMPLE = 20
FOUND = 5 * WORDS // SAMPLE
ME = LONE_SEAT
Broken = Callable[[], AbstractContextManager[object]]


def said() -> list[str]:
    """Words that are nowhere else, enough for several pages."""
    return [secrets.token_hex(8) for _ in range(WORDS)]


def windows(found: bytes, words: list[str]) -> int:
    """How many pieces of these words are in it; the index stores the beginnings of like words once."""
    return sum(word[at : at + WINDOW].encode() in found for word in words for at in range(16 - WINDOW + 1))


def index_pages(room: Seat) -> bytes:
    index = room.office.search._index
    assert index is not None
    return decrypted((room.folder / "search.db").read_bytes(), index._key)


@dataclass
class Desk:
    """Two cases, of which all was found once."""

    room: Seat
    sources: tuple[SourceKeys, SourceKeys]
    cases: tuple[str, str]
    words: tuple[list[str], list[str]]

    def places(self, number: int) -> int:
        """How many words of a case are found, of three in each of its five places."""
        search, actor = self.room.office.search, self.room.office.actor
        return sum(len(search.find(actor, word).places) for word in self.words[number][::SAMPLE])

    def left(self, number: int) -> int:
        return windows(index_pages(self.room), self.words[number])


@contextmanager
def filled(path: Path) -> Iterator[Desk]:
    """Reports, answers, notes, tasks and judgements of two cases; the index is made."""
    with seat(path) as room:
        sources = new_source(), new_source()
        words: tuple[list[str], list[str]] = ([], [])
        sent = []
        for number, source in enumerate(sources):
            words[number].extend(said())
            sent.append(room.server.report(source, " ".join(words[number]).encode(), room.day))
        room.take_in(room.export(*sent))
        desk = room.office.cases
        cases = tuple(desk.of_thread(ME, source.thread.hex()) for source in sources)
        for number, case_id in enumerate(cases):
            more = [said() for _ in range(4)]
            room.office.answers.draft(
                room.office.actor, sources[number].thread.hex(), " ".join(more[0]), "en"
            )
            desk.add_note(ME, case_id, " ".join(more[1]))
            desk.add_task(ME, case_id, " ".join(more[2]), 3)
            desk.assess(ME, case_id, Triage(remarks=" ".join(more[3])))
            words[number].extend(word for part in more for word in part)
        made = Desk(room, sources, (cases[0], cases[1]), words)
        assert made.places(0) == made.places(1) == FOUND
        assert made.left(0) > 5 * WORDS
        yield made


def destroy(desk: Desk) -> None:
    desk.room.office.cases.close(desk.room.office.actor, desk.cases[0], "done", "nothing-asked")
    desk.room.clock.day += 180
    desk.room.office.renew_operating_key(ROOT_PASSPHRASE)
    desk.room.office.cases.destroy(desk.room.office.actor, desk.cases[0])


def withdraw(desk: Desk) -> None:
    room, source = desk.room, desk.sources[0]
    asked = {SCOPE: "all"}
    plain = envelope(source, room.record.instance_id, b"", kind=Kind.WITHDRAW, intake=asked, day=room.day)
    stream = gpg_encrypt(room.server.release.certificate, plain, room.day)
    room.take_in(room.export(room.server.cells(stream, room.day)))


def lose(desk: Desk) -> None:
    """A supervisor gives the case to a colleague."""
    supervisor = Actor(bytes(15) + b"s", "rowan", frozenset({Role.SUPERVISOR}))
    colleague = desk.room.insiders["hazel"].person_id
    desk.room.office.cases.assign(supervisor, desk.cases[0], colleague)


def as_counsellor(desk: Desk) -> None:
    for name, role in (("birch", Role.CUSTODIAN), ("elm", Role.COUNSELLOR), ("hazel", Role.COUNSELLOR)):
        desk.room.enter(name, role)
    desk.room.sign_in("elm")
    assert desk.places(0) == FOUND


def measure(path: Path, act: Callable[[Desk], None], broken: Broken = nullcontext) -> tuple[int, int, int]:
    """Places found, windows left, windows left of the other case."""
    with broken(), filled(path) as desk:
        if act is lose:
            as_counsellor(desk)
        act(desk)
        left, other = desk.left(0), desk.left(1)
        return desk.places(0), left, other


@pytest.mark.parametrize("act", [destroy, withdraw, lose])
def test_nothing_of_it_is_found_and_nothing_is_left(tmp_path: Path, act: Callable[[Desk], None]) -> None:
    found, left, other = measure(tmp_path, act)
    assert (found, left) == (0, 0)
    assert other > 5 * WORDS


def test_an_index_that_notes_what_no_longer_counts_is_caught(tmp_path: Path) -> None:
    found, left, _ = measure(tmp_path, destroy, lambda: patch.object(search_index, "SECURE_DELETE", 0))
    assert found == 0
    assert left > WORDS


def test_pages_that_are_freed_and_kept_are_caught(tmp_path: Path) -> None:
    lax = [one.replace("secure_delete = ON", "secure_delete = OFF") for one in search_index.SETTINGS]
    found, left, _ = measure(tmp_path, destroy, lambda: patch.object(search_index, "SETTINGS", lax))
    assert found == 0
    assert left > WORDS


def test_an_index_that_does_not_follow_is_caught(tmp_path: Path) -> None:
    found, left, _ = measure(tmp_path, destroy, lambda: patch.object(SearchDesk, "keep_up", lambda *_: None))
    assert found == 0  # what is shown is asked of the case database
    assert left > 5 * WORDS


def test_a_note_that_is_destroyed_a_draft_that_is_changed_and_a_case_of_another_end_at_once(
    tmp_path: Path,
) -> None:
    with filled(tmp_path) as desk:
        office, (case_id, other) = desk.room.office, desk.cases
        note = office.cases.view(ME, case_id).notes[0]
        thread = desk.sources[0].thread.hex()
        (draft,) = [
            one
            for one in office.conversations.view(office.actor, thread).entries
            if isinstance(one, ReplyEntry)
        ]
        before = draft.text.split()
        office.cases.remove_note(ME, case_id, note.note_id)
        office.answers.edit(office.actor, draft.reply_id, "Nothing.", "en")
        pages = index_pages(desk.room)
        assert windows(pages, note.text.split()) == windows(pages, before) == 0
        assert desk.places(0) == FOUND * 3 // 5
        office.cases.merge(ME, other, case_id)
        assert desk.places(0) == FOUND * 3 // 5
        assert {one.case_id for one in office.search.find(ME, desk.words[0][0]).places} == {other}


def test_the_file_opens_for_nobody_who_has_not_the_key_and_goes_with_the_lock(tmp_path: Path) -> None:
    with filled(tmp_path) as desk:
        file, case_key = desk.room.folder / "search.db", desk.room.office._folder
        assert case_key.search == file
        assert file.stat().st_mode & 0o777 == 0o600
        assert windows(file.read_bytes(), desk.words[0]) == 0
        first = desk.room.office.search._index
        assert first is not None
        key = first._key
        desk.room.office.close()
        assert not file.exists()
        assert first._key == b""
        file.write_bytes(b"what a cut left")
        file.with_name("search.db-journal").write_bytes(b"and of its journal")
        desk.room.reopen()
        assert not list(desk.room.folder.glob("search.db*"))
        assert desk.places(1) == FOUND
        again = desk.room.office.search._index
        assert again is not None
        assert again._key != key
