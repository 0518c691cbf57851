"""The tables of the case database come from migrations, on SQLCipher and on a real PostgreSQL."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from click.testing import CliRunner
from sqlalchemy import Engine, func, inspect, select, table, text

from tests.support.export_builder import new_source
from tests.support.postgres import Cluster, cluster
from tests.support.workroom import PASSPHRASE, Workroom, workroom
from workstation import moving, opening, schema
from workstation.__main__ import main
from workstation.casework.roles import LONE_SEAT
from workstation.database import open_database
from workstation.errors import NewerDatabase, UnknownDatabase
from workstation.founding import database_key
from workstation.models import Base
from workstation.shared import open_shared

KEY = bytes(range(32))
MIGRATIONS = Path(schema.__file__).with_name("migrations")
Maker = Callable[[], Engine]


@pytest.fixture(scope="module")
def server() -> Iterator[Cluster]:
    with cluster() as made:
        yield made


@pytest.fixture(params=["sqlcipher", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path, server: Cluster) -> Iterator[Engine]:
    """An office's database with the rows of a small office in it."""
    with workroom(tmp_path) as room:
        fill(room)
        room.office.close()
        opened = opening.with_founding_passphrase(room.folder, PASSPHRASE)
        if request.param == "postgresql":
            settings = server.shared(tmp_path / "scratch")
            engine = open_shared(settings, opened.key, opened.folder.erasing, new=True)
            moving.copy_everything(opened.engine, engine)
        else:
            engine = opened.engine
        yield engine
        engine.dispose()
        opened.close()


def fill(room: Workroom) -> str:
    room.take_in(room.export(room.server.report(new_source(), b"They came to my shop.", room.day)))
    (summary,) = room.office.conversations.all(room.office.actor)
    case_id = room.office.cases.of_thread(LONE_SEAT, summary.thread_id)
    room.office.cases.add_note(LONE_SEAT, case_id, "Call back.")
    room.office.kept.keep(LONE_SEAT, case_id, "note", [("text", "half a sen")])
    return case_id


def rows(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        there = inspect(connection).get_table_names()
        tables = {name: select(func.count()).select_from(table(name)) for name in there}
        return {name: connection.scalar(count) or 0 for name, count in tables.items()}


def differences(engine: Engine) -> list[object]:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Base.metadata))


def from_nothing(engine: Engine) -> None:
    with schema.changing(engine) as connection:
        Base.metadata.drop_all(connection)
        schema.VERSION_TABLE.drop(connection)
        command.upgrade(schema.configuration(connection, None), "head")


def test_the_migrations_make_what_the_program_expects(engine: Engine) -> None:
    assert differences(engine) == []
    from_nothing(engine)
    assert differences(engine) == []
    with engine.connect() as connection:
        assert connection.scalar(select(schema.VERSION_TABLE.c.version_num)) == schema.HEAD


def test_there_and_back_keeps_what_the_older_program_knows(engine: Engine) -> None:
    before = rows(engine)
    assert before["note"] == before["kept_form"] == before["envelope"] == 1
    schema.bring_down(engine, "0001")
    older = rows(engine)
    assert older.items() <= before.items() | {("alembic_version", 1)}
    assert set(older) == schema._OLDEST | {"alembic_version"}
    schema.bring_up(engine)
    assert differences(engine) == []
    after = rows(engine)
    assert {name: count for name, count in after.items() if name in older} == older
    assert not any(count for name, count in after.items() if name not in older)


def test_an_office_from_before_versions_opens(tmp_path: Path) -> None:
    with workroom(tmp_path) as room:
        case_id = fill(room)
        room.office.close()
        opened = opening.with_founding_passphrase(room.folder, PASSPHRASE)
        schema.bring_down(opened.engine, "0001")
        with opened.engine.begin() as connection:
            schema.VERSION_TABLE.drop(connection)
        opened.close()
        room.reopen()
        assert room.office.cases.view(LONE_SEAT, case_id).notes[0].text == "Call back."
        room.office.kept.keep(LONE_SEAT, case_id, "note", [("text", "another half")])


def test_a_newer_database_is_refused_in_kind_words_and_left_alone(tmp_path: Path) -> None:
    with workroom(tmp_path) as room:
        room.office.close()
        opened = opening.with_founding_passphrase(room.folder, PASSPHRASE)
        with opened.engine.begin() as connection:
            connection.execute(schema.VERSION_TABLE.update().values(version_num="9999"))
        opened.close()
        before = room.contents()
        with pytest.raises(NewerDatabase):
            room.reopen()
        with pytest.raises(NewerDatabase):
            CliRunner().invoke(
                main,
                ["info", "--folder", str(room.folder)],
                input=PASSPHRASE + "\n",
                catch_exceptions=False,
            )
        assert room.contents() == before


