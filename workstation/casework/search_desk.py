"""Searching in the cases that one may read: `office.search`.

The index is made at the first search after the office was opened, for whoever opened it, and follows every
transaction from then on. It only says where to look: each place that is shown is read from the case database
under the same rule as the case itself.
"""

from __future__ import annotations

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
from workstation.casework.search_words import Snippet, Term, snippet, terms
from workstation.errors import DiskFull
from workstation.transaction import Work

PAGE = 30
PAGES_MAX = 50


@dataclass(frozen=True)
class FoundPlace:
    """One place: its case, what kind of text it is and of which day, and some of the text.

    `anchor` is the part of the case's page that shows it, "" for the whole.
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
    """A page of places, those that fit best first; `more`: there is another. `asked`: any word at all."""

    places: tuple[FoundPlace, ...]
    page: int
    more: bool
    asked: bool


class SearchDesk:
    """`work` opens a transaction, `path` is where the file of the index goes; the office's lock is held."""

    def __init__(self, work: Work, path: Path) -> None:
        self._work = work
        self._path = path
        self._index: SearchIndex | None = None
        self._actor: Actor | None = None
        remove(path)

    def find(self, actor: Actor, query: str, page: int = 1) -> Found:
        """Where all words of the query stand together; raises NotAllowed, DiskFull."""
        asked = terms(query)
        page = min(max(1, page), PAGES_MAX)
        with self._work() as (session, _):
            numbers = search_feed.readable(session, actor)
            try:
                index = self._made_for(session, actor, numbers)
                matches = index.find(asked, (page - 1) * PAGE, PAGE + 1)
            except (dbapi2.Error, OSError) as error:
                self.close()
                raise DiskFull("the index of the search cannot be written") from error
            may_read = set(numbers)
            standing = (search_feed.standing(session, one) for one in matches[:PAGE])
            places = tuple(
                _place(one, asked) for one in standing if one is not None and one.case.id in may_read
            )
        more = len(matches) > PAGE and page < PAGES_MAX
        return Found(places, page, more, bool(asked))

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
            self.close()

    def close(self) -> None:
        """Destroys the index."""
        index, self._index, self._actor = self._index, None, None
        if index is not None:
            index.close()

    def _made_for(self, session: Session, actor: Actor, numbers: Sequence[int]) -> SearchIndex:
        if self._index is not None and self._actor == actor:
            return self._index
        self.close()
        search_feed.watch(session)
        index = self._index = SearchIndex(self._path)
        try:
            self._take_in(session, index, (), numbers)
        except BaseException:
            self.close()
            raise
        self._actor = actor
        return index

    def _take_in(
        self, session: Session, index: SearchIndex, gone: Sequence[int], there: Sequence[int]
    ) -> None:
        index.replace(gone, ())
        for at in range(0, len(there), search_feed.CHUNK):
            index.replace((), search_feed.items(session, there[at : at + search_feed.CHUNK]))


def _place(found: Standing, asked: tuple[Term, ...]) -> FoundPlace:
    case = found.case
    shown = snippet(found.text, asked)
    return FoundPlace(case.case_id.hex(), case.alias, case.state, found.place, found.day, shown, found.anchor)
