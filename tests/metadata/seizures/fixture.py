"""A folder as a seized SecureDrop server would have it, made from that project's public documentation.

Nothing of its code is used; names of tables and columns are what its API, its client and its issue tracker
call them. Two of its protections are modelled, since leaving them out would be unfair: the files of all of a
source's submissions get the time of the newest one at each new submission (its pull requests 335 and 5724,
issue 822), and only the newest time is kept in the database. Answers keep their time (issue 822).
Contents are random bytes of the size that OpenPGP would give: no report is opened, on either server.
"""

from __future__ import annotations

import os
import random
import sqlite3
import uuid
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

from tests.metadata.seizures.traffic import COUNSELLORS, Answer, Hidden, Report, Traffic

# One public-key packet for each recipient (RSA-4096), headers, modification detection (RFC 4880).
_OPENPGP_BYTES = 590
_ADJECTIVES = ("amber", "brisk", "calm", "dusky", "eager", "fabled", "gentle", "hollow", "ivory", "jolly")
_NOUNS = ("anchor", "beacon", "candle", "dune", "ember", "falcon", "garden", "harbour", "island", "kettle")
_SCHEMA = """
CREATE TABLE sources (id INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE, filesystem_id TEXT UNIQUE,
  journalist_designation TEXT NOT NULL, last_updated DATETIME, pending BOOLEAN,
  interaction_count INTEGER NOT NULL, deleted_at DATETIME);
CREATE TABLE submissions (id INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE,
  source_id INTEGER REFERENCES sources (id), filename TEXT NOT NULL, size INTEGER NOT NULL,
  downloaded BOOLEAN, checksum TEXT);
CREATE TABLE journalists (id INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE, username TEXT NOT NULL UNIQUE,
  is_admin BOOLEAN, created_on DATETIME, last_access DATETIME);
CREATE TABLE replies (id INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE,
  journalist_id INTEGER REFERENCES journalists (id), source_id INTEGER REFERENCES sources (id),
  filename TEXT NOT NULL, size INTEGER NOT NULL, checksum TEXT, deleted_by_source BOOLEAN NOT NULL);
CREATE TABLE seen_files (id INTEGER PRIMARY KEY, file_id INTEGER REFERENCES submissions (id),
  journalist_id INTEGER REFERENCES journalists (id));
CREATE TABLE seen_messages (id INTEGER PRIMARY KEY, message_id INTEGER REFERENCES submissions (id),
  journalist_id INTEGER REFERENCES journalists (id));
CREATE TABLE seen_replies (id INTEGER PRIMARY KEY, reply_id INTEGER REFERENCES replies (id),
  journalist_id INTEGER REFERENCES journalists (id));
CREATE TABLE source_stars (id INTEGER PRIMARY KEY, source_id INTEGER REFERENCES sources (id),
  starred BOOLEAN);
CREATE TABLE journalist_login_attempt (id INTEGER PRIMARY KEY, timestamp DATETIME,
  journalist_id INTEGER REFERENCES journalists (id));
"""


class _Writer:
    def __init__(self, folder: Path, traffic: Traffic, seed: int) -> None:
        self._folder = folder
        self._traffic = traffic
        self._chance = random.Random(seed)
        self._database = sqlite3.connect(folder / "db.sqlite")
        self._database.executescript(_SCHEMA)
        self._count: defaultdict[int, int] = defaultdict(int)
        pairs = [f"{adjective}_{noun}" for adjective in _ADJECTIVES for noun in _NOUNS]
        self._names = self._chance.sample(pairs, traffic.sources)
        self._ids = [self._chance.randbytes(32).hex().upper() for _ in range(traffic.sources)]
        self._submitted: defaultdict[int, list[Path]] = defaultdict(list)

    def _insert(self, table: str, **values: object) -> int:
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        added = self._database.execute(
            f"INSERT INTO {table} ({names}) VALUES ({marks})",  # noqa: S608  # names of our own
            tuple(values.values()),
        )
        assert added.lastrowid is not None
        return added.lastrowid

    def _uuid(self) -> str:
        return str(uuid.UUID(bytes=self._chance.randbytes(16), version=4))

    def run(self) -> None:
        first = self._traffic.first_day * 86_400
        for name in COUNSELLORS:
            self._insert(
                "journalists", uuid=self._uuid(), username=name, is_admin=False, created_on=_text(first)
            )
        for source in range(self._traffic.sources):
            self._insert(
                "sources",
                uuid=self._uuid(),
                filesystem_id=self._ids[source],
                journalist_designation=self._names[source].replace("_", " "),
                pending=False,
                interaction_count=0,
            )
        happened: list[Report | Answer] = [*self._traffic.reports, *self._traffic.answers]
        for one in sorted(happened, key=lambda one: one.at):
            if isinstance(one, Report):
                self._report(one)
            else:
                self._answer(one)
        self._database.commit()
        self._database.close()
        os.utime(self._folder / "db.sqlite", (self._traffic.end, self._traffic.end))

    def _file(self, source: int, ending: str, size: int, at: int) -> Path:
        self._count[source] += 1
        self._database.execute(
            "UPDATE sources SET interaction_count = ? WHERE id = ?", (self._count[source], source + 1)
        )
        folder = self._folder / "store" / self._ids[source]
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self._count[source]}-{self._names[source]}-{ending}"
        path.write_bytes(self._chance.randbytes(size + _OPENPGP_BYTES))
        os.utime(path, (at, at))
        return path

    def _report(self, report: Report) -> None:
        ending = "msg.gpg" if report.kind == "text" else "doc.gz.gpg"
        path = self._file(report.source, ending, report.size, report.at)
        self._submitted[report.source].append(path)
        for other in self._submitted[report.source]:
            os.utime(other, (report.at, report.at))
        number = self._insert(
            "submissions",
            uuid=self._uuid(),
            source_id=report.source + 1,
            filename=path.name,
            size=path.stat().st_size,
            downloaded=bool(report.readers),
        )
        table, column = (
            ("seen_messages", "message_id") if report.kind == "text" else ("seen_files", "file_id")
        )
        for reader in sorted(report.readers):
            self._insert(table, **{column: number, "journalist_id": COUNSELLORS.index(reader) + 1})
        self._database.execute(
            "UPDATE sources SET last_updated = ? WHERE id = ?", (_text(report.at), report.source + 1)
        )

    def _answer(self, answer: Answer) -> None:
        path = self._file(answer.source, "reply.gpg", answer.size, answer.at)
        self._insert(
            "replies",
            uuid=self._uuid(),
            journalist_id=COUNSELLORS.index(answer.author) + 1,
            source_id=answer.source + 1,
            filename=path.name,
            size=path.stat().st_size,
            deleted_by_source=answer.deleted,
        )


def _text(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def fill(folder: Path, traffic: Traffic, seed: int = 1) -> Hidden:
    """Writes the folder; the same bytes and times for the same arguments."""
    _Writer(folder, traffic, seed).run()
    hidden = Hidden()
    for path in folder.rglob("*"):
        if path.is_file():
            name = str(path.relative_to(folder))
            hidden.reports[name] = name.endswith(("-msg.gpg", "-doc.gz.gpg"))
            hidden.answers[name] = name.endswith("-reply.gpg")
    return hidden
