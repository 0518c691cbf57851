"""The file of the search: which words stand where, under a key that is never on a disk.

`search.db` in the office folder is SQLCipher with 32 random bytes as its key, drawn when somebody searches
for the first time after opening the office. The key is in memory only, so the file opens for nobody once the
office is locked; it is removed then, and at every start, whatever is left of it. Its journal is in memory.
It holds folded words (search_words.py), the numbers of rows of the case database, and days; what is shown is
read from the case database each time (search_feed.py).

The number of an item follows from its day, so that going through the index is going from the newest to the
oldest, and a search can stop. Ranking what a common word stands in, most of all that there is, would take
longer than anybody likes to wait; so the newest RANKED places are compared with each other, and no others.

What leaves must be gone: FTS5 would keep a deleted word in the index and note that it no longer counts, until
segments are merged some day; its `secure-delete` (SQLite 3.42) takes it out, and SQLite's own overwrites the
pages (docs/decisions/0016-search.md).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

from sqlcipher3 import dbapi2

from sluis.primitives import random_key
from workstation.casework.search_words import Term, expression, folded

SECURE_DELETE = 1
RANKED = 5_000
"""How many of the newest places that fit are compared with each other; more are never shown."""
SETTINGS = (
    "PRAGMA cipher_memory_security = ON",
    "PRAGMA secure_delete = ON",
    "PRAGMA journal_mode = MEMORY",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA synchronous = OFF",  # after a crash there is a new index
)
# `ascii` cuts at spaces and signs of ASCII and nowhere else: all other cutting was done by search_words.py.
_TABLES = (
    "CREATE TABLE item (id INTEGER PRIMARY KEY, case_pk INTEGER NOT NULL, place INTEGER NOT NULL,"
    " row_pk INTEGER NOT NULL)",
    "CREATE INDEX item_case ON item (case_pk)",
    "CREATE VIRTUAL TABLE word USING fts5 (body, tokenize = 'ascii')",
)
_NEWEST = "SELECT rowid AS id, bm25(word) AS fit FROM word WHERE word MATCH ? ORDER BY rowid LIMIT ?"
_BEST = f"SELECT id, round(fit, 1) AS fit FROM ({_NEWEST}) ORDER BY 2, 1 LIMIT ? OFFSET ?"  # noqa: S608  # no input
_FIND = f"SELECT place, row_pk FROM ({_BEST}) JOIN item USING (id) ORDER BY fit, id"  # noqa: S608  # no input
_MANY = "SELECT count(*) FROM (SELECT 1 FROM word WHERE word MATCH ? LIMIT ?)"
# An item's number: days from the last one down, then what came later first.
_LAST_DAY = 2**30
_OF_A_DAY = 2**32


class Place(IntEnum):
    """What kind of text something stands in."""

    MESSAGE = 1
    FILE_NAME = 2
    ANSWER = 3
    NOTE = 4
    TASK = 5
    JUDGEMENT = 6
    ALIAS = 7
    TOLD = 8
    TRANSLATION = 9
    OPTION = 10


@dataclass(frozen=True)
class Item:
    """One text of a case: the table follows from `place`, `row_pk` is the number of its row there."""

    case_pk: int
    place: Place
    row_pk: int
    day: int
    text: str


@dataclass(frozen=True)
class Match:
    """Where something was found."""

    place: Place
    row_pk: int


def remove(path: Path) -> None:
    """Takes away what is left of an index; nobody has its key any more."""
    for name in (path.name, path.name + "-journal"):
        path.with_name(name).unlink(missing_ok=True)


class SearchIndex:
    """A new, empty index in a new file (0600). Not safe to share between threads without a lock.

    Raises sqlcipher3.dbapi2.Error and OSError when it cannot be written; it is then to be closed.
    """

    def __init__(self, path: Path) -> None:
        remove(path)
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        self._path = path
        self._key = random_key()
        self._made = 0
        self._connection: Any = dbapi2.connect(str(path), check_same_thread=False)
        for statement in (
            "PRAGMA cipher_log_level = NONE",
            f"PRAGMA key = \"x'{self._key.hex()}'\"",
            *SETTINGS,
            *_TABLES,
        ):
            self._connection.execute(statement)
        self._connection.execute(
            "INSERT INTO word (word, rank) VALUES ('secure-delete', ?)", (SECURE_DELETE,)
        )
        self._connection.commit()

    def replace(self, cases: Sequence[int], items: Iterable[Item]) -> None:
        """All of these cases is taken out, and `items` is all that there is of them now."""
        cursor = self._connection.cursor()
        for case_pk in cases:
            there = cursor.execute("SELECT id FROM item WHERE case_pk = ?", (case_pk,)).fetchall()
            cursor.executemany("DELETE FROM word WHERE rowid = ?", there)
            cursor.executemany("DELETE FROM item WHERE id = ?", there)
        # FTS5 writes a segment of its own for whatever comes out of order.
        numbered = sorted(((self._number(item.day), item) for item in items), key=lambda one: one[0])
        cursor.executemany(
            "INSERT INTO item (id, case_pk, place, row_pk) VALUES (?, ?, ?, ?)",
            [(number, item.case_pk, int(item.place), item.row_pk) for number, item in numbered],
        )
        cursor.executemany(
            "INSERT INTO word (rowid, body) VALUES (?, ?)",
            ((number, folded(item.text)) for number, item in numbered),
        )
        self._connection.commit()

    def find(self, asked: tuple[Term, ...], offset: int, limit: int) -> list[Match]:
        """Where all that was asked for stands: of the newest RANKED, what fits best first.

        Of equals the newest comes first.
        """
        if not asked:
            return []
        rows = self._connection.execute(_FIND, (expression(asked), RANKED, limit, offset))
        return [Match(Place(place), row_pk) for place, row_pk in rows]

    def many(self, asked: tuple[Term, ...]) -> bool:
        """Whether it stands in more than RANKED places."""
        limit = RANKED + 1
        found = self._connection.execute(_MANY, (expression(asked), limit)).fetchone() if asked else (0,)
        return bool(found[0] == limit)

    def _number(self, day: int) -> int:
        self._made += 1
        return (_LAST_DAY - min(max(day, 0), _LAST_DAY)) * _OF_A_DAY + _OF_A_DAY - self._made

    def close(self) -> None:
        """Closes and removes it; with the key gone nothing opens what the disk may still hold of it."""
        self._key = b""
        self._connection.close()
        remove(self._path)
