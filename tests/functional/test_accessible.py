"""Every page of the three sites, looked at by axe-core in a real browser: no violation, in either language.

A machine finds a part of the barriers only; keyboard and zoom have tests of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from demo.links import follow_links
from sluis.envelope import Kind
from sluis.primitives import random_id
from tests.support.browser_page import browser
from tests.support.counsellor_key import CounsellorKey
from tests.support.export_builder import new_source
from tests.support.journalist_site import PASSPHRASE as OPERATOR_PASSPHRASE
from tests.support.journalist_site import make_desk
from tests.support.served_app import served_app
from tests.support.source_site import DAY, source_site
from tests.support.workroom import PASSPHRASE, workroom
from workstation.casework.roles import LONE_SEAT
from workstation.casework.triage import Triage
from workstation.ui.app import create_app
from workstation.ui.settings import UiSettings

pytestmark = [pytest.mark.browser, pytest.mark.slow]
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ARABIC = "لقد طلبوا مني اسم أخي (AB-12)، ولا أعرف ماذا أفعل."
# Pages of a case to which no link leads, but a button that saves what was typed.
PARTS = ("triage", "together", "end", "options", "consent", "referral", "redaction", "phone", "muting")
languages = pytest.mark.parametrize("language", ["en", "nl"])


class Looked:
    """The pages that were looked at, and what axe-core said of each."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.pages: list[str] = []
        self.found: list[str] = []

    def look(self) -> None:
        """At the page that is shown; in the dark at its colours."""
        path = urlsplit(self.page.url).path
        self.pages.append(path)
        self.found += [f"{path}: {said}" for said in violations(self.page)]
        self.page.emulate_media(color_scheme="dark")
        self.found += [f"{path} (dark): {said}" for said in violations(self.page, "color-contrast")]
        self.page.emulate_media(color_scheme="light")

    def click(self, selector: str) -> None:
        """Presses it, and looks at what comes."""
        self.page.locator(selector).first.click()
        self.page.wait_for_load_state()
        self.look()


