"""A real browser without script, in the hands of a person: what the story tests and the pictures need of it.

demo/chromium.py and demo/firefox.py drive the two browsers of Debian. Whoever presses here has to find the
thing on the page first; nothing is sent that the page does not offer.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from demo.acts import ActFailed

PAGE_DEADLINE_S = 120.0  # a page with an upload in it, over Tor
SIZE = (1280, 800)
NARROW = 320  # what is left of 1280 at 400 %
_POLL_S = 0.1
_TRIES_A_SCRIPT = "<title>off</title><script>document.title = 'on'</script>"


class Browser(ABC):
    """One window with a fresh profile; `selector` is a CSS selector, of which the first match counts."""

    looks: tuple[str, ...] = ("",)
    """How it can show a page: plain, "dark" as the person's system asks, "narrow" as a zoom of 400 % does."""

    def __init__(self) -> None:
        self.look: Callable[[Browser], None] = lambda browser: None
        """Called after each page that came by `open`, `press`, `back` or `wait_for`."""

    # What each browser does in its own way.

    @abstractmethod
    def _open(self, url: str) -> None: ...

    @abstractmethod
    def _press(self, selector: str) -> None: ...

    @abstractmethod
    def _back(self) -> bool:
        """Goes back; False when the browser kept nothing of that page, and shows one of its own."""

    @abstractmethod
    def tick(self, selector: str) -> None:
        """Clicks something that stays on this page: a choice, a text that unfolds."""

    @abstractmethod
    def choose(self, selector: str, value: str) -> None:
        """Chooses the answer with this value from a list."""

    @abstractmethod
    def type(self, selector: str, text: str) -> None:
        """Empties a field and types into it."""

    @abstractmethod
    def attach(self, selector: str, files: Sequence[Path]) -> None:
        """Chooses files in a file field."""

    @abstractmethod
    def download(self, selector: str) -> Path:
        """Clicks a link that downloads, and waits; gives the file in the folder for downloads."""

    @abstractmethod
    def texts(self, selector: str) -> list[str]:
        """What can be read in each element that matches."""

    @abstractmethod
    def attribute(self, selector: str, name: str) -> str:
        """An attribute as the page has it, or ""; raises ActFailed when there is no such element."""

    @abstractmethod
    def shown(self, selector: str) -> bool:
        """Whether there is such an element and it can be seen."""

    @abstractmethod
    def cookies(self) -> list[str]:
        """The names of the cookies of this page's site."""

    @property
    @abstractmethod
    def title(self) -> str:
        """What the tab says, and the history keeps."""

    @property
    @abstractmethod
    def url(self) -> str:
        """What the address bar says."""

    @property
    @abstractmethod
    def source(self) -> str:
        """The page's elements, written out."""

    @abstractmethod
    def picture(self, path: Path, look: str = "") -> None:
        """A PNG of the whole page, in one of the `looks`."""

    @abstractmethod
    def close(self) -> None:
        """Ends the browser and removes its profile."""

    # What follows from that.

    def open(self, url: str) -> None:
        """Types an address."""
        self._open(url)
        self.look(self)

    def press(self, selector: str) -> None:
        """Clicks something that leads to another page, and waits until that is there."""
        self.need(selector)
        self._press(selector)
        self.look(self)

    def back(self) -> None:
        """Presses the button that goes back; where nothing was kept, the browser shows a page of its own."""
        if self._back():
            self.look(self)

    def has(self, selector: str) -> bool:
        """Whether the page has such an element."""
        return bool(self.texts(selector))

    def text(self, selector: str) -> str:
        """What can be read in the first match; raises ActFailed when there is none."""
        self.need(selector)
        return self.texts(selector)[0]

    def check(self, selector: str) -> None:
        """Ticks a box or one of several, unless it is ticked already."""
        self.need(selector)
        if not self.has(f"{selector}:checked"):
            self.tick(selector)

    def need(self, selector: str) -> None:
        """Raises ActFailed, with what the page says instead, unless it has such an element."""
        if not self.has(selector):
            said = " ".join(" ".join(self.texts("body")).split())
            raise ActFailed(f"no {selector} on {self.url} ({self.title}): {said[:900]}")

    def wait_for(self, selector: str, deadline_s: float = PAGE_DEADLINE_S) -> None:
        """Waits for a page that renews itself to have such an element; raises ActFailed."""
        end = time.monotonic() + deadline_s
        while not self.has(selector) and time.monotonic() < end:
            time.sleep(_POLL_S)
        self.need(selector)
        self.look(self)

    def runs_scripts(self) -> bool:
        """Whether a script on a page would run; leads away from the page."""
        self._open("data:text/html," + quote(_TRIES_A_SCRIPT))
        return self.title != "off"


class BrowserKind(ABC):
    """One of the two browsers; as a context manager it closes all that it opened."""

    name: str

    def __init__(self) -> None:
        self.ends = ExitStack()

    @abstractmethod
    def start(self, downloads: Path) -> Browser:
        """A browser with a fresh profile and without any proxy."""

    @abstractmethod
    def visit(self, downloads: Path, socks_port: int, onion: str) -> tuple[Browser, str]:
        """A browser with a fresh profile through the tor at `socks_port`, and the onion's address in it."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.ends.close()
