"""What was destroyed is in no file of a shared PostgreSQL, and an old copy of them opens for nobody."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from sluis.errors import Unopenable
from tests.support.export_builder import new_source
from tests.support.postgres import Cluster, cluster, settings_of
from tests.support.workroom import PASSPHRASE, Workroom, workroom
from workstation import column_policy, moving, opening
from workstation.casework import search_feed
from workstation.casework.models import Case
from workstation.casework.roles import LONE_SEAT
from workstation.erasing import SLOT_SIZE, ErasingKeys
from workstation.errors import ServerKeeps
from workstation.office import Office
from workstation.opening import Opened
from workstation.sealed_columns import ColumnSeals
from workstation.seats_file import Shared
from workstation.shared import open_shared
from workstation.sweeping import change_key, forget
from workstation.turns import turn

WORDS = b"They came to my shop on Tuesday."


@pytest.fixture(scope="module")
def server() -> Iterator[Cluster]:
    with cluster() as made:
        yield made


@pytest.fixture
def room(tmp_path: Path, server: Cluster) -> Iterator[Workroom]:
    """An office that has moved, with one report in it."""
    with workroom(tmp_path) as made:
        source = new_source()
        made.take_in(made.export(made.server.report(source, WORDS, made.day)))
        made.office.close()
        opened = opening.with_founding_passphrase(made.folder, PASSPHRASE)
        moving.to_postgres(opened, settings_of(server.shared(tmp_path / "scratch")), made.day)
        opened.close()
        made.office = Office.unlock(made.folder, PASSPHRASE, today=made.clock)
        yield made


def again(room: Workroom) -> Opened:
    """As another program opens it, with its own connection."""
    room.office.close()
    return opening.with_founding_passphrase(room.folder, PASSPHRASE)


def stored(engine: Engine, wanted: str) -> list[bytes]:
    with engine.connect() as connection:
        return [bytes(one) for one in connection.scalars(text(wanted))]


def found(server: Cluster, wanted: list[bytes]) -> set[str]:
    return {name for name, data in server.files() if any(one in data for one in wanted)}


KEYS = (
    'SELECT "key" FROM "case"',
    "SELECT seed FROM epoch_seed",
    "SELECT operating_seed FROM instance",
)
WRITTEN = (
    "SELECT sealed_text FROM note",
    "SELECT sealed_text FROM envelope",
    "SELECT sealed_text FROM reply",
)


def test_erasable_are_all_keys_that_no_case_seals() -> None:
    keys = {place for place in column_policy.SEALED if place.endswith(("key", "seed"))}
    assert keys == column_policy.ERASABLE


def test_a_destroyed_case_is_in_no_file_of_the_server(
    room: Workroom, server: Cluster, tmp_path: Path
) -> None:
    case_id = room.office.cases.of_thread(LONE_SEAT, room.only_thread().summary.thread_id)
    room.office.cases.add_note(LONE_SEAT, case_id, "Call the shop back.")
    room.answer("We are here.")
    opened = again(room)
    keys = [one for wanted in KEYS for one in stored(opened.engine, wanted)]
    words = [one for wanted in WRITTEN for one in stored(opened.engine, wanted)]
    before = opened.folder.erasing.read_bytes()
    (case_key,) = stored(opened.engine, KEYS[0])
    database_key = opened.key
    opened.close()
    assert len(words) == 3
    assert min(map(len, words)) > 28
    assert found(server, keys)  # the same search finds what is there
    assert found(server, words)
    backup = tmp_path / "backup"
    shutil.copytree(server.data, backup)

    room.office = Office.unlock(room.folder, PASSPHRASE, today=room.clock)
    room.office.cases.close(LONE_SEAT, case_id, "done", "nothing-asked")
    room.clock.day += 180
    room.office.cases.destroy(LONE_SEAT, case_id)
    assert found(server, [*words, case_key]) == set()
    assert found(server, keys) == set()  # those that live on are sealed anew

    # Whoever kept the server's files, and gets everything that the office has today:
    assert any(case_key in path.read_bytes() for path in backup.rglob("*") if path.is_file())
    seals = ColumnSeals(database_key, ErasingKeys(room.folder / "erasing.key", database_key))
    with pytest.raises(Unopenable, match="erased"):
        seals.open("case.key", case_key)
    slot = next(one for one in (before[:SLOT_SIZE], before[SLOT_SIZE:]) if any(one)).rstrip(b"\0")
    assert not any(slot in path.read_bytes() for path in room.folder.rglob("*") if path.is_file())


def test_a_removed_note_of_a_case_that_lives_on_is_in_no_file_either(room: Workroom, server: Cluster) -> None:
    case_id = room.office.cases.of_thread(LONE_SEAT, room.only_thread().summary.thread_id)
    room.office.cases.add_note(LONE_SEAT, case_id, "A name that was not to be written down.")
    (note,) = room.office.cases.view(LONE_SEAT, case_id).notes
    opened = again(room)
    words = stored(opened.engine, WRITTEN[0])
    database = opened.engine.url.database or ""
    opened.close()
    server.sql("ANALYZE", database)  # what is most common would be written down once more
    assert found(server, words)
    room.office = Office.unlock(room.folder, PASSPHRASE, today=room.clock)
    room.office.cases.remove_note(LONE_SEAT, case_id, note.note_id)
    assert found(server, words) == set()
    assert WORDS.decode() in repr(room.only_thread())


def test_forgetting_makes_nothing_new_for_the_search(room: Workroom) -> None:
    engine = room.office._engine
    assert engine is not None
    case_id = room.office.cases.of_thread(LONE_SEAT, room.only_thread().summary.thread_id)
    with turn(engine) as session:
        search_feed.watch(session)
    forget(engine)
    with turn(engine) as session:
        assert search_feed.changed(session) == []
    room.office.cases.add_note(LONE_SEAT, case_id, "New.")
    with turn(engine) as session:
        (number,) = search_feed.changed(session)
        assert session.get_one(Case, number).case_id.hex() == case_id


CHANGE = """
import sys
from pathlib import Path
import workstation.database
from workstation.seats_file import parse_shared
from workstation.shared import open_shared
from workstation.sweeping import change_key, forget
from workstation.turns import turn
folder, key = Path(sys.argv[1]), bytes.fromhex(sys.argv[2])
engine = open_shared(parse_shared((folder / "seats.toml").read_bytes()), key, folder / "erasing.key")
print("there", flush=True)
change_key(engine)
"""


def filled(path: Path) -> int:
    data = path.read_bytes()
    return sum(any(data[at : at + SLOT_SIZE]) for at in (0, SLOT_SIZE))


def test_a_change_that_is_cut_short_loses_no_key(room: Workroom, server: Cluster) -> None:
    opened = again(room)
    erasing = opened.folder.erasing
    with opened.engine.connect() as holding, holding.begin():
        holding.execute(text("SELECT 1 FROM epoch_seed FOR UPDATE"))  # the change waits here, half done
        command = [sys.executable, "-c", CHANGE, str(room.folder), opened.key.hex()]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == b"there\n"
            server.wait_for("SELECT count(*) FROM pg_locks WHERE NOT granted", "1")
            assert filled(erasing) == 2
            os.kill(child.pid, signal.SIGKILL)
    opened.close()
    room.office = Office.unlock(room.folder, PASSPHRASE, today=room.clock)
    assert filled(erasing) == 1
    assert WORDS.decode() in repr(room.only_thread())

    opened = again(room)  # and one that died when the new key counted, before the old one was overwritten
    before = erasing.read_bytes()
    change_key(opened.engine)
    after = erasing.read_bytes()
    erasing.write_bytes(bytes(old or new for old, new in zip(before, after, strict=True)))
    assert filled(erasing) == 2
    opened.close()
    room.office = Office.unlock(room.folder, PASSPHRASE, today=room.clock)
    assert filled(erasing) == 1
    assert WORDS.decode() in repr(room.only_thread())


def test_a_server_that_keeps_its_log_is_refused(tmp_path: Path, server: Cluster) -> None:
    for number, broken in enumerate(
        (
            "ALTER DATABASE {0} SET wal_recycle = on",
            "REVOKE pg_checkpoint FROM office",
        )
    ):
        where: Shared = server.shared(tmp_path)
        server.sql(broken.format(where.database))
        with pytest.raises(ServerKeeps):
            open_shared(where, bytes(32), tmp_path / f"{number}.key", new=True)
    server.sql("GRANT pg_checkpoint TO office")
