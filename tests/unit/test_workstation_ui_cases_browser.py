"""The pages of a case in a real browser without script: narrow, by keyboard, and what Enter does."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.support.browser_page import browser, sticking_out
from tests.unit.test_workstation_ui_browser import served, unlock

pytestmark = pytest.mark.browser
WIDTH = 320  # 1280 pixels at 400 %


def fits(page: Page) -> bool:
    """Nothing sticks out to the side."""
    parts = ("main", "header", "#risk-banner", "select", "textarea", "dd", ".written", "fieldset")
    return not sticking_out(page, WIDTH, *parts)


def test_a_case_is_judged_by_keyboard_on_a_narrow_screen(tmp_path: Path) -> None:
    with served(tmp_path, 900) as address, browser(WIDTH, 640) as page:
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        unlock(page, address)
        page.locator(".thread-link").first.click()
        page.wait_for_selector("#case-facts")
        assert fits(page)
        page.locator("#case-actions button").first.focus()
        page.keyboard.press("Enter")
        page.wait_for_selector("#triage-form")
        assert fits(page)
        for name, answer in (("danger", "now"), ("minor", "yes"), ("device", "watched")):
            page.select_option(f"#{name}", answer)
        page.fill("#remarks", "w" * 400)
        page.check("#code-PRX")
        page.locator("#triage-form button").focus()
        page.keyboard.press("Enter")
        page.wait_for_selector("#risk-banner .risk-danger-now")
        assert fits(page)
        for part in ("together", "end"):
            page.goto(page.url.partition("?")[0].rstrip("/") + "/" + part)
            page.wait_for_selector("#risk-banner")
            assert fits(page)
            page.go_back()
        assert not complaints


def test_enter_in_a_field_saves_and_approves_nothing(tmp_path: Path) -> None:
    with served(tmp_path, 900) as address, browser(1280, 800) as page:
        unlock(page, address)
        page.locator(".thread-link").first.click()
        page.fill("#text", "A draft.")
        page.fill("#note", "A note.")
        page.fill("#task", "A task.")
        page.press("#task", "Enter")
        page.wait_for_selector("#done")
        assert page.locator(".state-draft").count() == 1
        assert page.locator(".state-approved").count() == 1  # the one that was approved before
        assert "A note." in page.inner_text("#notes")
        assert "A task." in page.inner_text("#tasks")
        page.fill("#note", "Another.")
        page.locator("#tasks button").first.click()
        page.wait_for_selector("#done")
        assert "Another." in page.inner_text("#notes")
