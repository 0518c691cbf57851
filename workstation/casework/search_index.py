"""The file of the search: which words stand where, under a key that is never on a disk.

`search.db` in the office folder is SQLCipher with 32 random bytes as its key, drawn when somebody searches
for the first time after opening the office. The key is in memory only, so the file opens for nobody once the
office is locked; it is removed then, and at every start, whatever is left of it. Its journal is in memory.
It holds folded words (search_words.py), the numbers of rows of the case database, and days; what is shown is
read from the case database each time (search_feed.py).

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
    " row_pk INTEGER NOT NULL, day INTEGER NOT NULL)",
    "CREATE INDEX item_case ON item (case_pk)",
    "CREATE VIRTUAL TABLE word USING fts5 (body, tokenize = 'ascii')",
)


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
            mine = "SELECT id FROM item WHERE case_pk = ?"
            cursor.execute(f"DELETE FROM word WHERE rowid IN ({mine})", (case_pk,))  # noqa: S608  # no input
            cursor.execute("DELETE FROM item WHERE case_pk = ?", (case_pk,))
        for item in items:
            cursor.execute(
                "INSERT INTO item (case_pk, place, row_pk, day) VALUES (?, ?, ?, ?)",
                (item.case_pk, int(item.place), item.row_pk, item.day),
            )
            cursor.execute(
                "INSERT INTO word (rowid, body) VALUES (?, ?)", (cursor.lastrowid, folded(item.text))
            )
        self._connection.commit()

    def find(self, asked: tuple[Term, ...], offset: int, limit: int) -> list[Match]:
        """Where all that was asked for stands: what fits best first, of equals the newest."""
        if not asked:
            return []
        rows = self._connection.execute(
            "SELECT item.place, item.row_pk FROM word JOIN item ON item.id = word.rowid"
            " WHERE word MATCH ? ORDER BY round(bm25(word), 1), item.day DESC, item.id DESC"
            " LIMIT ? OFFSET ?",
            (expression(asked), limit, offset),
        )
        return [Match(Place(place), row_pk) for place, row_pk in rows]

    def close(self) -> None:
        """Closes and removes it; with the key gone nothing opens what the disk may still hold of it."""
        self._key = b""
        self._connection.close()
        remove(self._path)
