"""From the locked workstation to a sealed answer with nothing but keys, in a real browser without script.

No mouse, and nothing that a page's script could do instead of a person: an address is typed once, and what
follows is Tab, Shift and Tab, Enter, Space, an arrow, or text. At each stop it can be seen where one is.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.support.browser_page import browser
from tests.support.export_builder import new_source
from tests.support.served_app import served_app
from tests.support.workroom import PASSPHRASE, workroom
from workstation.ui.app import create_app
from workstation.ui.settings import UiSettings

pytestmark = [pytest.mark.browser, pytest.mark.slow]
STOPS_MAX = 150
ANSWER = "Thank you for telling us. You decide what happens next."
_STOP = """() => {
  const one = document.activeElement, box = one.getBoundingClientRect(), style = getComputedStyle(one);
  const name = one.tagName + (one.id ? "#" + one.id : "") + " " + (one.textContent || one.value).slice(0, 30);
  const top = Math.max(box.top, 0), bottom = Math.min(box.bottom, innerHeight);
  const at = document.elementFromPoint(box.left + box.width / 2, (top + bottom) / 2);
  return {
    page: one === document.body || one === document.documentElement,
    name: name,
    outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    shown: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight && style.opacity > 0,
    inside: box.left >= 0 && box.right <= innerWidth,
    onTop: at !== null && (one.contains(at) || at.contains(one)),
  };
}"""


class Keys:
    """A person at the keyboard."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.unseen: list[str] = []
        self.stops = 0

    def press(self, key: str, then: str = "") -> None:
        """One key; `then` is what the page that comes of it must have."""
        self.page.keyboard.press(key)
        if then:
            self.page.wait_for_selector(then)
            self.page.wait_for_load_state()

    def tab_to(self, selector: str, key: str = "Tab") -> None:
        """From stop to stop, until it is the one that is wanted."""
        for _ in range(STOPS_MAX):
            self.press(key)
            self.look()
            if self.page.locator(f"{selector}:focus").count():
                return
        raise AssertionError(f"{key} never reaches {selector} on {self.page.url}")

    def look(self) -> None:
        """Where one is can be seen, unless it is the page as a whole."""
        stop: dict[str, Any] = self.page.evaluate(_STOP)
        if stop["page"]:
            return
        self.stops += 1
        if not all(stop[fact] for fact in ("outlined", "shown", "inside", "onTop")):
            self.unseen.append(f"{self.page.url}: {stop}")

    def choose(self, selector: str, value: str) -> None:
        """An answer of a list, by the arrow that goes down."""
        self.tab_to(selector)
        seen = set[str]()
        while (now := self.page.locator(selector).input_value()) != value:
            assert now not in seen, f"no {value} in {selector}"
            seen.add(now)
            self.press("ArrowDown")

    def type(self, selector: str, text: str) -> None:
        """Into a field."""
        self.tab_to(selector)
        self.page.keyboard.type(text)


def test_from_the_locked_workstation_to_a_sealed_answer(tmp_path: Path) -> None:
    with workroom(tmp_path) as room:
        report = room.server.report
        room.take_in(room.export(report(new_source(), b"They came to my parents.", room.day)))
        room.office.close()
        before = set(room.media.iterdir())
        app = create_app(
            UiSettings(room.folder, room.media, idle_s=9_000.0), room.clock, lambda: 0.0, lambda: ()
        )
        with served_app(app) as address, browser(1280, 800) as page:
            keys = Keys(page)
            page.goto(f"{address}/en/")
            _unlock(keys)
            _judge(keys)
            _answer(keys)
            _seal(keys)
            keys.tab_to("#lock-form button", "Shift+Tab")
            keys.press("Enter", "#unlock-form")
            assert not keys.unseen, "\n".join(keys.unseen)
            assert keys.stops > 100
        app.extensions["station"].holder.lock()
        (release,) = set(room.media.iterdir()) - before
        assert release.name.startswith("release-")


def _unlock(keys: Keys) -> None:
    keys.page.wait_for_selector("#passphrase:focus")  # by itself: nothing else is to be done here
    keys.page.keyboard.type("a wrong one")
    keys.press("Enter", "#error-summary")
    keys.page.wait_for_selector("#passphrase:focus")
    keys.page.keyboard.type(PASSPHRASE)
    keys.press("Enter", ".thread-link")


def _judge(keys: Keys) -> None:
    keys.tab_to(".thread-link")
    keys.press("Enter", "#case-facts")
    keys.press("Tab")
    assert keys.page.locator(".skip:focus").count(), "the first stop leads past the head of the page"
    keys.look()
    keys.press("Enter", "#main:focus")
    keys.tab_to("#case-actions button[formaction$='/go/triage']")
    keys.press("Enter", "#triage-form")
    keys.choose("#danger", "now")
    keys.choose("#device", "watched")
    keys.type("#remarks", "They said it twice.")
    keys.tab_to("#code-PRX")
    keys.press("Space")
    assert keys.page.locator("#code-PRX:checked").count()
    keys.tab_to("#triage-form button[type=submit]")
    keys.press("Space", "#risk-banner .risk-danger-now")


def _answer(keys: Keys) -> None:
    keys.tab_to("#text")
    keys.tab_to("#reply-form .actions button")
    keys.press("Enter", "#error-summary")  # with nothing written
    keys.type("#text", ANSWER)
    keys.tab_to("#reply-form .actions button")
    keys.press("Enter", "#approve-form")
    keys.tab_to("input.no-detail")
    keys.press("Space")
    keys.tab_to("#approve-form button")
    keys.press("Enter", ".state-approved")


def _seal(keys: Keys) -> None:
    # The way back, past the risks of the case, which stay in sight and must not cover where one is.
    keys.tab_to(".tabs a[href$='/release']", "Shift+Tab")
    keys.press("Enter", "#release-form")
    keys.tab_to("#release-form button")
    keys.press("Space", "#release-report")


def test_a_stop_that_cannot_be_seen_is_found() -> None:
    with browser(1280, 800) as page:
        page.set_content("<html lang=en><title>t</title><button style='outline: none'>Go on</button></html>")
        keys = Keys(page)
        keys.tab_to("button")
        assert len(keys.unseen) == 1
