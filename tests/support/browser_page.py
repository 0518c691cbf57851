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
