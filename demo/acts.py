"""What people do in the demo and in the story tests, page by page, with a browser that has no script."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pyotp

from demo.person import Page, Person, Upload
from demo.socks import OnionConnection
from demo.stage import Operator
from demo.tor_node import TorNode

TOTP_PERIOD_S = 30


class ActFailed(Exception):
    """A page did not say what it should; the text ends with what it said instead."""


def onion_person(tor: TorNode, host: str) -> Person:
    """Somebody who visits this onion through this tor."""
    return Person(host, lambda: OnionConnection(tor.socks_port, host, timeout=180.0))


def expect(page: Page, selector: str, what: str) -> None:
    """Raises ActFailed unless the page has such an element."""
    if not page.root.all(selector):
        raise ActFailed(f"{what}: {page.status} {page.text[:900]}")


def draw_codename(source: Person) -> tuple[str, Page]:
    """Reads the first page, asks for a codename, types it again. Gives codename and the page to write on."""
    source.open("/en/")
    page = source.open("/en/new")
    codename = page.root.one("#codename").text
    page = source.press(page, "new-form", {"codename": codename})
    expect(page, "#write-form", "the codename was not accepted")
    return codename, page


def report(source: Person, page: Page, text: str, files: Sequence[Path]) -> Page:
    """Writes a report with files; gives the page that says what arrived."""
    uploads = {"files": [Upload(path.name, path) for path in files]}
    page = source.press(page, "write-form", {"text": text}, uploads)
    expect(page, "#received-list", "the report was not received")
    return page


def come_back(source: Person, codename: str) -> Page:
    """Signs in with a codename; gives the mailbox."""
    page = source.press(source.open("/en/return"), "return-form", {"codename": codename})
    expect(page, "#replies", "the codename was not accepted")
    return page


def answers(mailbox: Page) -> list[str]:
    """The texts of the answers in a mailbox."""
    return [element.text for element in mailbox.root.all(".reply-text")]


def withdraw(source: Person, mailbox: Page, scope: str) -> Page:
    """Takes back, from the page with answers: "all" or "sharing". Gives the page that acknowledges it."""
    page = source.open(mailbox.root.one("#withdraw-link").attributes["href"])
    page = source.press(page, "withdraw-form", {"scope": scope})
    expect(page, "#withdrawn", "the withdrawal was not received")
    return page


class OneTimeCodes:
    """An operator's second factor; knows which codes were used, because none is accepted twice."""

    def __init__(self, secret: str, wait: Callable[[float], None] = time.sleep) -> None:
        """`wait` is called with seconds when even the next code was used, and a later one must be awaited."""
        self._totp = pyotp.TOTP(secret, interval=TOTP_PERIOD_S)
        self._wait = wait
        self._used = 0

    def next(self) -> str:
        """A code that is good now and was not used: the one that shows, or the one that shows next."""
        step = max(self._used + 1, int(time.time()) // TOTP_PERIOD_S)
        early = (step - 1) * TOTP_PERIOD_S - time.time()
        if early > 0:
            self._wait(early + 0.1)
        self._used = step
        return self._totp.generate_otp(step)


class OperatorAtWork:
    """An operator who fetches exports and brings releases."""

    def __init__(self, person: Person, secrets: Operator, wait: Callable[[float], None] = time.sleep) -> None:
        """`wait` as for `OneTimeCodes`."""
        self.person = person
        self.codes = OneTimeCodes(secrets.totp_secret, wait)
        self._secrets = secrets

    def sign_in(self) -> Page:
        """Signs in with passphrase and one-time code."""
        fields = {
            "alias": self._secrets.alias,
            "passphrase": self._secrets.passphrase,
            "code": self.codes.next(),
        }
        page = self.person.press(self.person.open("/en/sign-in"), "signin-form", fields)
        expect(page, "#export-form", "the operator could not sign in")
        return page

    def bring_release(self, release: Path) -> Page:
        """Uploads a release; raises ActFailed with the page's reason when it is refused."""
        page = self.person.press(
            self.person.open("/en/release"), "release-form", {}, {"release": [Upload(release.name, release)]}
        )
        expect(page, "#result", "the release was refused")
        return page

    def fetch_export(self, folder: Path) -> Path:
        """Makes an export and downloads the newest into `folder`."""
        page = self.person.press(self.person.open("/en/exports"), "export-form")
        links = [link.attributes["href"] for link in page.root.all(".export-download")]
        if not links:
            raise ActFailed(f"there is no export: {page.text[:900]}")
        answer = self.person.open(links[0])  # the newest stands first
        disposition = answer.headers.get_filename() or "export.sluis"
        path = folder / Path(disposition).name
        path.write_bytes(answer.body)
        return path
