"""Searching in the cases that one may read: `office.search`.

The index is made at the first search after the office was opened, for whoever opened it, some cases in each
transaction, and follows every transaction from then on; there are no results before it has all of them. It
only says where to look: each place that is shown is read from the case database under the same rule as the
case itself.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from sqlcipher3 import dbapi2

from sluis.errors import SluisError
from workstation.casework import search_feed
from workstation.casework.roles import Actor
from workstation.casework.search_feed import Standing
from workstation.casework.search_index import Place, SearchIndex, remove
from workstation.casework.search_making import Making
from workstation.casework.search_words import Snippet, Term, snippet, terms
from workstation.errors import DiskFull
from workstation.transaction import Work

PAGE = 30
PAGES_MAX = 50


@dataclass(frozen=True)
class FoundPlace:
    """One place: its case, what kind of text it is and of which day, and some of the text.

    `anchor` is the part of the page that shows it, "" for the whole: the page of the case's options for one
    of these, else the case's own.
    """

    case_id: str
    alias: str
    state: str
    place: Place
    day: int
    snippet: Snippet
    anchor: str


@dataclass(frozen=True)
class Found:
    """A page of places, those that fit best first; `more`: there is another. `asked`: any word at all.

    `many`: it stands in more places than are compared; only the newest of them were (search_index.RANKED).
    """

    places: tuple[FoundPlace, ...]
    page: int
    more: bool
    asked: bool
    many: bool = False


class SearchDesk:
    """`work` opens a transaction, `path` is where the file of the index goes; the office's lock is held."""

    def __init__(self, work: Work, path: Path) -> None:
        self._work = work
        self._path = path
        self._index: SearchIndex | None = None
        self._actor: Actor | None = None
        self._left: list[int] = []
        self._total = 0
        self._beginning = threading.Lock()
        self.making: Making | None = None
        remove(path)

    def find(self, actor: Actor, query: str, page: int = 1) -> Found:
        """Where all words of the query stand together; raises NotAllowed, DiskFull.

        What is not there yet of the index is made first.
        """
        asked = terms(query)
        page = min(max(1, page), PAGES_MAX)
        with self._work() as (session, _):
            try:
                while self._take_more(session, actor):
                    pass
                assert self._index is not None
                matches = self._index.find(asked, (page - 1) * PAGE, PAGE + 1)
                many = self._index.many(asked)
            except (dbapi2.Error, OSError) as error:
                self.close()
                raise DiskFull("the index of the search cannot be written") from error
            standing = search_feed.standings(session, matches[:PAGE])
            may_read = set(search_feed.readable(session, actor, [one.case.id for one in standing]))
            places = tuple(_place(one, asked) for one in standing if one.case.id in may_read)
        more = len(matches) > PAGE and page < PAGES_MAX
        return Found(places, page, more, bool(asked), many)

    def is_ready(self, actor: Actor) -> bool:
        """Whether a search is answered at once."""
        return self._index is not None and self._actor == actor and not self._left

    def begin(self, actor: Actor) -> Making:
        """Makes what there is not yet of the index, beside whatever else goes on; how far it is."""
        with self._beginning:
            if self.making is None or self.making.ended.is_set():
                self.making = Making(lambda: self._make_more(actor))
            return self.making

    def keep_up(self, engine: Engine) -> None:
        """To be called after each transaction: what is no longer to be found is not in the index either.

        Without an index that can follow there is none; the next search makes it again.
        """
        if self._index is None or self._actor is None:
            return
        try:
            with Session(engine) as session, session.begin():
                if changed := search_feed.changed(session):
                    readable = search_feed.readable(session, self._actor, changed)
                    self._take_in(session, self._index, changed, readable)
        except (dbapi2.Error, SQLAlchemyError, SluisError, OSError):
            self._give_up()

    def close(self) -> None:
        """Destroys the index, or what there is of it."""
        if self.making is not None:
            self.making.stop()
        self._give_up()

    def _give_up(self) -> None:
        index, self._index, self._actor, self._left = self._index, None, None, []
        if index is not None:
            index.close()

    def _make_more(self, actor: Actor) -> tuple[int, int]:
        with self._work() as (session, _):
            self._take_more(session, actor)
            return self._total - len(self._left), self._total

    def _take_more(self, session: Session, actor: Actor) -> bool:
        """Some of the cases that are not in the index yet; whether there are others."""
        try:
            if self._index is None or self._actor != actor:
                self._give_up()
                search_feed.watch(session)
                self._left = search_feed.readable(session, actor)
                self._total = len(self._left)
                self._index, self._actor = SearchIndex(self._path), actor
            chunk, self._left = self._left[: search_feed.CHUNK], self._left[search_feed.CHUNK :]
            if chunk:  # what changed since the list was made may be another's now, or be in the index already
                self._take_in(session, self._index, chunk, search_feed.readable(session, actor, chunk))
        except BaseException:
            self._give_up()
            raise
        return bool(self._left)

    def _take_in(
        self, session: Session, index: SearchIndex, gone: Sequence[int], there: Sequence[int]
    ) -> None:
        for at in range(0, max(1, len(there)), search_feed.CHUNK):
            items = search_feed.items(session, there[at : at + search_feed.CHUNK])
            index.replace(gone if at == 0 else (), items)


def _place(found: Standing, asked: tuple[Term, ...]) -> FoundPlace:
    case = found.case
    shown = snippet(found.text, asked)
    return FoundPlace(case.case_id.hex(), case.alias, case.state, found.place, found.day, shown, found.anchor)
