"""Pictures of pages in the order in which they came, and which pages are missing (demo/screenshots.py)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from demo import clicks, pages
from demo.browser import Browser, BrowserKind

_ID = re.compile(r"[0-9a-f]{16,}|\d+")


@dataclass(frozen=True)
class Doors:
    """The addresses of the three sites on this machine."""

    source: str
    journalist: str
    workstation: str


class Album:
    """Pictures of one language in one browser, numbered in the order in which the pages came."""

    def __init__(
        self, kind: BrowserKind, language: str, folder: Path, downloads: Path, looks: list[str]
    ) -> None:
        """`looks`: in which of a browser's looks a page is pictured, where it has them."""
        self.name = f"{kind.name}-{language}"
        self.language = language
        self.taken = 0
        self.paths: dict[str, list[str]] = {"source": [], "operator": [], "counsellor": []}
        self._looks = looks
        self._kind = kind
        self._folder = folder / kind.name / language
        self._folder.mkdir(parents=True, exist_ok=True)
        for old in self._folder.glob("*.png"):
            old.unlink()
        self._downloads = downloads

    def sit_down(self, person: str, address: str) -> Browser:
        """A fresh browser at this address, in the album's language, whose every page is pictured."""
        browser = self._kind.start(self._downloads)
        browser.open(address)
        clicks.switch_language(browser, self.language)
        browser.look = lambda shown: self._take(person, shown)
        browser.look(browser)
        return browser

    def _take(self, person: str, browser: Browser) -> None:
        self.taken += 1
        path = urlsplit(browser.url).path
        self.paths[person.partition("-")[0]].append(path)
        parts = [part for part in path.split("/")[2:] if part and not _ID.fullmatch(part)]
        name = f"{self.taken:03}-{person}-{'-'.join(parts) or 'first'}"
        for look in self._looks:
            if look in browser.looks:
                browser.picture(self._folder / f"{name}{'-' * bool(look)}{look}.png", look)

    def missing(self) -> list[str]:
        """The pages of which there is no picture."""
        sites = {
            "source": pages.SOURCE,
            "operator": pages.OPERATOR,
            "counsellor": (*pages.DESK, *pages.PEOPLE),
        }
        return [
            f"{self.name}: {page}"
            for site, offered in sites.items()
            for page in pages.unseen(offered, self.paths[site])
        ]
