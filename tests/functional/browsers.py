"""Browsers of the people in a story: each page is looked at, and a failure says where its pictures are."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from demo.browser import Browser, BrowserKind
from demo.chromium import ChromiumKind
from demo.firefox import FirefoxKind
from tests.functional.stage_fixtures import Line

KINDS: dict[str, Callable[[], BrowserKind]] = {"chromium": ChromiumKind, "firefox": FirefoxKind}

_SCRIPT = re.compile(r"<script|<[^>]*\son[a-z]+\s*=|javascript:", re.IGNORECASE)
# The one script that there is, on the pages of a case at the workstation (docs/decisions/0021-keeping.md).
_KEEPS = re.compile(r'<script nonce="[^"]*" src="/static/keep\.js" defer(?:="")?></script>')
_FROM_ELSEWHERE = re.compile(r"""\b(?:src|href|action)="(?:[a-z]+:)?//""", re.IGNORECASE)


class People:
    """Starts a browser for each person; a person who comes back has a fresh one."""

    def __init__(self, kind: BrowserKind, line: Line, folder: Path) -> None:
        self._kind = kind
        self._line = line
        self._folder = folder
        self._open: dict[str, Browser] = {}
        self.source_titles: set[str] = set()

    def source(self) -> Browser:
        onions = self._line.onions
        visit = self._kind.visit(self._folder, onions.visitor.socks_port, onions.source)
        return self._sit_down("source", self._look_at_source, *visit)

    def operator(self) -> Browser:
        onions, medium = self._line.onions, self._line.stage.medium
        visit = self._kind.visit(medium, onions.operator_visitor.socks_port, onions.journalist)
        return self._sit_down("operator", _look, *visit)

    def counsellor(self) -> Browser:
        browser = self._kind.start(self._folder)
        return self._sit_down("counsellor", _look, browser, self._line.workstation_url)

    def close(self, browser: Browser) -> None:
        self._open = {name: one for name, one in self._open.items() if one is not browser}
        browser.close()

    def pictures(self) -> list[Path]:
        taken = []
        for name, browser in self._open.items():
            path = self._folder / f"{name}.png"
            browser.picture(path)
            taken.append(path)
        return taken

    def _sit_down(
        self, name: str, look: Callable[[Browser], None], browser: Browser, address: str
    ) -> Browser:
        self._open[name] = browser
        assert not browser.runs_scripts()
        browser.look = look
        browser.open(address)
        return browser

    def _look_at_source(self, browser: Browser) -> None:
        _look(browser)
        if browser.url.startswith("http"):
            self.source_titles.add(browser.title)


def _look(browser: Browser) -> None:
    """What holds for every page of the three sites."""
    if not browser.url.startswith("http"):
        return
    shown = _KEEPS.sub("", browser.source) if "/case/" in browser.url else browser.source
    assert not _SCRIPT.search(shown)
    assert not _FROM_ELSEWHERE.search(browser.source)
    assert len(browser.texts("h1")) == 1
    assert browser.shown(".banner")
    assert browser.attribute("link[rel=stylesheet]", "href").startswith("/")


@contextmanager
def people(kind: str, line: Line, folder: Path) -> Iterator[People]:
    """The people of one story, who all use this kind of browser."""
    with KINDS[kind]() as started:
        crowd = People(started, line, folder)
        try:
            yield crowd
        except BaseException as failure:
            failure.add_note("pictures: " + ", ".join(map(str, crowd.pictures())))
            line.stage.processes.check()
            raise
