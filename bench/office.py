"""An office with thousands of cases: its pages as a browser asks for them, and the same on plain SQLite.

Plain SQLite holds the same rows in a file without encryption; everything above the file is the product. The
limits are those that a counsellor does not notice waiting for.
"""

from __future__ import annotations

import html
import random
import re
import sqlite3
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from flask.testing import FlaskClient
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.pool import StaticPool
from sqlcipher3 import dbapi2
from werkzeug.test import TestResponse

from bench.caseload import PASSPHRASE, RARE, TODAY, Load, fill
from bench.timing import Times, ms, table, timed
from workstation import opening
from workstation.casework.roles import LONE_SEAT
from workstation.office import Office
from workstation.opening import Opened
from workstation.ui.app import create_app
from workstation.ui.settings import UiSettings

PAGE_LIMIT_S = 0.150
SEARCH_LIMIT_S = 0.300
TOLD_LIMIT_S = 2.0  # what takes longer says by then how far it is
_QUERIES = ("consulate", "passport brother", "القنصلية", "领事馆", "консульство письмо", RARE)
_IDLE_S = 1e9


@dataclass(frozen=True)
class Page:
    """A page, its times, and what most of them must keep below; None: nothing is promised."""

    name: str
    times: Times
    limit_s: float | None

    @property
    def holds(self) -> bool:
        """Whether 95 of 100 came in time."""
        return self.limit_s is None or self.times.most < self.limit_s


def measure(folder: Path, load: Load, rounds: int) -> bool:
    """Fills an office in `folder`, prints both tables; whether every page keeps its limit."""
    office_folder = folder / "office"
    print(f"An office with {load.cases:,} cases and {load.messages:,} messages", flush=True)
    if not office_folder.exists():
        begun = time.monotonic()
        fill(office_folder, load)
        print(f"made in {time.monotonic() - begun:.0f} s\n", flush=True)
    pages = _pages(office_folder, folder / "media", rounds)
    head = ("as a browser asks for it", "median", "95 of 100", "limit")
    rows = [
        (one.name, ms(one.times.median), ms(one.times.most), ms(one.limit_s) if one.limit_s else "none")
        for one in pages
    ]
    print(table(head, rows), "\n")
    encrypted = _desks(opening.with_founding_passphrase(office_folder, PASSPHRASE), rounds)
    plain = _desks(_plain(office_folder, folder / "plain.db"), rounds)
    ratios = [
        (name, ms(times.median), ms(plain[name].median), f"{times.median / plain[name].median:.2f}")
        for name, times in encrypted.items()
    ]
    print(table(("below the page", "SQLCipher", "plain SQLite", "ratio"), ratios), "\n")
    late = [one.name for one in pages if not one.holds]
    print(f"over their limit: {', '.join(late)}" if late else "every page keeps its limit")
    return not late


def _pages(office_folder: Path, media: Path, rounds: int) -> list[Page]:
    media.mkdir(exist_ok=True)
    settings = UiSettings(office_folder, media, idle_s=_IDLE_S)
    app = create_app(settings, lambda: TODAY, time.monotonic, lambda: ())
    browser = app.test_client()
    try:
        _unlock(browser)
        office: Office = app.extensions["station"].holder.office
        cases, largest = _chosen(office, rounds)
        inbox = timed([_get(browser, f"/en/?page={number % 20 + 1}") for number in range(rounds)])
        some = timed([_get(browser, f"/en/case/{one}") for one in cases])
        great = timed([_get(browser, f"/en/case/{largest[0]}")] * min(rounds, 10))
        token = _token(browser.get("/en/search").text)
        first, told = _first_search(browser, token, office)
        asked = [_QUERIES[number % len(_QUERIES)] for number in range(rounds)]
        search = timed([_find(browser, token, query) for query in asked])
    finally:
        app.extensions["station"].holder.lock()
    return [
        Page("inbox", inbox, PAGE_LIMIT_S),
        Page("a case", some, PAGE_LIMIT_S),
        Page(f"the largest case ({largest[1]:,} messages)", great, None),
        Page("search", search, SEARCH_LIMIT_S),
        Page("the first search, until it says how far it is", Times((told, told)), TOLD_LIMIT_S),
        Page("the first search, which makes the index", Times((first, first)), None),
    ]


