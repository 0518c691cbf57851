"""Where somebody walks through the workstation's pages: a browser, an office, and how to get about."""

from __future__ import annotations

from dataclasses import dataclass, field

from demo.browser import Browser

SERVICE = "elm"
SERVICES = """\
version = 1
[[service]]
id = "elm"
kind = "legal"
for = ["help", "police"]
names.en = "Elm Street Law"
names.nl = "Iepstraat Advocaten"
does.en = "Advice on what a court can do, without a bill."
does.nl = "Raad over wat een rechter kan doen, zonder rekening."
telephone = ["112"]
last_verified = {verified}
expires = {expires}

[[service]]
id = "oak"
kind = "doctor"
for = ["care"]
names.en = "Oak House"
does.en = "A doctor and a bed for a night."
expires = {expires}
"""


@dataclass
class Insider:
    """Somebody who signs in, and all that they know."""

    desk: str
    passphrase: str
    secret: str


@dataclass
class Ground:
    """A browser before a workstation that is locked, and what lies in it."""

    browser: Browser
    address: str
    """Without a slash at the end."""
    language: str
    passphrase: str
    export: str
    """The file's name, of an export that was not taken in yet."""
    report: str
    """Words of a report with files; it may be in that export."""
    from_the_right: str
    """A word of a report that is written from right to left."""
    answer: str
    people: dict[str, Insider] = field(default_factory=dict)

    def open(self, path: str) -> None:
        """A page by its address, below the language."""
        self.browser.open(f"{self.address}/{self.language}/{path}")

    def find(self, words: str) -> str:
        """Opens the newest case in which these words stand; gives its address below the language."""
        self.open("search")
        self.browser.type("#search-words", words)
        self.browser.press("#search-form button")
        self.arrive(".found-link")
        self.browser.press(".found-link")
        return self.here()

    def arrive(self, selector: str) -> None:
        """Waits where a page renews itself until something is done."""
        if not self.browser.has(selector):
            self.browser.wait_for(selector)

    def here(self) -> str:
        """The address of this page, below the language."""
        path = self.browser.url.partition("?")[0].partition("#")[0]
        return path.removeprefix(f"{self.address}/{self.language}/")

    def part(self, name: str) -> None:
        """From a case's page to one of its other pages, by the button."""
        self.browser.press(f"#case-actions button[formaction$='/go/{name}']")
