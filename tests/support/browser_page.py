"""A page in Debian's chromium, driven by playwright: without script, unless a test asks for it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, ViewportSize, sync_playwright

WAIT_MS = 30_000


@contextmanager
def browser(width: int, height: int, *, script: bool = False) -> Iterator[Page]:
    """An empty page of this size in CSS pixels; whatever it waits for comes within WAIT_MS."""
    program = shutil.which("chromium")
    assert program
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        size: ViewportSize = {"width": width, "height": height}
        context = chromium.new_context(viewport=size, java_script_enabled=script)
        context.set_default_timeout(WAIT_MS)
        yield context.new_page()
        chromium.close()


def reach(page: Page, selector: str, most: int = 60) -> None:
    """Presses the Tab key until this has the focus; raises AssertionError after so many times."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.locator(f"{selector}:focus").count():
            return
    raise AssertionError(f"the Tab key never reaches {selector}")


def sticking_out(page: Page, width: int, *selectors: str) -> list[str]:
    """Which of these stick out to the side of a page that is so many CSS pixels wide."""

    def beyond(selector: str) -> bool:
        boxes = (one.bounding_box() for one in page.locator(selector).all())
        return any(box is not None and box["x"] + box["width"] > width for box in boxes)

    return [selector for selector in selectors if beyond(selector)]
