"""`python -m demo.screenshots`: a PNG of every page of the three sites, by browser and by language.

The pages are reached as in the story tests, by clicking, but over loopback bridges instead of tor, which is
quicker; so the two sites say on top that they were reached without Tor.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from demo import clicks
from demo.acts import ActFailed, OperatorAtWork
from demo.airgapped import CommandFailed
from demo.bridge import Bridge
from demo.browser import Browser, BrowserKind
from demo.chromium import ChromiumKind
from demo.firefox import FirefoxKind
from demo.links import follow_links, kind_of
from demo.once import narrator, newest
from demo.person import Person
from demo.processes import ProcessFailed
from demo.signals import exit_on_signals
from demo.stage import PROGRAM, Stage
from demo.unix_http import UnixConnection, circuit_line

KINDS: dict[str, Callable[[], BrowserKind]] = {"chromium": ChromiumKind, "firefox": FirefoxKind}
LANGUAGES = ("en", "nl")
_FILE_SIZE = 300_000
_TEXTS = {
    "en": (
        "They visited my parents again and asked for my address here.\n\nI have no idea what to do now.",
        "Thank you for telling us.\n\nYou decide what happens next. These are three things you can do today.",
    ),
    "nl": (
        "Ze zijn weer bij mijn ouders geweest en vroegen naar mijn adres hier.\n\nWat moet ik doen?",
        "Dank u wel dat u dit vertelt.\n\nU beslist wat er nu gebeurt. Drie dingen kunt u vandaag al doen.",
    ),
}
_ID = re.compile(r"[0-9a-f]{16,}|\d+")


@dataclass(frozen=True)
class Doors:
    """The addresses of the three sites on this machine."""

    source: str
    journalist: str
    workstation: str


class Album:
    """Pictures of one language in one browser, numbered in the order in which the pages came."""

    def __init__(self, kind: BrowserKind, language: str, folder: Path, downloads: Path) -> None:
        self.language = language
        self.taken = 0
        self._kind = kind
        self._folder = folder / kind.name / language
        self._folder.mkdir(parents=True, exist_ok=True)
        for old in self._folder.glob("*.png"):
            old.unlink()
        self._downloads = downloads

    def sit_down(self, person: str, address: str) -> Browser:
        """A fresh browser at this address, in the album's language, whose every page is pictured."""
        browser = self._kind.start(self._downloads)
        browser.open(address)
        clicks.switch_language(browser, self.language)
        browser.look = lambda shown: self._take(person, shown)
        browser.look(browser)
        return browser

    def _take(self, person: str, browser: Browser) -> None:
        self.taken += 1
        parts = [
            part for part in urlsplit(browser.url).path.split("/")[2:] if part and not _ID.fullmatch(part)
        ]
        browser.picture(self._folder / f"{self.taken:02}-{person}-{'-'.join(parts) or 'first'}.png")


def before_the_first_release(album: Album, doors: Doors) -> None:
    """What a site says that cannot receive anything yet."""
    album.sit_down("source-closed", doors.source).close()


def walk(album: Album, doors: Doors, stage: Stage, code: Callable[[], str]) -> None:
    """Every page, with its mistakes, in the order of one report's way; raises ActFailed."""
    report, answer = _TEXTS[album.language]
    codename = _source_reports(album, doors, report, stage.folder)
    operator = _operator_begins(album, doors, stage, code)
    export = clicks.fetch_export(operator)
    release = stage.medium / _counsellor(album, doors, stage, export.name, report, answer)
    clicks.bring_release(operator, release)
    operator.press(".tabs li:first-child a")
    operator.press("#signout-form button")
    operator.close()
    source = album.sit_down("source-again", doors.source)
    clicks.come_back(source, codename)
    clicks.delete_answer(source)
    source.press("#withdraw-link")
    source.press("#withdraw-form button")  # without a choice
    source.need("#error-summary")
    source.tick("#scope-sharing")
    source.press("#withdraw-form button")
    source.need("#withdrawn")
    clicks.leave(source)
    source.close()


def _source_reports(album: Album, doors: Doors, text: str, folder: Path) -> str:
    source = album.sit_down("source", doors.source)
    source.press("footer a[href*='/about']")
    source.press("footer a:first-child")
    source.press(".cards a[href*='/return']")
    source.type("#codename-field", "not a codename")
    source.press("#return-form button")
    source.open(f"{doors.source}{album.language}/nothing-here")
    source.press(".actions a")
    source.press(".cards a[href*='/new']")
    source.type("#codename-field", "something else")
    source.press("#new-form button")
    codename = source.text("#codename")
    source.type("#codename-field", codename)
    source.press("#new-form button")
    source.press("#write-form button")
    file = folder / "photograph.bin"
    file.write_bytes(os.urandom(_FILE_SIZE))
    clicks.write_report(source, text, [file])
    source.press(".actions a[href*='/mailbox']")
    clicks.leave(source)
    source.close()
    return codename


