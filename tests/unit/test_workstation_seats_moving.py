"""An office moves to PostgreSQL and back, by its commands: all of it or nothing, and the ledger says so."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from tests.support.export_builder import new_source
from tests.support.postgres import Cluster, cluster, settings_of
from tests.support.workroom import PASSPHRASE, Workroom, workroom
from workstation import opening
from workstation.__main__ import main, today
from workstation.casework.roles import LONE_SEAT
from workstation.errors import AlreadyExists
from workstation.moving import NotTheSame
from workstation.seats_file import Shared
from workstation.shared import open_shared

TYPED = PASSPHRASE + "\n"


@pytest.fixture(scope="module")
def server() -> Iterator[Cluster]:
    with cluster() as made:
        yield made


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Workroom]:
    """An office with one report and a note; nobody has it open."""
    with workroom(tmp_path) as made:
        made.take_in(made.export(made.server.report(new_source(), b"They came to my shop.", made.day)))
        made.office.cases.add_note(LONE_SEAT, made.office.cases.inbox(LONE_SEAT).lines[0].case_id, "Call.")
        made.office.close()
        yield made


def run(*words: object, typed: str = TYPED) -> str:
    """What a command of `seats` says; raises what it refuses with."""
    done = CliRunner().invoke(main, ["seats", *map(str, words)], input=typed)
    if done.exception is not None:
        raise done.exception
    return done.stdout


def settings(room: Workroom, shared: Shared) -> Path:
    path = room.path / "seats.toml"
    path.write_bytes(settings_of(shared))
    return path


def files(room: Workroom) -> set[str]:
    return {path.name for path in room.folder.iterdir()}


def state(room: Workroom) -> tuple[list[str], list[tuple[str, int, dict[str, str]]]]:
    """The notes of the one case, and the newest entries of the ledger; whole, from its first to its last."""
    room.reopen()
    (line,) = room.office.cases.inbox(LONE_SEAT).lines
    notes = [one.text for one in room.office.cases.view(LONE_SEAT, line.case_id).notes]
    assert room.office.ledger.verify(LONE_SEAT, "").broken == 0
    entries = [one.entry for one in room.office.ledger.page(LONE_SEAT).lines]
    room.office.close()
    return notes, [(one.kind, one.day, dict(one.facts)) for one in entries]


def tables(server: Cluster, shared: Shared) -> int:
    return int(server.sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", shared.database))


def test_there_and_back(room: Workroom, server: Cluster) -> None:
    notes, before = state(room)
    assert "cases.db" in run("show", "--folder", room.folder, typed="")
    shared = server.shared(room.path / "scratch")
    said = run("move-to-postgres", "--folder", room.folder, settings(room, shared))
    assert "rows are in PostgreSQL, compared one by one" in said
    assert {"seats.toml", "erasing.key"} <= files(room)
    assert not any(name.startswith("cases.db") for name in files(room))
    assert shared.database in run("show", "--folder", room.folder, typed="")
    moved = ("moved", today(), {"several": "yes"})
    assert state(room) == (notes, [moved, *before])
    with pytest.raises(AlreadyExists):
        run("move-to-postgres", "--folder", room.folder, settings(room, shared))

    said = run("move-to-one-seat", "--folder", room.folder, "--yes")
    assert "one seat works here now" in said
    assert {"seats.toml", "erasing.key", "cases.db.new"} & files(room) == set()
    assert state(room) == (notes, [("moved", today(), {"several": "no"}), moved, *before])
    assert tables(server, shared) == 0
    # The database is as good as new, and what was in it is in no file of the server.
    run("move-to-postgres", "--folder", room.folder, settings(room, shared))
    assert state(room)[0] == notes


def test_a_row_that_arrives_otherwise_stops_the_move(room: Workroom, server: Cluster) -> None:
    before = state(room)
    shared = server.shared(room.path / "scratch")
    prepare(room, shared)
    server.sql(
        "CREATE FUNCTION worse() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN NEW.day := NEW.day + 1; RETURN NEW; END $$;"
        " CREATE TRIGGER worse BEFORE INSERT ON note FOR EACH ROW EXECUTE FUNCTION worse()",
        shared.database,
    )
    with pytest.raises(NotTheSame, match="note"):
        run("move-to-postgres", "--folder", room.folder, settings(room, shared))
    assert server.sql("SELECT count(*) FROM note", shared.database) == "0"
    assert state(room) == before
    assert {"seats.toml", "erasing.key"} & files(room) == set()
    server.sql("DROP TRIGGER worse ON note", shared.database)
    run("move-to-postgres", "--folder", room.folder, settings(room, shared))
    assert state(room)[0] == before[0]


def prepare(room: Workroom, shared: Shared) -> None:
    """The tables, and no row."""
    opened = opening.with_founding_passphrase(room.folder, PASSPHRASE)
    open_shared(shared, opened.key, opened.folder.erasing, new=True).dispose()
    opened.close()


def killed_in(server: Cluster, shared: Shared, *words: object) -> None:
    """The command, killed while it waits for a table that somebody holds."""
    holder = open_shared_as_holder(server, shared)
    command = [sys.executable, "-m", "workstation", "seats", *map(str, words), "--passphrase-fd", "0"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as child:
        assert child.stdin is not None
        child.stdin.write(TYPED.encode())
        child.stdin.flush()
        server.wait_for("SELECT count(*) FROM pg_locks WHERE NOT granted", "1")
        os.kill(child.pid, signal.SIGKILL)
    holder.communicate("ROLLBACK;\n")


def open_shared_as_holder(server: Cluster, shared: Shared) -> "subprocess.Popen[str]":
    """PostgreSQL's own terminal, in a transaction that lets nobody read or write `withdrawal`."""
    holder = subprocess.Popen(
        ["psql", "-h", server.path, "-U", "office", "-d", shared.database, "-X", "-q"],
        stdin=subprocess.PIPE,
        text=True,
    )
    assert holder.stdin is not None
    holder.stdin.write("BEGIN; LOCK TABLE withdrawal IN ACCESS EXCLUSIVE MODE;\n")
    holder.stdin.flush()
    server.wait_for("SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted", "1")
    return holder


