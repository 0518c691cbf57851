"""Letting somebody in and signing in, in a real browser without script: by keyboard, at 400 % zoom."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.support.browser_page import browser, reach, sticking_out
from tests.support.people import Seat, code_of, seat
from tests.support.served_app import served_app
from tests.support.workroom import PASSPHRASE
from workstation.ui.app import create_app
from workstation.ui.settings import UiSettings

pytestmark = pytest.mark.browser
WIDTH = 320  # 1280 pixels at 400 %
OWN = "seven words that a person thought of"


@contextmanager
def served(room: Seat) -> Iterator[str]:
    room.office.close()
    settings = UiSettings(room.folder, room.media)
    app = create_app(settings, room.clock, lambda: 0.0, lambda: (), lambda: room.now)
    with served_app(app) as address:
        try:
            yield address
        finally:
            app.extensions["station"].holder.lock()


def look(page: Page) -> None:
    """Nothing sticks out to the side."""
    assert (
        sticking_out(
            page, WIDTH, "main", "header", "fieldset", "input", "select", "img", ".hash", ".card", ".thread"
        )
        == []
    )


def test_somebody_is_let_in_and_signs_in_by_keyboard_on_a_narrow_screen(tmp_path: Path) -> None:
    with seat(tmp_path) as room, served(room) as address, browser(WIDTH, 640) as page:
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.goto(f"{address}/en/people")
        page.wait_for_selector("#passphrase:focus")
        page.keyboard.type(PASSPHRASE)
        page.keyboard.press("Enter")
        page.wait_for_selector("#no-people")
        look(page)
        reach(page, "#new-person")
        page.keyboard.press("Enter")
        page.wait_for_selector("#person-form")
        look(page)
        reach(page, "#desk")
        page.keyboard.type("birch")
        reach(page, "#roles-custodian")
        page.keyboard.press("Space")
        reach(page, "#passphrase")
        page.keyboard.type(OWN)
        page.keyboard.press("Tab")
        page.keyboard.type(OWN)
        page.keyboard.press("Enter")
        page.wait_for_selector("#qr")
        look(page)
        picture = page.locator("#qr").bounding_box()
        assert picture is not None
        assert picture["width"] > 100
        secret = (page.text_content("#secret") or "").replace(" ", "")
        reach(page, "#handed-form button")
        page.keyboard.press("Enter")
        page.wait_for_selector("#people")
        look(page)
        reach(page, "#lock-form button")
        page.keyboard.press("Enter")
        page.wait_for_selector("#one-time")
        look(page)
        page.wait_for_selector("#desk:focus")
        page.keyboard.type("birch")
        page.keyboard.press("Tab")
        page.keyboard.type(OWN)
        page.keyboard.press("Tab")
        page.keyboard.type(code_of(secret, room.now))
        page.keyboard.press("Enter")
        page.wait_for_selector("#signed-in")
        look(page)
        page.locator(".person-link").first.click()
        page.wait_for_selector("#own-note")
        look(page)
        page.goto(f"{address}/nl/me/passphrase")
        look(page)
        page.goto(f"{address}/nl/release")
        assert "Dit hoort niet bij uw rollen." in (page.text_content("h1") or "")
        look(page)
        assert [one for one in complaints if "403" not in one] == []
