"""Of what was withdrawn nothing is left, not even for whoever takes the workstation with its passphrase.

The office is seized before and after the import: every page of the database, free ones too, and of its
journal is decrypted and searched for any 16 bytes of what was destroyed, and of the sealed form in which it
lay there: the key of its case goes on, so whoever finds that finds the words. What was not withdrawn must be
found by the same search, and a withdrawal that only sets a flag must be caught.
"""

import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from unittest.mock import patch

import pytest
from sqlalchemy import select

from sluis.cells import CellSplitter
from sluis.envelope import SCOPE, Kind
from sluis.keytree import SourceKeys
from sluis.primitives import random_id
from tests.metadata.crossing import Crossing, Upload, crossing
from tests.metadata.seized_office import SeizedOffice, keep_the_journal
from tests.support.export_builder import envelope, gpg_encrypt
from workstation import intake, office, withdrawals
from workstation.casework.words import vault_key
from workstation.models import Thread
from workstation.withdrawals import Honoured

WINDOW = 16
SIZES = (40, 300, 1_500, 5_000, 20_000)


@dataclass
class Said:
    """What one source and its counsellor wrote, each as it was and as it lay sealed; keys of files too."""

    source: SourceKeys
    words: list[bytes] = field(default_factory=list)
    sealed: list[bytes] = field(default_factory=list)
    keys: list[bytes] = field(default_factory=list)

    def send(self, place: Crossing) -> None:
        for size in SIZES:
            self.words.append(secrets.token_hex(size // 2).encode())
            place.post.send(self.words[-1], source=self.source)
        place.post.send(secrets.token_bytes(50_000), text=False, source=self.source)

    def answer(self, place: Crossing) -> None:
        thread = self.source.thread.hex()
        for size in SIZES[:3]:
            self.words += [secrets.token_hex(size // 2).encode() for _ in range(2)]
            reply = place.office.answers.draft(place.office.actor, thread, self.words[-2].decode(), "en")
            self.look(place)
            place.office.answers.edit(place.office.actor, reply, self.words[-1].decode(), "en")
        place.office.answers.approve(place.office.actor, reply)

    def look(self, place: Crossing) -> None:
        """Notes down all that lies sealed of this source now."""
        with place.office._work() as (session, _):
            thread = session.scalars(select(Thread).where(Thread.thread == self.source.thread)).one()
            for one in thread.envelopes:
                self.sealed += [one.sealed_text, one.sealed_file_name]
                if one.sealed_vault_key:
                    self.keys += [vault_key(one).key, one.sealed_vault_key]
            self.sealed += [reply.sealed_text for reply in thread.replies]


def windows(found: bytes, said: list[bytes]) -> int:
    """How many windows of what was said are in it."""
    wanted = {one[at : at + WINDOW] for one in said for at in range(len(one) - WINDOW + 1)}
    return sum(found[at : at + WINDOW] in wanted for at in range(len(found) - WINDOW + 1))


def withdraw(place: Crossing, source: SourceKeys) -> None:
    post, day = place.post, place.clock.day
    asked = {SCOPE: "all"}
    plain = envelope(source, post.instance_id, b"", kind=Kind.WITHDRAW, intake=asked, day=day)
    splitter = CellSplitter(random_id())
    stream = gpg_encrypt(post.room.status().certificate, plain, day)
    cells = [*splitter.feed(stream), *splitter.finish()]
    upload = Upload(random_id(), b"", post.room.open_set(splitter.set_id, text=True), cells)
    while upload.cells.count < len(cells):
        post.put(upload)
    post.commit(upload)


def carry(place: Crossing) -> None:
    place.clock.day += 1
    export = place.post.export(place.post.room.make_export())
    place.take_in(export, lambda _done, _total: keep_the_journal(place))


@dataclass(frozen=True)
class Found:
    """Windows of what was withdrawn before and after, those of others; keys and files that are left."""

    before: int
    after: int
    others: int
    keys: int
    files: int


def measure(broken: Callable[[], AbstractContextManager[object]] = nullcontext) -> Found:
    with crossing() as place, broken():
        mine, other = (Said(one) for one in place.post.sources)
        mine.send(place)
        carry(place)
        mine.answer(place)
        other.send(place)
        carry(place)
        mine.look(place)
        before = windows(SeizedOffice(place).pages, mine.sealed)
        withdraw(place, mine.source)
        mine.words.append(secrets.token_hex(900).encode())  # on the same day, in the same export
        place.post.send(mine.words[-1], source=mine.source)
        carry(place)
        other.look(place)
        seized = SeizedOffice(place)
        vault = place.folder / "office" / "vault"
        return Found(
            before,
            windows(seized.pages, mine.sealed + mine.words),
            windows(seized.pages, other.sealed),
            sum(key in seized.pages for key in mine.keys),
            len(list(vault.iterdir())) - 1,
        )


def flag_only() -> AbstractContextManager[object]:
    """Marks, and destroys nothing."""

    def mark(session: object, staging: object, export: object, today: int) -> Honoured:
        return Honoured(len(withdrawals._write_down(session, export)), 0)  # type: ignore[arg-type]

    return patch.object(intake, "honour", mark)


def journal_left() -> AbstractContextManager[object]:
    """The pages as they were before stay in the journal."""
    return patch.object(office, "wipe_journal", lambda _database: None)


@pytest.fixture(scope="module")
def found() -> Found:
    return measure()


def test_nothing_is_left_of_what_was_withdrawn(found: Found) -> None:
    assert found.before > sum(SIZES) // 2
    assert (found.after, found.keys, found.files) == (0, 0, 0)


def test_what_others_wrote_is_found_by_the_same_search(found: Found) -> None:
    assert found.others > sum(SIZES) // 2


def test_a_flag_alone_is_caught() -> None:
    broken = measure(flag_only)
    assert broken.after >= broken.before > 0
    assert broken.keys > 0
    assert broken.files == 1


def test_a_journal_that_is_left_is_caught() -> None:
    assert measure(journal_left).after > 0
