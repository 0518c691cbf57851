"""Every page of the three sites, looked at by axe-core in a real browser: no violation, in either language.

A machine finds a part of the barriers only; keyboard and zoom have tests of their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from demo import pages
from demo.acts import TOTP_PERIOD_S
from demo.browser import NARROW, Browser
from demo.chromium import Chromium
from demo.desk_walk import walk
from demo.ground import SERVICES, Ground
from demo.links import follow_links, kind_of
from demo.pages import unseen
from demo.people_walk import walk_people
from sluis.envelope import Kind
from sluis.primitives import random_id
from tests.support.browser_page import browser
from tests.support.counsellor_key import CounsellorKey
from tests.support.export_builder import new_source
from tests.support.journalist_site import PASSPHRASE as OPERATOR_PASSPHRASE
from tests.support.journalist_site import make_desk
from tests.support.people import code_of, seat
from tests.support.served_app import served_app
from tests.support.source_site import DAY, source_site
from tests.support.workroom import PASSPHRASE
from workstation.casework.directory_desk import file_name
from workstation.casework.roles import LONE_SEAT
from workstation.ui.app import create_app
from workstation.ui.settings import UiSettings

pytestmark = [pytest.mark.browser, pytest.mark.slow]
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ARABIC = "لقد طلبوا مني اسم أخي (AB-12)، ولا أعرف ماذا أفعل."
SIZE = (1280, 800)
ENOUGH = 2  # of a kind of page, each as it is then
_MOVING = ("/import/progress", "/search/progress")  # renew themselves each second
languages = pytest.mark.parametrize("language", ["en", "nl"])


class Looked:
    """A person's browser, the pages that were looked at, and what axe-core said of each."""

    def __init__(self, page: Page, downloads: Path) -> None:
        self.page = page
        self.person: Browser = Chromium(page, downloads)
        self.person.look = lambda browser: self.look()
        self.pages: list[str] = []
        self.found: list[str] = []
        self._times: Counter[tuple[str, bool]] = Counter()

    def look(self) -> None:
        """At the page that is shown; in the dark at its colours, narrow at what stands beside it."""
        path = urlsplit(self.page.url).path
        self.pages.append(path)
        kind = kind_of(path), self.person.has("#error-summary")
        self._times[kind] += 1
        if path.endswith(_MOVING) or self._times[kind] > ENOUGH:
            return
        self.found += [f"{path}: {said}" for said in violations(self.page)]
        self.page.emulate_media(color_scheme="dark")
        self.found += [f"{path} (dark): {said}" for said in violations(self.page, "color-contrast")]
        self.page.emulate_media(color_scheme="light")
        width, height = SIZE
        self.page.set_viewport_size({"width": NARROW, "height": height})
        wide = self.page.evaluate("document.documentElement.scrollWidth")
        if wide > NARROW:
            self.found.append(f"{path}: at {NARROW} pixels it is {wide} wide")
        self.page.set_viewport_size({"width": width, "height": height})

    def click(self, selector: str) -> None:
        """Presses it, and looks at what comes."""
        self.person.press(selector)


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
def looking(folder: Path) -> Iterator[Looked]:
    """A browser with script, which axe-core needs; nothing may be left to complain about at the end."""
    with browser(*SIZE, script=True) as page:
        looked = Looked(page, folder)
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
def test_the_reporters_site(language: str, tmp_path: Path) -> None:
    with (
        CounsellorKey(DAY) as key,
        source_site(key) as site,
        served_app(site.app) as address,
        looking(tmp_path) as looked,
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
    assert not unseen(pages.SOURCE, looked.pages)


@languages
def test_the_operators_site(language: str, tmp_path: Path) -> None:
    desk = make_desk(f"sqlite:///{tmp_path / 'accounts.db'}")
    with served_app(desk.app) as address, looking(tmp_path) as looked:
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
    assert not unseen(pages.OPERATOR, looked.pages)


@pytest.mark.timeout(900)  # some 200 pages
@languages
def test_the_workstation(language: str, tmp_path: Path) -> None:
    with seat(tmp_path) as room, looking(tmp_path) as looked:
        source, parent = new_source(), random_id()
        report = room.server.report
        room.take_in(
            room.export(
                report(new_source(), ARABIC.encode(), room.day, language="ar"),
                report(source, b"Another one.", room.day, message_id=parent, intake={"danger": "now"}),
                report(source, b"a,b\n1,2\n", room.day, kind=Kind.FILE, parent=parent, file_name="a.csv"),
            )
        )
        export = room.export(report(new_source(), b"To be imported.", room.day))
        begin = date(1970, 1, 1) + timedelta(room.day)
        services = SERVICES.format(verified=begin, expires=begin + timedelta(300))
        signed, data = room.office.directory.sign(LONE_SEAT, services)
        (room.media / file_name(signed.version)).write_bytes(data)
        room.office.close()
        settings = UiSettings(room.folder, room.media, idle_s=9_000.0)
        app = create_app(settings, room.clock, room.steady, lambda: (), lambda: room.now)

        def code(secret: str) -> str:
            room.now += TOTP_PERIOD_S
            room.steady.now += TOTP_PERIOD_S
            return code_of(secret, room.now)

        with served_app(app) as address:
            words = ARABIC.split()[1]
            ground = Ground(
                looked.person, address, language, PASSPHRASE, export.name, "Another", words, "A draft."
            )
            looked.person.open(f"{address}/{language}/unlock")
            walk(ground)
            walk_people(ground, code, "oak")
        app.extensions["station"].holder.lock()
    assert not unseen((*pages.DESK, *pages.PEOPLE), looked.pages)