def test_a_move_that_is_killed_leaves_the_office_where_it_was(room: Workroom, server: Cluster) -> None:
    before = state(room)
    shared = server.shared(room.path / "scratch")
    prepare(room, shared)
    killed_in(server, shared, "move-to-postgres", "--folder", room.folder, settings(room, shared))
    assert state(room) == before
    assert {"seats.toml", "erasing.key"} & files(room) == set()
    assert server.sql("SELECT count(*) FROM instance", shared.database) == "0"
    run("move-to-postgres", "--folder", room.folder, settings(room, shared))
    notes, entries = state(room)
    assert (notes, entries[1:]) == before

    killed_in(server, shared, "move-to-one-seat", "--folder", room.folder, "--yes")
    assert state(room) == (notes, entries)
    assert not any(name.startswith("cases.db") for name in files(room))
    run("move-to-one-seat", "--folder", room.folder, "--yes")
    assert state(room)[0] == notes


def test_a_move_that_counted_and_was_cut_short_then_is_ended_by_the_next_opening(
    room: Workroom, server: Cluster
) -> None:
    kept = room.folder / "cases.db"
    old = kept.read_bytes()
    shared = server.shared(room.path / "scratch")
    run("move-to-postgres", "--folder", room.folder, settings(room, shared))
    kept.write_bytes(old)  # died before it was destroyed
    after = state(room)
    assert not kept.exists()
    key = room.folder / "erasing.key"
    slots = key.read_bytes()
    run("move-to-one-seat", "--folder", room.folder, "--yes")
    key.write_bytes(slots)
    assert state(room)[0] == after[0]
    assert not key.exists()


def test_a_database_that_holds_an_office_is_not_taken(
    room: Workroom, server: Cluster, tmp_path: Path
) -> None:
    shared = server.shared(room.path / "scratch")
    run("move-to-postgres", "--folder", room.folder, settings(room, shared))
    (tmp_path / "second").mkdir()
    with workroom(tmp_path / "second") as second:
        second.office.close()
        with pytest.raises(AlreadyExists):
            run("move-to-postgres", "--folder", second.folder, settings(second, shared))
        assert "erasing.key" in files(second)
        second.reopen()
        assert "erasing.key" not in files(second)
    opened = opening.with_founding_passphrase(room.folder, PASSPHRASE)
    with opened.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM instance")) == 1
    opened.close()
