"""Debian's chromium, driven with Playwright."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Error, Page, sync_playwright

from demo.bridge import OnionBridge
from demo.browser import NARROW, PAGE_DEADLINE_S, SIZE, Browser, BrowserKind

PROGRAM = Path("/usr/bin/chromium")
_QUIET = (
    "--no-sandbox",  # its sandbox needs user namespaces, or not to be root; the pages here are our own
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_NOT_KEPT = (
    "ERR_CACHE_MISS"  # the answer to a form, which is not to be kept: a page of the browser's own comes
)


class ChromiumKind(BrowserKind):
    """Starts chromiums."""

    name = "chromium"

    def __init__(self) -> None:
        super().__init__()
        self._playwright = self.ends.enter_context(sync_playwright())

    def start(self, downloads: Path) -> Browser:
        """A fresh chromium."""
        process = self._playwright.chromium.launch(executable_path=PROGRAM, args=_QUIET)
        self.ends.callback(process.close)
        width, height = SIZE
        context = process.new_context(
            java_script_enabled=False, locale="en-US", viewport={"width": width, "height": height}
        )
        context.set_default_timeout(PAGE_DEADLINE_S * 1000)
        return Chromium(context.new_page(), downloads)

    def visit(self, downloads: Path, socks_port: int, onion: str) -> tuple[Browser, str]:
        """A fresh chromium and a loopback port that leads to the onion through tor.

        Chromium keeps no cookie named `__Host-` of an onion without TLS, whatever its flags; of a loopback
        address it does. Tor Browser and Firefox can be told that an onion is as safe.
        """
        door = self.ends.enter_context(OnionBridge(socks_port, onion))
        return self.start(downloads), f"http://127.0.0.1:{door.port}/"


class Chromium(Browser):
    """One window."""

    looks = ("", "dark", "narrow")

    def __init__(self, page: Page, downloads: Path) -> None:
        """`page` is the window's only one."""
        super().__init__()
        self._page = page
        self._downloads = downloads

    def _open(self, url: str) -> None:
        self._page.goto(url)

    def _press(self, selector: str) -> None:
        with self._page.expect_navigation():
            self._page.locator(selector).first.click()

    def _back(self) -> bool:
        try:
            self._page.go_back()
        except Error as error:
            if _NOT_KEPT not in error.message:
                raise
            self._page.wait_for_url("chrome-error://**")
            return False
        return True

    def tick(self, selector: str) -> None:
        """Clicks what stays on this page."""
        self.need(selector)
        self._page.locator(selector).first.click()

    def choose(self, selector: str, value: str) -> None:
        """Chooses from a list."""
        self.need(selector)
        self._page.locator(selector).first.select_option(value)

    def type(self, selector: str, text: str) -> None:
        """Fills in a field."""
        self.need(selector)
        self._page.locator(selector).first.fill(text)

    def attach(self, selector: str, files: Sequence[Path]) -> None:
        """Chooses files."""
        self.need(selector)
        self._page.locator(selector).first.set_input_files(files)

    def download(self, selector: str) -> Path:
        """Saves under the name that the site proposes."""
        self.need(selector)
        with self._page.expect_download() as expected:
            self._page.locator(selector).first.click()
        path = self._downloads / Path(expected.value.suggested_filename).name
        expected.value.save_as(path)
        return path

    def texts(self, selector: str) -> list[str]:
        """What can be read; [] when the page is just being replaced."""
        try:
            return self._page.locator(selector).all_inner_texts()
        except Error as error:
            if "context was destroyed" in error.message:
                return []
            raise

    def attribute(self, selector: str, name: str) -> str:
        """An attribute of the first match."""
        self.need(selector)
        return self._page.locator(selector).first.get_attribute(name) or ""

    def shown(self, selector: str) -> bool:
        """Whether the first match can be seen."""
        return self._page.locator(selector).first.is_visible()

    def cookies(self) -> list[str]:
        """The names of this site's cookies."""
        return [cookie.get("name", "") for cookie in self._page.context.cookies(self.url)]

    @property
    def title(self) -> str:
        """The tab's title."""
        return self._page.title()

    @property
    def url(self) -> str:
        """The address."""
        return self._page.url

    @property
    def source(self) -> str:
        """The elements."""
        return self._page.content()

    def picture(self, path: Path, look: str = "") -> None:
        """A PNG of the whole page."""
        width, height = SIZE
        self._page.set_viewport_size({"width": NARROW if look == "narrow" else width, "height": height})
        self._page.emulate_media(color_scheme="dark" if look == "dark" else "light")
        self._page.evaluate("scrollTo(0, 0)")  # what stays in sight stands where it belongs
        self._page.screenshot(path=path, full_page=True)
        self._page.set_viewport_size({"width": width, "height": height})
        self._page.emulate_media(color_scheme="light")

    def close(self) -> None:
        """Ends it."""
        process = self._page.context.browser
        if process is not None:
            process.close()