def test_what_no_version_made_is_refused_and_left_alone(tmp_path: Path, server: Cluster) -> None:
    engine = open_database(tmp_path / "cases.db", KEY)
    with engine.begin() as connection:
        schema.VERSION_TABLE.drop(connection)
    engine.dispose()
    before = (tmp_path / "cases.db").read_bytes()
    with pytest.raises(UnknownDatabase):
        open_database(tmp_path / "cases.db", KEY)
    assert (tmp_path / "cases.db").read_bytes() == before
    with pytest.raises(UnknownDatabase):  # a seat makes no office by looking for one
        open_shared(server.shared(tmp_path), KEY, tmp_path / "erasing.key")


def test_opening_what_is_up_to_date_imports_nothing_of_alembic(tmp_path: Path) -> None:
    code = """
import sys
from pathlib import Path
from workstation.database import open_database
for _ in range(2):
    open_database(Path(sys.argv[1]), bytes(32)).dispose()
assert not [name for name in sys.modules if name.startswith(("alembic", "mako", "psycopg"))]
"""
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "cases.db")], check=True, timeout=60)


LATER = """
import os
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "9999", "{head}", None, None


def upgrade():
    op.create_table("later", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("told", sa.String()))
    with op.batch_alter_table("note") as note:
        note.add_column(sa.Column("colour", sa.String(), server_default="grey"))
    op.execute("UPDATE note SET colour = 'green'")
    op.execute("INSERT INTO later SELECT id, colour FROM note")
    {then}


def downgrade():
    op.drop_table("later")
    with op.batch_alter_table("note") as note:
        note.drop_column("colour")
"""
DIES = 'print("there", flush=True)\n    input()'
CHILD = """
import sys
from pathlib import Path
from workstation import schema
from workstation.database import open_database
from workstation.seats_file import parse_shared
from workstation.shared import open_shared
where, key, migrations = sys.argv[1:]
key, migrations = bytes.fromhex(key), Path(migrations)
if where.endswith(".toml"):
    erasing = Path(where).with_name("workstation") / "erasing.key"
    engine = open_shared(parse_shared(Path(where).read_bytes()), key, erasing)
else:
    engine = open_database(Path(where), key)
schema.bring_up(engine, migrations=migrations, head="9999")
"""


def later(tmp_path: Path, then: str) -> Path:
    folder = tmp_path / ("dies" if then else "lives")
    shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "r9999_later.py").write_text(LATER.format(then=then, head=schema.HEAD))
    return folder


@pytest.mark.parametrize("kind", ["sqlcipher", "postgresql"])
def test_a_program_that_is_killed_in_an_upgrade_leaves_all_as_it_was(
    kind: str, tmp_path: Path, server: Cluster
) -> None:
    with workroom(tmp_path) as room:
        fill(room)
        room.office.close()
        opened = opening.with_founding_passphrase(room.folder, PASSPHRASE)
        where, engine = str(opened.folder.database), opened.engine
        if kind == "postgresql":
            shared = server.shared(tmp_path / "scratch")
            where = str(tmp_path / "seats.toml")
            lines = [
                f'{name} = "{getattr(shared, name)}"' for name in ("host", "database", "user", "scratch")
            ]
            Path(where).write_text("\n".join(lines))
            engine = open_shared(shared, opened.key, opened.folder.erasing, new=True)
            moving.copy_everything(opened.engine, engine)
        before = rows(engine)
        engine.dispose()
        opened.close()
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, where, opened.key.hex(), str(later(tmp_path, DIES))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        with child:
            assert child.stdout is not None
            assert child.stdout.readline() == b"there\n"
            os.kill(child.pid, signal.SIGKILL)
        if kind == "postgresql":
            engine = open_shared(shared, opened.key, opened.folder.erasing)
        else:
            engine = open_database(opened.folder.database, database_key(opened.folder, PASSPHRASE))
        assert rows(engine) == before
        assert differences(engine) == []
        schema.bring_up(engine, migrations=later(tmp_path, ""), head="9999")
        with engine.connect() as connection:
            assert connection.execute(text("SELECT told FROM later")).all() == [("green",)]
        schema.bring_down(engine, schema.HEAD, migrations=later(tmp_path / "again", ""))
        assert rows(engine) == before
        engine.dispose()
