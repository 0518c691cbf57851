"""The case database's journal: it undoes what was cut short, and keeps nothing of what was erased."""

import shutil
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from sluis.primitives import random_key
from tests.support.workroom import workroom
from workstation.database import open_database
from workstation.models import EpochSeed, ReleaseMade

DAYS = 2_000


def add_seeds(session: Session, release: int) -> None:
    session.add(ReleaseMade(sequence=release, day=0, last_epoch_day=DAYS))
    session.flush()
    session.add_all(EpochSeed(release=release, day=day, seed=random_key()) for day in range(DAYS))
    session.flush()


def test_a_transaction_that_was_cut_short_is_undone_before_its_journal_is_overwritten(tmp_path: Path) -> None:
    key, database = random_key(), tmp_path / "cases.db"
    engine = open_database(database, key)
    with Session(engine) as session, session.begin():
        add_seeds(session, 1)
    before = database.read_bytes()
    copy = tmp_path / "copy"
    copy.mkdir()
    with Session(engine) as session:
        session.connection().exec_driver_sql("PRAGMA cache_size = 10")  # so that pages go out before the end
        for seed in session.scalars(select(EpochSeed)):
            seed.seed = bytes(32)
        session.flush()
        for path in (database, tmp_path / "cases.db-journal"):
            shutil.copy(path, copy)
        session.rollback()
    engine.dispose()
    cut, journal = copy / "cases.db", copy / "cases.db-journal"
    assert cut.read_bytes() != before, "nothing was cut short here"
    (copy / "what the disk keeps").hardlink_to(journal)
    engine = open_database(cut, key)
    with Session(engine) as session:
        seeds = list(session.scalars(select(EpochSeed.seed)))
        assert (len(seeds), seeds.count(bytes(32))) == (DAYS, 0)
    engine.dispose()
    kept = (copy / "what the disk keeps").read_bytes()
    assert kept
    assert not any(kept)


def test_an_import_leaves_no_page_in_the_journal(tmp_path: Path) -> None:
    with workroom(tmp_path) as room:
        journal = room.folder / "cases.db-journal"
        before = journal.stat()
        assert any(journal.read_bytes()), "the release before it left its pages there"
        assert room.take_in(room.export()).erased_days
        assert not any(journal.read_bytes())
        after = journal.stat()
        assert (after.st_ino, after.st_size >= before.st_size > 0) == (before.st_ino, True)