def _operator_begins(album: Album, doors: Doors, stage: Stage, code: Callable[[], str]) -> Browser:
    operator = album.sit_down("operator", doors.journalist)
    operator.type("#alias", stage.operator.alias)
    operator.type("#passphrase", "a wrong one")
    operator.type("#code", "000000")
    operator.press("#signin-form button")
    clicks.sign_in(operator, stage.operator, code())
    operator.open(f"{doors.journalist}{album.language}/nothing-here")
    operator.press(".tabs a[href$='/release']")
    operator.attach("#release", [newest(stage.medium, "release")])  # the one that was brought already
    operator.press("#release-form button")
    operator.need("#error-summary")
    return operator


def _counsellor(album: Album, doors: Doors, stage: Stage, export: str, report: str, answer: str) -> str:
    counsellor = album.sit_down("counsellor", doors.workstation)
    counsellor.type("#passphrase", "a wrong one")
    counsellor.press("#unlock-form button")
    clicks.unlock(counsellor, stage.workstation.passphrase)
    clicks.import_export(counsellor, export)
    _open_case_with(counsellor, report.partition("\n")[0])
    clicks.answer(counsellor, answer)
    name = clicks.make_release(counsellor)
    _every_page(counsellor, doors.workstation, album.language)
    _open_case_with(counsellor, "القنصلية")  # the invented one that is written from right to left
    counsellor.open(f"{doors.workstation}{album.language}/nothing-here")
    counsellor.press(".tabs li:first-child a")
    clicks.lock(counsellor)
    counsellor.close()
    return name


def _open_case_with(counsellor: Browser, words: str) -> None:
    """Finds the newest case in which these words stand, and opens it."""
    counsellor.press(".tabs li:first-child a")
    counsellor.type("#search-words", words)
    counsellor.press("#search-form button")
    counsellor.press(".found-link")


def _every_page(browser: Browser, address: str, language: str) -> None:
    """All pages to which links lead from here, but this one."""

    def opened(path: str) -> str:
        browser.open(address.rstrip("/") + path)
        return browser.source

    follow_links(f"/{language}/", f"/{language}/", opened, {kind_of(urlsplit(browser.url).path)})


def play(stage: Stage, folder: Path, kinds: list[str], languages: list[str]) -> int:
    """Takes all pictures; gives their number."""
    stage.make_instance()
    stage.workstation.run("training-cases")
    stage.start_sites()
    taken = 0
    with ExitStack() as open_doors:

        def door(socket: Path, *, proxy_line: bool) -> str:
            return f"http://127.0.0.1:{open_doors.enter_context(Bridge(socket, proxy_line=proxy_line)).port}/"

        doors = Doors(
            door(stage.source_socket, proxy_line=True),
            door(stage.journalist_socket, proxy_line=True),
            door(stage.start_workstation(), proxy_line=False),
        )
        albums = []
        for name in kinds:
            kind = open_doors.enter_context(KINDS[name]())
            albums += [Album(kind, language, folder, stage.medium) for language in languages]
        for album in albums:
            before_the_first_release(album, doors)
        person = Person(
            "localhost", lambda: UnixConnection(stage.journalist_socket, proxy_line=circuit_line(1))
        )
        operator = OperatorAtWork(person, stage.operator)
        operator.sign_in()
        operator.bring_release(newest(stage.medium, "release"))
        for album in albums:
            walk(album, doors, stage, operator.codes.next)
            taken += album.taken
    return taken


def main() -> int:
    """The exit code: 0 all pictures were taken, 1 a page was not as it should be, 130 Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m demo.screenshots")
    parser.add_argument("--folder", type=Path, default=PROGRAM / "screenshots")
    parser.add_argument("--browser", choices=sorted(KINDS), action="append")
    parser.add_argument("--language", choices=LANGUAGES, action="append")
    arguments = parser.parse_args()
    kinds, languages = arguments.browser or list(KINDS), arguments.language or list(LANGUAGES)
    say = narrator()
    try:
        with exit_on_signals(), Stage(say) as stage:
            taken = play(stage, arguments.folder, kinds, languages)
    except KeyboardInterrupt:
        return 130
    except (ActFailed, CommandFailed, LookupError, ProcessFailed, OSError) as error:
        print(f"the pictures stopped: {error}", file=sys.stderr)
        return 1
    say(f"{taken} pictures are in {arguments.folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
