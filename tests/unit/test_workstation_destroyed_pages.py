"""After a case was destroyed nothing opens it, also for whoever takes the workstation with its passphrase.

As for a withdrawal (test_workstation_withdrawn_pages.py): every page of the database, free ones too, and of
its journal is decrypted and searched, for the keys of the case and its files, for every sealed piece of every
table, and for any 16 bytes of words and file names; the vault for files. A backup that is made afterwards
is a copy of these files. The same search finds what belongs to another case, and finds a destruction that
only sets a state, keeps the key, or leaves the journal.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from unittest.mock import patch

import pytest
from sqlalchemy import select

from sluis.keytree import SourceKeys
from tests.metadata.crossing import Crossing, crossing
from tests.metadata.seized_office import SeizedOffice
from tests.support.full_case import crew, hold_a_directory, sealed_tables, sealed_values, written_everywhere
from workstation import office
from workstation.casework import case_desk, destruction
from workstation.casework.kept_models import KeptIntake
from workstation.casework.models import Case
from workstation.casework.roles import LONE_SEAT, Actor
from workstation.casework.words import vault_key
from workstation.models import Thread
from workstation.vault import Staging

WINDOW = 16
SIZES = (40, 300, 5_000)
OF_THE_OTHER = 2  # its file, and the copy of it that was made here


@dataclass
class Kept:
    """All that there is of one case: its keys, sealed pieces by table, words in the clear."""

    keys: list[bytes] = field(default_factory=list)
    sealed: dict[str, list[bytes]] = field(default_factory=dict)
    words: list[bytes] = field(default_factory=list)

    @property
    def pieces(self) -> list[bytes]:
        """The sealed pieces of all tables."""
        return [piece for pieces in self.sealed.values() for piece in pieces]


def fill(place: Crossing, people: tuple[Actor, Actor, Actor], source: SourceKeys) -> Kept:
    """Reports with a file, and all that a team writes about them; gives what lies there of it."""
    kept = Kept()
    with place.office._work() as (session, _):
        before = {value for _, value in sealed_values(session)}
    for size in SIZES:
        kept.words.append(secrets.token_hex(size // 2).encode())
        place.post.send(kept.words[-1], source=source)
    place.post.send(secrets.token_bytes(50_000), text=False, source=source)
    place.clock.day += 1
    place.take_in(place.post.export(place.post.room.make_export()))
    words = written_everywhere(place.office, people, source.thread.hex())
    kept.words += [one.encode() for one in words]
    with place.office._work() as (session, _):
        for table, value in sealed_values(session):
            if value not in before:
                kept.sealed.setdefault(table, []).append(value)
        thread = session.scalars(select(Thread).where(Thread.thread == source.thread)).one()
        assert thread.of_case.key is not None
        kept.keys.append(thread.of_case.key)
        kept.keys += [vault_key(one).key for one in thread.envelopes if one.sealed_vault_key]
    return kept


def windows(found: bytes, said: list[bytes]) -> int:
    wanted = {one[at : at + WINDOW] for one in said for at in range(len(one) - WINDOW + 1)}
    return sum(found[at : at + WINDOW] in wanted for at in range(len(found) - WINDOW + 1))


@dataclass(frozen=True)
class Found:
    """Keys, and windows of sealed pieces and of words, of the destroyed case and of another; files left."""

    keys: int
    sealed: int
    words: int
    other_keys: int
    other_sealed: int
    files: int


def measure(broken: Callable[[], AbstractContextManager[object]] = nullcontext) -> Found:
    with crossing() as place, broken():
        people = crew(place.office)
        hold_a_directory(place.office, place.clock.day)
        mine, other = (fill(place, people, one) for one in place.post.sources)
        assert mine.sealed.keys() == other.sealed.keys() == sealed_tables()
        case_id = place.office.cases.of_thread(LONE_SEAT, place.post.sources[0].thread.hex())
        place.office.cases.close(LONE_SEAT, case_id, "done", "nothing-asked")
        place.clock.day += 180
        place.office.cases.destroy(LONE_SEAT, case_id)
        seized = SeizedOffice(place)
        return Found(
            sum(seized.pages.count(key) for key in mine.keys),
            windows(seized.pages, mine.pieces),
            windows(seized.pages, mine.words),
            sum(seized.pages.count(key) for key in other.keys),
            windows(seized.pages, other.pieces),
            len(list((place.folder / "office" / "vault").iterdir())) - OF_THE_OTHER,
        )


def state_only() -> AbstractContextManager[object]:
    """Says that it is destroyed, and destroys nothing."""

    def mark(_session: object, _staging: Staging, _day: int, _actor: Actor, case: Case) -> None:
        case.state = "destroyed"

    return patch.object(destruction, "destroy", mark)


@contextmanager
def key_stays() -> Iterator[None]:
    """Empties the rows, and keeps the key."""
    whole = destruction.destroy

    def most(session: object, staging: Staging, day: int, actor: Actor, case: Case) -> None:
        key = case.key
        whole(session, staging, day, actor, case)  # type: ignore[arg-type]
        case.key = key

    with patch.object(case_desk.destruction, "destroy", most):
        yield


def journal_left() -> AbstractContextManager[object]:
    """The pages as they were before stay in the journal."""
    return patch.object(office, "wipe_journal", lambda _database: None)


@pytest.fixture(scope="module")
def found() -> Found:
    return measure()


def test_nothing_is_left_of_a_destroyed_case(found: Found) -> None:
    assert (found.keys, found.sealed, found.words, found.files) == (0, 0, 0, 0)


def test_another_case_is_found_by_the_same_search(found: Found) -> None:
    assert found.other_keys >= 1
    assert found.other_sealed > sum(SIZES)


def test_a_state_alone_is_caught() -> None:
    broken = measure(state_only)
    assert broken.keys >= 1
    assert broken.sealed > sum(SIZES)
    assert broken.words == 0  # not even then: they lie there sealed
    assert broken.files == OF_THE_OTHER


def test_a_key_that_stays_is_caught() -> None:
    assert measure(key_stays).keys >= 1


def test_a_journal_that_is_left_is_caught() -> None:
    broken = measure(journal_left)
    assert broken.keys >= 1


# A call that has no case yet


def call_left(*, thrown_away: bool) -> tuple[int, int]:
    """How often the key of a call, and its sealed piece, are found once it was thrown away, or was not."""
    with crossing() as place:
        desk = place.office.kept
        desk.keep_intake(LONE_SEAT, [("told", secrets.token_hex(300))])
        desk.keep_intake(LONE_SEAT, [("told", secrets.token_hex(300))])
        with place.office._work() as (session, _):
            row = session.scalars(select(KeptIntake)).one()
            key, sealed = row.key, row.sealed_fields
        if thrown_away:
            desk.forget_intake(LONE_SEAT)
        seized = SeizedOffice(place)
        return seized.pages.count(key), windows(seized.pages, [sealed])


def test_nothing_is_left_of_a_call_that_was_thrown_away() -> None:
    assert call_left(thrown_away=True) == (0, 0)
    key, sealed = call_left(thrown_away=False)
    assert key >= 1
    assert sealed > 300


def test_a_journal_that_is_left_gives_a_call_away() -> None:
    with journal_left():
        assert call_left(thrown_away=True)[0] >= 1
