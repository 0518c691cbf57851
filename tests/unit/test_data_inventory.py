"""Nothing new comes to rest on a server unnoticed: all that is found there is in docs/data_inventory.md.

What is found is the real thing: classes and migrated database, three processes in use under strace, their
logs and cookies, and every statement that speaks. Each guard is shown to fail on what is planted in a copy.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Column, DateTime, MetaData, text

from journalist_interface.events import Event
from journalist_interface.sessions import COOKIE as OPERATORS_COOKIE
from source_interface.headers import COOKIE as SOURCES_COOKIE
from tests.support.inventory import (
    COLUMNS,
    COOKIES,
    FIELDS,
    LINES,
    OTHER,
    RUN,
    STATEMENTS,
    STORE,
    Inventory,
    load,
    matches,
    unknown_columns,
    unknown_cookies,
    unknown_files,
    unknown_lines,
    unknown_statements,
)
from tests.support.log_statements import log_statements
from tests.support.server_columns import (
    SERVER_PACKAGES,
    columns_in,
    columns_of,
    declared,
    migrated,
    server_columns,
)
from tests.support.server_in_use import PROCESSES, Traces, traces_of_a_server_in_use

ROOT = Path(__file__).resolve().parents[2]
# Where the classes live that are written into files of the store.
_STORED = (
    *("mailroom.state", "mailroom.released", "mailroom.identity", "mailroom.scratch", "mailroom.ring"),
    *("sluis.bank", "sluis.export", "sluis.instance", "sluis.ring"),
)


@pytest.fixture(scope="module")
def inventory() -> Inventory:
    return load()


@pytest.fixture(scope="module")
def traces(tmp_path_factory: pytest.TempPathFactory) -> Traces:
    return traces_of_a_server_in_use(tmp_path_factory.mktemp("server"))


def statements() -> set[str]:
    return {" ".join(said.split()) for package in SERVER_PACKAGES for said in log_statements(ROOT / package)}


def stored_fields() -> dict[str, tuple[str, ...]]:
    """Fields of every class that is written into a file of the store."""
    found = {}
    for name in _STORED:
        module = importlib.import_module(name)
        for value in vars(module).values():
            if inspect.isclass(value) and value.__module__ == name and dataclasses.is_dataclass(value):
                found[value.__name__] = tuple(field.name for field in dataclasses.fields(value))
    return found


def test_each_row_says_everything_once(inventory: Inventory) -> None:
    for heading in (COLUMNS, STORE, FIELDS, RUN, OTHER, LINES, STATEMENTS, COOKIES):
        rows = inventory.tables[heading]
        assert rows, heading
        assert len({row.name for row in rows}) == len(rows), f"{heading}: a name stands twice"
        for row in rows:
            assert len(row.cells) == len(inventory.heads[heading]), f"{heading}: {row.name}"
            assert all(row.cells), f"{heading}: {row.name} has an empty cell"


def test_every_column_is_in_the_inventory(inventory: Inventory, tmp_path: Path) -> None:
    columns = server_columns(tmp_path)
    assert unknown_columns(inventory, columns) == []
    assert columns == inventory.names(COLUMNS), "the inventory has a column that is there no more"


def test_every_statement_that_speaks_is_in_the_inventory(inventory: Inventory) -> None:
    said = statements()
    assert unknown_statements(inventory, said) == []
    assert said == inventory.names(STATEMENTS), "the inventory has a statement that is there no more"


def test_every_event_is_in_the_inventory(inventory: Inventory) -> None:
    events = {re.sub(r" (?:CODE|CLASS)$", "", line) for line in inventory.names(LINES)}
    assert {event.value for event in Event} <= events


def test_every_field_of_the_stores_files_is_in_the_inventory(inventory: Inventory) -> None:
    listed = {row.name: tuple(re.findall(r"`([^`]+)`", row.cells[1])) for row in inventory.tables[FIELDS]}
    assert stored_fields() == listed, "what a file of the store holds is not what docs/data_inventory.md says"


@pytest.mark.slow
@pytest.mark.xdist_group("a server in use")
def test_every_file_of_a_server_in_use_is_in_the_inventory(inventory: Inventory, traces: Traces) -> None:
    assert unknown_files(inventory, traces.files) == []
    met = {name for name in inventory.names(STORE, RUN) if any(matches(name, file) for file in traces.files)}
    assert met | {"store/NAME.new"} == inventory.names(STORE, RUN), (
        "the inventory has files that never appear"
    )
    assert {"DATABASE", "DATABASE-journal"} <= traces.files


@pytest.mark.slow
@pytest.mark.xdist_group("a server in use")
def test_every_size_is_the_one_in_the_inventory(inventory: Inventory, traces: Traces) -> None:
    for row in inventory.tables[STORE]:
        sizes = {size for file, size in traces.sizes.items() if matches(row.name, file)}
        if row.cells[1] != "-":
            assert sizes == {int(row.cells[1].replace(",", ""))}, row.name


@pytest.mark.slow
@pytest.mark.xdist_group("a server in use")
def test_every_log_line_of_a_server_in_use_is_in_the_inventory(inventory: Inventory, traces: Traces) -> None:
    assert set(traces.logs) == set(PROCESSES)
    assert {"the mailroom is open"} <= set(traces.logs["mailroom"])
    assert {"sign-in.accepted", "export.made", "release.taken-in"} <= set(traces.logs["journalist"])
    for lines in traces.logs.values():
        assert unknown_lines(inventory, lines) == []


@pytest.mark.slow
@pytest.mark.xdist_group("a server in use")
def test_every_cookie_is_in_the_inventory(inventory: Inventory, traces: Traces) -> None:
    assert unknown_cookies(inventory, traces.cookies) == []
    assert traces.cookies == inventory.names(COOKIES) == {SOURCES_COOKIE, OPERATORS_COOKIE}


def test_a_column_of_times_on_any_table_is_noticed(inventory: Inventory, tmp_path: Path) -> None:
    engine = migrated(tmp_path)
    tables = {name.partition(".")[0] for name in columns_in(engine)}
    for table in sorted(tables):
        with engine.begin() as connection:
            connection.execute(text(f'ALTER TABLE "{table}" ADD COLUMN created_at DATETIME'))
    found = unknown_columns(inventory, columns_in(engine))
    engine.dispose()
    assert len(found) == len(tables) >= 2
    for table, complaint in zip(sorted(tables), found, strict=True):
        assert f"'{table}.created_at'" in complaint
        assert "not in docs/data_inventory.md" in complaint
        assert "tells whoever seizes it" in complaint


def test_a_column_that_only_the_classes_declare_is_noticed(inventory: Inventory) -> None:
    for metadata in declared():
        for table in metadata.tables.values():
            copy = table.to_metadata(MetaData())
            copy.append_column(Column("created_at", DateTime))
            (complaint,) = unknown_columns(inventory, columns_of(copy.metadata))
            assert "created_at" in complaint


def test_tables_and_migrations_in_any_program_of_a_server_are_noticed(
    inventory: Inventory, tmp_path: Path
) -> None:
    """In copies of the programs: a class with a new column, a migration, a table of each program's own."""
    copy = tmp_path / "copy"
    for package in ("journalist_interface", "source_interface", "mailroom"):
        shutil.copytree(ROOT / package, copy / package)
        (copy / package / "visits.py").write_text(
            "from sqlalchemy import Column, DateTime, MetaData, Table\n"
            f"visits = Table('{package}', MetaData(), Column('created_at', DateTime))\n"
        )
    models = copy / "journalist_interface" / "accounts" / "models.py"
    models.write_text(
        models.read_text().replace("    def __repr__", "    last_seen: Mapped[int]\n\n    def __repr__")
    )
    (copy / "journalist_interface" / "migrations" / "versions" / "r9999_times.py").write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n"
        "revision, down_revision, branch_labels, depends_on = '9999', '0001', None, None\n"
        "def upgrade():\n    op.add_column('operator', sa.Column('created_at', sa.DateTime()))\n"
    )
    complaints = unknown_columns(inventory, _columns_of_copy(copy))
    tables = ("journalist_interface", "mailroom", "operator", "source_interface")
    planted = sorted([*(f"{table}.created_at" for table in tables), "operator.last_seen"])
    assert [complaint.split("'")[1] for complaint in complaints] == planted


