"""`python -m demo.screenshots`: a PNG of every page of the three sites, by browser and by language.

The pages are reached as in the story tests, by clicking, but over loopback bridges instead of tor, which is
quicker; so the two sites say on top that they were reached without Tor. A page of demo/pages.py of which
there is no picture at the end is an error.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

from demo import clicks
from demo.acts import ActFailed, OneTimeCodes, OperatorAtWork
from demo.airgapped import CommandFailed
from demo.album import Album, Doors
from demo.bridge import Bridge
from demo.browser import Browser, BrowserKind
from demo.chromium import ChromiumKind
from demo.desk_walk import walk
from demo.firefox import FirefoxKind
from demo.ground import SERVICES, Ground, Insider
from demo.once import narrator, newest
from demo.people_walk import walk_people
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
_FROM_THE_RIGHT = "القنصلية"  # in one of the invented cases of training
_TABLE = 'when,what\n2024-05-01,=HYPERLINK("http://127.0.0.1/")\n2024-05-02,رن الهاتف مرتين\n'


def before_the_first_release(album: Album, doors: Doors) -> None:
    """What a site says that cannot receive anything yet."""
    album.sit_down("source-closed", doors.source).close()


def one_report(album: Album, doors: Doors, stage: Stage, code: Callable[[], str]) -> None:
    """Every page, with its mistakes, in the order of one report's way; raises ActFailed."""
    report, answer = _TEXTS[album.language]
    mark = album.name.replace("-", "")  # a word by which only this album's report is found
    codename = _source_reports(album, doors, f"{report} ({mark})", stage.folder)
    operator = _operator_begins(album, doors, stage, code)
    export = clicks.fetch_export(operator)
    ground = counsellor(album, doors, stage)
    ground.export, ground.report, ground.answer = export.name, mark, answer
    release = stage.medium / walk(ground)
    ground.browser.close()
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


def counsellor(album: Album, doors: Doors, stage: Stage) -> Ground:
    """Somebody before the workstation, which is locked."""
    browser = album.sit_down("counsellor", doors.workstation)
    address = doors.workstation.rstrip("/")
    return Ground(browser, address, album.language, stage.workstation.passphrase, "", "", _FROM_THE_RIGHT, "")


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
    source.press("#write-form button")  # with nothing written
    source.need("#error-summary")
    file, table = folder / "photograph.bin", folder / "table.csv"
    file.write_bytes(os.urandom(_FILE_SIZE))
    table.write_text(_TABLE, "utf-8")
    clicks.write_report(source, text, [file, table])
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


class Codes:
    """One-time codes of everybody at the workstation."""

    def __init__(self) -> None:
        self._of: dict[str, OneTimeCodes] = {}

    def __call__(self, secret: str) -> str:
        """One that was not used yet; waits for the next when it was."""
        return self._of.setdefault(secret, OneTimeCodes(secret)).next()


def people_sign_in(albums: list[Album], doors: Doors, stage: Stage) -> None:
    """What there is only once people are entered; raises ActFailed."""
    people: dict[str, Insider] = {}
    codes = Codes()
    for album in albums:
        ground = counsellor(album, doors, stage)
        ground.people = people
        walk_people(ground, codes, f"oak-{album.name}")
        ground.browser.close()


def _sign_services(stage: Stage) -> None:
    """The directory, signed off, lies on the medium."""
    today = datetime.now(UTC).date()
    text = stage.folder / "services.toml"
    text.write_text(SERVICES.format(verified=today, expires=today + timedelta(300)), "utf-8")
    stage.workstation.run("directory sign", str(text), str(stage.medium))


def play(stage: Stage, folder: Path, kinds: list[str], languages: list[str], looks: list[str]) -> int:
    """Takes all pictures; gives the number of pages. Raises ActFailed, also when a page was left out."""
    stage.make_instance()
    stage.workstation.run("training-cases")
    _sign_services(stage)
    stage.start_sites()
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
            albums += [Album(kind, language, folder, stage.medium, looks) for language in languages]
        for album in albums:
            before_the_first_release(album, doors)
        person = Person(
            "localhost", lambda: UnixConnection(stage.journalist_socket, proxy_line=circuit_line(1))
        )
        operator = OperatorAtWork(person, stage.operator)
        operator.sign_in()
        operator.bring_release(newest(stage.medium, "release"))
        for album in albums:
            one_report(album, doors, stage, operator.codes.next)
        people_sign_in(albums, doors, stage)
    missing = [page for album in albums for page in album.missing()]
    if missing:
        raise ActFailed("there is no picture of " + ", ".join(missing))
    return sum(album.taken for album in albums)


def main() -> int:
    """The exit code: 0 all pictures were taken, 1 a page was not as it should be, 130 Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m demo.screenshots")
    parser.add_argument("--folder", type=Path, default=PROGRAM / "screenshots")
    parser.add_argument("--browser", choices=sorted(KINDS), action="append")
    parser.add_argument("--language", choices=LANGUAGES, action="append")
    looks = "each page dark, or as narrow as a zoom of 400 %% makes it, as well (chromium)"
    parser.add_argument("--also", choices=("dark", "narrow"), action="append", default=[], help=looks)
    arguments = parser.parse_args()
    kinds, languages = arguments.browser or list(KINDS), arguments.language or list(LANGUAGES)
    say = narrator()
    try:
        with exit_on_signals(), Stage(say) as stage:
            taken = play(stage, arguments.folder, kinds, languages, ["", *arguments.also])
    except KeyboardInterrupt:
        return 130
    except (ActFailed, CommandFailed, LookupError, ProcessFailed, OSError) as error:
        print(f"the pictures stopped: {error}", file=sys.stderr)
        return 1
    say(f"pictures of {taken} pages are in {arguments.folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
