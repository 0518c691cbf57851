"""Databases on a seized disk: which table holds what, by the names and values of any schema."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

_MAGIC = b"SQLite format 3\0"
# In this order: "seen_messages" is about reading, not a table of messages.
_ROLES = {
    "reads": r"seen|read|viewed|opened",
    "answers": r"repl|answer|response|outbox",
    "reports": r"submission|report|message|upload|document|inbox|file",
    "sources": r"source|reporter|informant|contact|client|thread|conversation",
    "staff": r"journalist|operator|user|counsel|staff|account|member",
}
_EARLIEST, _LATEST = 1_000_000_000, 4_000_000_000
Row = dict[str, object]


def role_of(name: str) -> str | None:
    """What a table or a link of this name is about."""
    return next((role for role, words in _ROLES.items() if re.search(words, name.lower())), None)


@dataclass
class Table:
    """A table with its rows in the order of their keys; `links` are columns that point to a role."""

    name: str
    columns: list[str]
    rows: list[Row]
    links: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The column that others point to."""
        return next((name for name in self.columns if name.lower() in ("id", "rowid")), self.columns[0])

    def column(self, words: str) -> str | None:
        """The first column whose name has one of these words."""
        return next((name for name in self.columns if re.search(words, name.lower())), None)

    def time_column(self) -> str | None:
        """A column that holds times."""
        for name in self.columns:
            values = [row[name] for row in self.rows if row[name] is not None]
            if values and all(moment(value) is not None for value in values):
                return name
        return None


def moment(value: object) -> float | None:
    """Seconds since 1970 behind a value of a database, when it can be a time."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        seconds = value / 1_000 if value > _LATEST else value
        return float(seconds) if _EARLIEST < seconds < _LATEST else None
    if isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\d", value):
        try:
            return datetime.fromisoformat(value).replace(tzinfo=UTC).timestamp()
        except ValueError:
            return None
    return None


def databases(folder: Path) -> Iterator[Path]:
    """Every SQLite file."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                if file.read(len(_MAGIC)) == _MAGIC:
                    yield path


def tables(folder: Path) -> list[Table]:
    """All tables of all databases."""
    found = []
    for path in databases(folder):
        with closing(sqlite3.connect(f"file:{path}?immutable=1", uri=True)) as database:
            database.row_factory = sqlite3.Row
            names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            found += [_read(database, name) for (name,) in names]
    return found


def _read(database: sqlite3.Connection, name: str) -> Table:
    quoted = '"' + name.replace('"', '""') + '"'
    rows = [dict(row) for row in database.execute(f"SELECT * FROM {quoted} ORDER BY rowid")]  # noqa: S608
    columns = [row["name"] for row in database.execute(f"PRAGMA table_info({quoted})")]
    table = Table(name, columns, rows)
    declared = {row["from"]: row["table"] for row in database.execute(f"PRAGMA foreign_key_list({quoted})")}
    for column in columns:
        target = declared.get(column) or (column[:-3] if column.lower().endswith("_id") else "")
        role = role_of(target) if target else None
        if role is not None:
            table.links.setdefault(role, column)
    return table


def pick(all_tables: list[Table], role: str, *, linked: str = "") -> Table | None:
    """The table of this role: of those with rows, the one that most others point to, then the largest."""

    def weight(table: Table) -> tuple[int, int]:
        return sum(role in other.links for other in all_tables if other is not table), len(table.rows)

    fitting = [table for table in all_tables if table.rows and role_of(table.name) == role]
    if linked:
        fitting = [table for table in fitting if linked in table.links] or fitting
    own = [table for table in fitting if role not in table.links]
    return max(own or fitting, key=weight, default=None)