def _first_search(browser: FlaskClient, token: str, office: Office) -> tuple[float, float]:
    """Seconds until something was found, and until there was a page that says how far the index is."""
    begun = time.perf_counter()
    answer = _search(browser, token, _QUERIES[0])
    assert answer.status_code in (200, 303), answer.status
    progress = browser.get("/en/search/progress") if answer.status_code == 303 else answer
    assert progress.status_code == 200, progress.status
    told = time.perf_counter() - begun
    making = office.search.making
    assert making is not None
    making.ended.wait()
    _found(progress if answer is progress else browser.get("/en/search/progress"), _QUERIES[0])
    return time.perf_counter() - begun, told


def _desks(opened: Opened, rounds: int) -> dict[str, Times]:
    office = Office(opened, lambda: TODAY)
    try:
        cases, _ = _chosen(office, rounds)
        inbox = timed([partial(office.cases.inbox, LONE_SEAT, number % 20 + 1) for number in range(rounds)])
        case = timed([partial(office.cases.view, LONE_SEAT, one) for one in cases])
        first = _seconds(lambda: office.search.find(LONE_SEAT, _QUERIES[0]))
        asked = [_QUERIES[number % len(_QUERIES)] for number in range(rounds)]
        search = timed([partial(office.search.find, LONE_SEAT, query) for query in asked])
    finally:
        office.close()
    return {"inbox": inbox, "a case": case, "search": search, "the first search": Times((first, first))}


def _chosen(office: Office, rounds: int) -> tuple[Sequence[str], tuple[str, int]]:
    """Ids of some cases, the same in each office, and the one with most messages with their number."""
    lines = sorted(office.cases.inbox(LONE_SEAT, size=100_000).lines, key=lambda one: one.case_id)
    largest = max(lines, key=lambda one: one.messages)
    chance = random.Random(2)  # which cases are looked at
    chosen = [one.case_id for one in chance.sample(lines, min(rounds, len(lines)))]
    return chosen, (largest.case_id, largest.messages)


def _unlock(browser: FlaskClient) -> None:
    typed = {"csrf_token": _token(browser.get("/en/unlock").text), "passphrase": PASSPHRASE}
    answer = browser.post("/en/unlock", data=typed)
    assert answer.status_code == 303, answer.status


def _token(page: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found
    return html.unescape(found[1])


def _get(browser: FlaskClient, path: str) -> Callable[[], object]:
    def act() -> None:
        answer = browser.get(path)
        assert answer.status_code == 200, (path, answer.status)
        print(".", end="", file=sys.stderr, flush=True)

    return act


def _find(browser: FlaskClient, token: str, query: str) -> Callable[[], object]:
    def act() -> None:
        _found(_search(browser, token, query), query)

    return act


def _search(browser: FlaskClient, token: str, query: str) -> TestResponse:
    return browser.post("/en/search", data={"csrf_token": token, "words": query})


def _found(answer: TestResponse, query: str) -> None:
    assert answer.status_code == 200, answer.status
    assert "<mark>" in answer.text or 'class="found' in answer.text, query


def _seconds(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


def _plain(office_folder: Path, path: Path) -> Opened:
    """The same office over a copy of its database without encryption."""
    opened = opening.with_founding_passphrase(office_folder, PASSPHRASE)
    opened.engine.dispose()
    path.unlink(missing_ok=True)
    connection = dbapi2.connect(str(opened.folder.database))
    connection.execute(f"PRAGMA key = \"x'{opened.key.hex()}'\"")
    connection.execute("ATTACH DATABASE ? AS plain KEY ''", (str(path),))
    connection.execute("SELECT sqlcipher_export('plain')")
    connection.close()
    return Opened(opened.folder, _plain_engine(path), opened.key, opened.actor)


def _plain_engine(path: Path) -> Engine:
    engine = create_engine(
        f"sqlite:///{path}", poolclass=StaticPool, connect_args={"check_same_thread": False}
    )

    @event.listens_for(engine, "connect")
    def _settings(connection: sqlite3.Connection, _: object) -> None:
        # The same settings as in workstation.database, so that only the encryption differs.
        for setting in ("secure_delete = ON", "journal_mode = PERSIST", "temp_store = MEMORY"):
            connection.execute(f"PRAGMA {setting}")
        connection.execute("PRAGMA synchronous = FULL")

    return engine