def _columns_of_copy(copy: Path) -> list[str]:
    """What the guard sees when this copy of a package is the one that Python finds."""
    (copy / "database").mkdir()
    found = subprocess.run(
        [sys.executable, "-B", "-m", "tests.support.server_columns", str(copy / "database")],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": f"{copy}{os.pathsep}{ROOT}"},
        capture_output=True,
        check=True,
    )
    return list(json.loads(found.stdout))


@pytest.mark.parametrize(
    ("line", "held"),
    [
        ("release.taken-in /var/lib/sluis-mailroom/store/release", "a path"),
        ("INFO spooled to /var/tmp/upload-1", "a path"),
        ("sign-in.accepted fc00:dead:beef:4dad::1:2", "a network address"),
        ("12:07:33 export.made", "a clock time"),
    ],
)
def test_a_log_line_that_holds_what_none_may_is_noticed(inventory: Inventory, line: str, held: str) -> None:
    copy = ["the mailroom is open", "export.made", line]
    (complaint,) = unknown_lines(inventory, copy)
    assert repr(line) in complaint
    assert f"It holds {held}, which no log may hold." in complaint


@pytest.mark.parametrize(
    "statement",
    [
        "print(f'took in {path}')",
        "_log.info('took in %s', path)",
        "logging.getLogger().warning(path)",
        "click.echo(path)",
        "sys.stderr.write(path)",
        "traceback.print_exc()",
        "report(Event.SIGNED_IN, path)",
    ],
)
@pytest.mark.parametrize("package", ["mailroom", "source_interface", "journalist_interface", "serving"])
def test_a_new_statement_that_speaks_is_noticed(
    package: str, statement: str, inventory: Inventory, tmp_path: Path
) -> None:
    copy = tmp_path / package
    shutil.copytree(ROOT / package, copy, ignore=shutil.ignore_patterns("*.mo", "__pycache__"))
    module = copy / "__init__.py"
    module.write_text(f"{module.read_text()}\n\ndef taken_in(path):\n    {statement}\n")
    (complaint,) = unknown_statements(inventory, log_statements(copy))
    assert f"{package}/__init__.py" in complaint
    assert "may come from a source" in complaint


def test_a_new_file_is_noticed(inventory: Inventory) -> None:
    strange = ["store/reports", "store/reports.new", "store/bank-1.bak", "run/gnupg/gabc/random_seed"]
    strange += ["DATABASE-wal", "/tmp/werkzeug-part"]
    known = ["store/bank-7", "store/state.new", "run/mailroom/bank.key", "run/gnupg/gab_c/to", "DATABASE"]
    complaints = unknown_files(inventory, [*known, *strange])
    assert len(complaints) == len(strange)
    for name in strange:
        assert any(repr(name) in complaint for complaint in complaints)


def test_a_new_cookie_is_noticed(inventory: Inventory) -> None:
    (complaint,) = unknown_cookies(inventory, {SOURCES_COOKIE, "visitor"})
    assert "'visitor'" in complaint
    assert "stays in a source's browser" in complaint
