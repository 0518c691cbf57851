"""Translations and calls in a real browser without script: beside where there is room, else below."""

from pathlib import Path

import pytest
from playwright.sync_api import FloatRect, Page

from tests.support.browser_page import browser, sticking_out
from tests.unit.test_workstation_ui_browser import served, unlock

pytestmark = pytest.mark.browser
WIDTH = 320  # 1280 pixels at 400 %


def place(page: Page, selector: str) -> FloatRect:
    box = page.locator(selector).first.bounding_box()
    assert box is not None
    return box


def fits(page: Page) -> bool:
    """Nothing sticks out to the side."""
    parts = "main, select, textarea, .translation, .message-text, fieldset, #codename, li"
    return not sticking_out(page, WIDTH, parts)


def test_a_translation_is_beside_the_original_or_below_it(tmp_path: Path) -> None:
    with served(tmp_path, 900) as address, browser(1280, 800) as page:
        unlock(page, address)
        page.locator(".thread-link").first.click()
        case = page.url
        page.locator(".translate-form button").first.focus()
        page.keyboard.press("Enter")
        page.wait_for_selector("#translation-form")
        page.fill("#text", "They asked me. " * 20 + "w" * 300)
        page.locator("#translation-form button").focus()
        page.keyboard.press("Enter")
        page.wait_for_selector(".translation-text")
        original, translation = place(page, ".message-text"), place(page, ".translation")
        assert translation["x"] >= original["x"] + original["width"]
        assert abs(translation["y"] - original["y"]) < 40
        assert page.evaluate("document.documentElement.scrollWidth") <= 1280

        page.set_viewport_size({"width": WIDTH, "height": 640})
        page.goto(case)
        original, translation = place(page, ".message-text"), place(page, ".translation")
        assert translation["y"] >= original["y"] + original["height"]
        assert fits(page)
        page.locator(".translate-form button").first.click()
        page.wait_for_selector("#translation-form")
        assert fits(page)


def test_a_call_by_keyboard_on_a_narrow_screen(tmp_path: Path) -> None:
    with served(tmp_path, 900) as address, browser(WIDTH, 640) as page:
        unlock(page, address)
        page.locator("#intake-link").focus()
        page.keyboard.press("Enter")
        page.wait_for_selector("#intake-form")
        assert fits(page)
        page.focus("#how-phone")
        page.keyboard.press("Space")
        page.fill("#told", "They called twice. " + "w" * 200)
        page.select_option("#codename-list", "digits")
        page.locator("#intake-form button").focus()
        page.keyboard.press("Enter")
        page.wait_for_selector("#codename")
        assert fits(page)
        assert page.locator(".spelled li").count() == 7
        page.locator("#handed-form button").focus()
        page.keyboard.press("Enter")
        page.wait_for_selector(".told")
        assert page.locator("#codename").count() == 0
        assert fits(page)