def violations(page: Page, rule: str = "") -> list[str]:
    """What axe-core finds on the page, by one rule or all: rule and element."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(AXE)
    only = {"type": "rule", "values": [rule]} if rule else {"type": "tag", "values": RULES}
    # A page that shows how far something is refreshes itself; nothing is typed on it.
    options = {"runOnly": only, "resultTypes": ["violations"], "rules": {"meta-refresh": {"enabled": False}}}
    found = page.evaluate("options => axe.run(document, options)", options)
    return [
        f"{one['id']}: {node['html'][:200]}: {node['failureSummary']}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


@contextmanager
def looking() -> Iterator[Looked]:
    """A browser with script, which axe-core needs; nothing may be left to complain about at the end."""
    with browser(1280, 800, script=True) as page:
        looked = Looked(page)
        yield looked
    assert not looked.found, "\n".join(looked.found)


def look_around(looked: Looked, address: str, language: str) -> None:
    """At all pages to which links lead, one of each kind."""

    def opened(path: str) -> str:
        looked.page.goto(f"{address}{path}")
        looked.look()
        return looked.page.content()

    follow_links(f"/{language}/", f"/{language}/", opened)


def test_a_barrier_is_found() -> None:
    with browser(1280, 800, script=True) as page:
        page.set_content("<html lang=en><title>t</title><main><h1>h</h1><input><img src=x></main></html>")
        assert {one.partition(":")[0] for one in violations(page)} >= {"label", "image-alt"}


@languages
def test_the_reporters_site(language: str) -> None:
    with (
        CounsellorKey(DAY) as key,
        source_site(key) as site,
        served_app(site.app) as address,
        looking() as looked,
    ):
        page = looked.page
        look_around(looked, address, language)
        page.goto(f"{address}/{language}/return")
        page.fill("#codename-field", "nothing of the kind")
        looked.click("#return-form button")
        page.goto(f"{address}/{language}/new")
        codename = page.locator("#codename").inner_text()
        page.fill("#codename-field", "something else")
        looked.click("#new-form button")
        page.fill("#codename-field", page.locator("#codename").inner_text())
        codename = page.locator("#codename").inner_text()
        looked.click("#new-form button")
        looked.click("#write-form button")  # with nothing written
        page.fill("#text", ARABIC)
        looked.click("#write-form button")
        site.reply(codename, "Dank u wel.")
        page.goto(f"{address}/{language}/mailbox")
        looked.look()
        looked.click("#withdraw-link")
        looked.click("#withdraw-form button")
        page.check("#scope-sharing")
        looked.click("#withdraw-form button")
        looked.click("#leave-form button")
    assert len(set(looked.pages)) >= 8


@languages
def test_the_operators_site(language: str, tmp_path: Path) -> None:
    desk = make_desk(f"sqlite:///{tmp_path / 'accounts.db'}")
    with served_app(desk.app) as address, looking() as looked:
        page = looked.page
        page.goto(f"{address}/{language}/sign-in")
        looked.look()
        page.fill("#alias", "Desk 3")
        page.fill("#passphrase", "a wrong one")
        page.fill("#code", "000000")
        looked.click("#signin-form button")
        page.fill("#alias", "Desk 3")
        page.fill("#passphrase", OPERATOR_PASSPHRASE)
        page.fill("#code", desk.code())
        looked.click("#signin-form button")
        look_around(looked, address, language)
        page.goto(f"{address}/{language}/exports")
        looked.click("#export-form button")
    assert len(set(looked.pages)) >= 3


@languages
def test_the_workstation(language: str, tmp_path: Path) -> None:
    with workroom(tmp_path) as room:
        source, parent = new_source(), random_id()
        report = room.server.report
        room.take_in(
            room.export(
                report(source, ARABIC.encode(), room.day, message_id=parent, language="ar"),
                report(source, b"a,b\n1,2\n", room.day, kind=Kind.FILE, parent=parent, file_name="a.csv"),
                report(new_source(), b"Another one.", room.day, intake={"danger": "now"}),
            )
        )
        for line in room.office.cases.inbox(LONE_SEAT).lines:
            room.office.cases.assess(LONE_SEAT, line.case_id, Triage(danger="weeks", device="watched"))
            room.office.cases.add_note(LONE_SEAT, line.case_id, "Call again.")
            room.office.cases.add_task(LONE_SEAT, line.case_id, "Ask for a safe time.", 3)
        room.export(report(new_source(), b"To be imported.", room.day))
        room.office.close()
        app = create_app(
            UiSettings(room.folder, room.media, idle_s=9_000.0), room.clock, lambda: 0.0, lambda: ()
        )
        with served_app(app) as address, looking() as looked:
            page = looked.page
            page.goto(f"{address}/{language}/unlock")
            looked.look()
            page.fill("#passphrase", "a wrong one")
            looked.click("#unlock-form button")
            page.fill("#passphrase", PASSPHRASE)
            looked.click("#unlock-form button")
            look_around(looked, address, language)
            page.goto(f"{address}/{language}/search")
            page.fill("#search-words", "another")
            looked.click("#search-form button")
            page.goto(f"{address}/{language}/")
            page.locator(".thread-link").first.click()
            page.wait_for_selector("#case-facts")
            case = page.url.partition("?")[0]
            for part in PARTS:
                page.goto(f"{case}/{part}")
                looked.look()
            page.goto(case)
            page.fill("#text", "A draft.")
            looked.click("#reply-form .actions button")
            page.goto(f"{address}/{language}/import")
            page.locator("#import-form input[type=radio]").last.check()
            page.locator("#import-form button").click()
            page.wait_for_selector("#import-report", timeout=60_000)
            looked.look()
            page.goto(f"{address}/{language}/release")
            looked.click("#release-form button")
            app.extensions["station"].holder.lock()
    assert len(set(looked.pages)) >= 15
