"""Typing in a real browser with script: nothing is pressed, the page is gone, and the words are there."""

from pathlib import Path

import pytest

from tests.support.browser_page import browser
from tests.unit.test_workstation_ui_browser import served, unlock

pytestmark = pytest.mark.browser
KEPT = "#keep-status:has-text('Kept, encrypted')"
NOT_KEPT = "#keep-status:has-text('Not kept')"


def test_what_is_typed_outlives_the_page(tmp_path: Path) -> None:
    with served(tmp_path, 900) as address, browser(1280, 800, script=True) as page:
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        unlock(page, address)
        page.locator(".thread-link").first.click()
        page.locator("#text").focus()
        page.keyboard.type("I have read what you wr")
        page.wait_for_selector(KEPT)
        case = page.url
        page.goto("about:blank")
        page.goto(case)
        assert page.locator("#text").input_value() == "I have read what you wr"
        assert page.locator("#kept-note").count() == 1

        page.locator("#text").fill("I have read what you wrote.")
        page.locator("#reply-form .actions button").first.click()
        page.wait_for_selector("#done")
        assert page.locator("#text").input_value() == ""
        assert page.locator("#kept-note").count() == 0

        page.goto(f"{case.partition('?')[0]}/triage")
        page.select_option("#danger", "now")
        page.wait_for_selector(KEPT)
        page.reload()
        assert page.locator("#danger").input_value() == "now"
        assert not complaints

        # In another window it is locked: the page says that it keeps nothing, and the words stay in it.
        other = page.context.new_page()
        other.goto(f"{address}/en/")
        other.locator("#lock-form button").click()
        other.wait_for_selector("#passphrase")
        page.fill("#remarks", "Still here.")
        page.wait_for_selector(NOT_KEPT)
        assert page.locator("#remarks").input_value() == "Still here."
