"""Searching and the ledger in a real browser without script: by keyboard alone, at 400 % zoom."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.support.browser_page import browser, reach, sticking_out
from tests.support.export_builder import new_source
from tests.support.served_app import served_app
from tests.support.workroom import PASSPHRASE, workroom
from workstation.casework import search_feed, search_making
from workstation.ui.app import create_app
from workstation.ui.settings import UiSettings
from workstation.ui.views import search

pytestmark = pytest.mark.browser
WIDTH = 320  # 1280 pixels at 400 %
LONG = "A grey van, and a needle. " + "w" * 300


def look(page: Page) -> None:
    """Nothing sticks out to the side, but a table that scrolls by itself."""
    assert (
        sticking_out(
            page,
            WIDTH,
            "main",
            "header",
            "input",
            "select",
            "progress",
            ".thread",
            ".snippet",
            ".head",
            ".scroll",
        )
        == []
    )


def test_one_searches_and_reads_the_ledger_by_keyboard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # An index of which each case takes long.
    monkeypatch.setattr(search, "MOMENT_S", 0.0)
    monkeypatch.setattr(search_feed, "CHUNK", 1)
    monkeypatch.setattr(search_making, "_PAUSE_S", 4.0)
    with workroom(tmp_path) as room:
        sent = [
            room.server.report(new_source(), text.encode(), room.day) for text in (LONG, "Another needle.")
        ]
        room.take_in(room.export(*sent))
        room.office.close()
        app = create_app(UiSettings(room.folder, room.media), room.clock, lambda: 0.0, lambda: ())
        with served_app(app) as address, browser(WIDTH, 640) as page:
            try:
                walk(page, address)
            finally:
                app.extensions["station"].holder.lock()


def walk(page: Page, address: str) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(f"{address}/en/search")
    page.wait_for_selector("#passphrase:focus")
    page.keyboard.type(PASSPHRASE)
    page.keyboard.press("Enter")
    page.wait_for_selector("#search-words:focus")
    look(page)
    page.keyboard.type("needle van")
    page.keyboard.press("Enter")
    page.wait_for_selector("#search-progress")
    look(page)
    page.wait_for_selector("#found")  # the page renewed itself
    assert page.url == f"{address}/en/search/progress"
    assert page.locator("mark").all_inner_texts() == ["van", "needle"]
    look(page)
    reach(page, ".found-link")
    page.keyboard.press("Enter")
    page.wait_for_selector(".message-text")
    anchor = page.url.partition("#")[2]
    assert anchor.startswith("message-")
    assert page.locator(f"#{anchor}").count() == 1
    page.goto(f"{address}/en/search")
    page.wait_for_selector("#search-words:focus")
    page.keyboard.type("absent")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("#search-status")
    assert "Nothing was found" in page.inner_text("#search-status")

    page.goto(f"{address}/en/ledger")
    page.wait_for_selector("#verify-form")
    look(page)
    reach(page, "#verify-form button")
    page.keyboard.press("Enter")
    page.wait_for_selector("#result.done")
    look(page)
    total = page.inner_text("#total")
    reach(page, "#kind")
    page.keyboard.press("End")
    reach(page, "#filter-form button")
    page.keyboard.press("Enter")
    page.wait_for_selector("#show-all")
    assert page.inner_text("#total") != total
    reach(page, "#show-all")
    page.keyboard.press("Enter")
    page.wait_for_selector("#entries")
    assert page.inner_text("#total") == total
    look(page)
    reach(page, ".scroll")  # what is beside the screen is reached by the arrow keys
    assert not complaints
