"""After a case was destroyed nothing opens it, also for whoever takes the workstation with its passphrase.

As for a withdrawal (test_workstation_withdrawn_pages.py): every page of the database, free ones too, and of
its journal is decrypted and searched, for the key of the case, for every sealed piece, and for any 16 bytes
of words and file names; the vault for files. The same search finds what belongs to another case, and finds a
destruction that only sets a state, keeps the key, or leaves the journal.
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
from workstation import office
from workstation.casework import case_desk, destruction
from workstation.casework.models import Assessment, Case, Note, Task
from workstation.casework.roles import LONE_SEAT, Actor
from workstation.casework.triage import Triage
from workstation.casework.words import vault_key
from workstation.models import Thread
from workstation.vault import Staging

WINDOW = 16
SIZES = (40, 300, 5_000)


@dataclass
class Kept:
    """All that there is of one case: its key, sealed pieces, words in the clear."""

    key: bytes = b""
    sealed: list[bytes] = field(default_factory=list)
    words: list[bytes] = field(default_factory=list)


def fill(place: Crossing, source: SourceKeys) -> Kept:
    """Reports with a file, an answer, an assessment, a note and a task; gives what lies there of them."""
    kept = Kept()
    for size in SIZES:
        kept.words.append(secrets.token_hex(size // 2).encode())
        place.post.send(kept.words[-1], source=source)
    place.post.send(secrets.token_bytes(50_000), text=False, source=source)
    place.clock.day += 1
    place.take_in(place.post.export(place.post.room.make_export()))
    desk, thread_id = place.office.cases, source.thread.hex()
    case_id = desk.of_thread(LONE_SEAT, thread_id)
    words = [secrets.token_hex(400) for _ in range(4)]
    kept.words += [one.encode() for one in words]
    place.office.answers.draft(place.office.actor, thread_id, words[0], "en")
    desk.assess(LONE_SEAT, case_id, Triage(remarks=words[1]))
    desk.add_note(LONE_SEAT, case_id, words[2])
    desk.add_task(LONE_SEAT, case_id, words[3], 1)
    with place.office._work() as (session, _):
        thread = session.scalars(select(Thread).where(Thread.thread == source.thread)).one()
        case = thread.of_case
        kept.key = case.key or b""
        for one in thread.envelopes:
            kept.sealed += [one.sealed_text, one.sealed_file_name, one.sealed_vault_key]
            if one.sealed_vault_key:
                kept.words.append(vault_key(one).key)
        kept.sealed += [one.sealed_text for one in thread.replies]
        for table, column in (
            (Assessment, Assessment.sealed_triage),
            (Note, Note.sealed_text),
            (Task, Task.sealed_text),
        ):
            kept.sealed += session.scalars(select(column).where(table.case_pk == case.id)).all()
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
        mine, other = (fill(place, one) for one in place.post.sources)
        case_id = place.office.cases.of_thread(LONE_SEAT, place.post.sources[0].thread.hex())
        place.office.cases.close(LONE_SEAT, case_id, "done", "nothing-asked")
        place.clock.day += 180
        place.office.cases.destroy(LONE_SEAT, case_id)
        seized = SeizedOffice(place)
        return Found(
            seized.pages.count(mine.key),
            windows(seized.pages, mine.sealed),
            windows(seized.pages, mine.words),
            seized.pages.count(other.key),
            windows(seized.pages, other.sealed),
            len(list((place.folder / "office" / "vault").iterdir())) - 1,
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
    assert broken.files == 1


def test_a_key_that_stays_is_caught() -> None:
    assert measure(key_stays).keys >= 1


def test_a_journal_that_is_left_is_caught() -> None:
    broken = measure(journal_left)
    assert broken.keys >= 1
