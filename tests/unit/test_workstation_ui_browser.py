"""The pages in a real browser without script: by keyboard, at 400 % zoom, and left alone until they hide."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.support.browser_page import browser, reach, sticking_out
from tests.support.export_builder import new_source
from tests.support.served_app import served_app
from tests.support.workroom import PASSPHRASE, workroom
from workstation.ui.app import create_app
from workstation.ui.settings import UiSettings

pytestmark = pytest.mark.browser
LONG = "A" * 300 + " لقد طلبوا مني <b>x</b>"


@contextmanager
def served(tmp_path: Path, idle_s: float) -> Iterator[str]:
    with workroom(tmp_path) as room:
        room.take_in(room.export(room.server.report(new_source(), LONG.encode(), room.day)))
        room.answer("Thank you for telling us.")
        room.export(room.server.report(new_source(), b"Another one.", room.day))
        room.office.close()
        settings = UiSettings(room.folder, room.media, idle_s=idle_s)
        # The locks of this server are not what is looked at: a page hides by itself, in the browser.
        app = create_app(settings, room.clock, lambda: 0.0, lambda: ())
        with served_app(app) as address:
            try:
                yield address
            finally:
                app.extensions["station"].holder.lock()


def unlock(page: Page, address: str) -> None:
    page.goto(f"{address}/en/")
    page.wait_for_selector("#passphrase:focus")  # by itself, a moment after the page is shown
    page.keyboard.type(PASSPHRASE)
    page.keyboard.press("Enter")
    page.wait_for_selector(".thread-link")


def test_a_day_by_keyboard_alone_and_on_a_narrow_screen(tmp_path: Path) -> None:
    # 1280 pixels at 400 % are 320.
    with served(tmp_path, 900) as address, browser(320, 640) as page:
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))

        def look() -> None:
            """Nothing sticks out to the side."""
            assert (
                sticking_out(
                    page, 320, "main", "header", ".message-text", ".summary", "pre", "textarea", ".hash"
                )
                == []
            )

        look()
        unlock(page, address)
        look()
        reach(page, ".skip")
        reach(page, ".thread-link")
        page.keyboard.press("Enter")
        page.wait_for_selector(".message-text")
        look()
        reach(page, "#text")
        page.keyboard.type("Are you safe?")
        reach(page, "#reply-form button")
        page.keyboard.press("Enter")
        page.wait_for_selector("#approve-form")
        reach(page, "#approve-form button")
        page.keyboard.press("Enter")
        page.wait_for_selector(".state-approved")
        page.goto(f"{address}/en/import")
        look()
        reach(page, "#import-form input[type=radio]")
        page.keyboard.press("ArrowDown")
        reach(page, "#import-form button")
        page.keyboard.press("Enter")
        # The page asks for itself again, without script, until the report is there.
        page.wait_for_selector("#import-report")
        look()
        page.goto(f"{address}/en/release")
        look()
        reach(page, "#release-form button")
        page.keyboard.press("Enter")
        page.wait_for_selector("#release-report")
        look()
        assert not complaints


def test_a_page_that_nobody_looks_at_hides_itself(tmp_path: Path) -> None:
    with served(tmp_path, 3) as address, browser(1280, 800) as page:
        unlock(page, address)
        page.locator(".thread-link").first.click()
        page.wait_for_selector(".message-text")
        page.fill("#text", "Half a sentence")
        page.wait_for_selector(".message-text", state="hidden")
        page.wait_for_selector(".hidden-note")
        assert page.input_value("#text") == "Half a sentence"
        assert page.is_visible("#text")
        assert not re.search(r"<script(?! nonce=)", page.content())
