"""An office's day by clicking, in a network namespace of its own: `python -m tests.functional.office_day`.

Thirty reports in six languages come in at once: one of a child in danger whose device is perhaps watched, two
that belong together, one of an enemy. Two people work on them in a real browser: judge, answer, read each
other, seal, agree on what may be passed on, refer, close, and, when its time has come, destroy. It prints
what was done; an AssertionError ends it.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page

from sluis.bank import SlotContent
from sluis.envelope import Kind
from sluis.keytree import SourceKeys
from sluis.primitives import random_id
from tests.support import hostile_files
from tests.support.browser_page import browser
from tests.support.export_builder import new_source
from tests.support.ledger_story import SERVICES
from tests.support.people import Insider, Seat, code_of, seat
from tests.support.served_app import served_app
from workstation.airgap import check_airgap
from workstation.casework.roles import LONE_SEAT, Role
from workstation.ui.app import create_app
from workstation.ui.settings import UiSettings

IMPORT_MS = 180_000
LOOK_MS = 120_000
TWO_GIB = 2 << 30
CHILD = "They wait for my daughter at her school and say her name."
TOGETHER = "The man from the consulate came again, with the same grey car."
TEXTS = {
    "en": "They said that my brother would lose his work if I speak again.",
    "nl": "Sinds het artikel word ik elke nacht gebeld door een onbekend nummer.",
    "tr": "Konsolosluktan bir adam iş yerime geldi ve annemi sordu.",
    "ar": "لقد طلبوا مني أسماء من يأتون إلى الجمعية (AB-12).",
    "fa": "به مادرم گفته‌اند که باید برگردم، وگرنه پاسپورتم را نمی‌دهند.",
    "zh-Hans": "他们给我父母打电话，问我在这里的地址。",
}
ANSWER = "Thank you for telling us. You are not alone in this, and you decide what happens next."
SUMMARY = "A child is being watched at her school; the family asks what a court can do."
AWAY_DAYS = 181
READER_S = 31.0


def say(text: str) -> None:
    """What was done, for whoever runs the day by itself."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


class Hands:
    """One person at the one browser; every click, choice and text is an action and is counted."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.actions = 0

    def click(self, selector: str, then: str = "main") -> None:
        """Presses it, and waits for what the next page must have."""
        self.actions += 1
        self.page.locator(selector).first.click()
        self.page.wait_for_load_state()
        self.page.wait_for_selector(then)

    def choose(self, selector: str, value: str) -> None:
        """An answer of a list."""
        self.actions += 1
        self.page.select_option(selector, value)

    def type(self, selector: str, text: str) -> None:
        """Into a field."""
        self.actions += 1
        self.page.fill(selector, text)

    def tick(self, selector: str) -> None:
        """A box, or one of several."""
        self.actions += 1
        self.page.locator(selector).first.check()

    def open(self, path: str) -> None:
        """By its address; where the story does not count."""
        self.page.goto(f"{self.address}/en/{path}")

    def has(self, selector: str) -> bool:
        """Whether the page shows it."""
        return self.page.locator(selector).count() > 0

    def read(self, selector: str = "main") -> str:
        """What a person reads there."""
        return self.page.locator(selector).first.inner_text()


class Day:
    """The room, its two people and the browser that they take turns at."""

    def __init__(self, room: Seat, hands: Hands, counsellor: Insider, supervisor: Insider) -> None:
        self.room = room
        self.hands = hands
        self.counsellor = counsellor
        self.supervisor = supervisor

    def sign_in(self, person: Insider) -> None:
        """Sits down: whoever was there before locks first. Half a minute passes, so that the code is new."""
        self.room.now += READER_S
        self.room.steady.now += READER_S
        hands = self.hands
        hands.open("")
        if hands.has("#lock-form"):
            hands.click("#lock-form button", "#unlock-form")
        hands.type("#desk", person.desk)
        hands.type("#passphrase", person.passphrase)
        hands.type("#one-time", code_of(person.secret, self.room.now))
        hands.click("#unlock-form button", "#lock-form")

    def open_case(self, words: str) -> str:
        """Finds a case by what stands in it; its address."""
        hands = self.hands
        hands.open("search")
        hands.type("#search-words", words)
        hands.click("#search-form button", "#found, #search-status")
        hands.click(".found-link", "#case-facts")
        return hands.page.url.partition("?")[0].partition("#")[0]


def reports(room: Seat) -> Iterator[list[SlotContent]]:
    """Thirty: 26 as they come, a child, two that belong together, an enemy with four files."""
    report = room.server.report
    languages = list(TEXTS)
    for number in range(26):
        language = languages[number % len(languages)]
        yield report(new_source(), TEXTS[language].encode(), room.day, language=language)
    yield report(new_source(), CHILD.encode(), room.day, intake={"danger": "now", "device": "watched"})
    yield report(new_source(), TOGETHER.encode(), room.day)
    yield report(new_source(), f"{TOGETHER} It was Tuesday.".encode(), room.day)
    yield from _enemy(room, new_source())


def _enemy(room: Seat, source: SourceKeys) -> Iterator[list[SlotContent]]:
    report, parent = room.server.report, random_id()
    formula = '=HYPERLINK("http://127.0.0.1/","x") <script>document.title="owned"</script> {{ 7*7 }}'
    yield report(source, formula.encode(), room.day, message_id=parent)
    files = {
        "table.csv": formula.encode(),
        "letter.pdf": hostile_files.pdf(1, action=hostile_files.SCRIPT),
        "photos.zip": hostile_files.zip_bomb(TWO_GIB),
        "picture.png": b"MZ\x90\x00" + bytes(1_000),
    }
    for sequence, (name, content) in enumerate(files.items(), start=2):
        yield report(
            source, content, room.day, kind=Kind.FILE, parent=parent, sequence=sequence, file_name=name
        )


def take_in(day: Day, export: Path) -> None:
    """The counsellor imports: 34 expected, 34 verified, and 30 cases lie in the inbox."""
    hands = day.hands
    hands.open("import")
    hands.tick(f"#import-form input[value='{export.name}']")
    hands.actions += 1
    hands.page.locator("#import-form button").click()
    hands.page.wait_for_selector("#import-report", timeout=IMPORT_MS)
    assert "34 expected, 34 verified" in hands.read()
    hands.open("")
    assert hands.page.locator(".thread-link").count() == 30
    first = hands.read(".thread")
    assert "danger now" in first, first


def most_urgent(day: Day) -> str:
    """From the unlocked inbox to a sealed answer, counted; the reading by the second person apart."""
    hands = day.hands
    hands.actions = 0
    hands.click(".thread-link", "#case-facts")
    assert CHILD in hands.read(".message-text")
    hands.click("#case-actions button", "#triage-form")
    hands.choose("#danger", "now")
    hands.choose("#minor", "yes")
    hands.choose("#device", "suspected")
    hands.click("#triage-form button[type=submit]", "#case-facts")
    assert "P0" in hands.read("h1")
    hands.type("#text", ANSWER)
    hands.click("#reply-form .actions button", "#done")
    address = hands.page.url.partition("?")[0]
    mine = hands.actions
    # Whoever wrote it does not approve it.
    if hands.has("input.no-detail"):
        hands.tick("input.no-detail")
    hands.click("#approve-form button", "main")
    assert hands.has("#error-summary") or "another" in hands.read(), hands.read()
    day.sign_in(day.supervisor)
    hands.page.goto(address)
    hands.tick("input.no-detail")
    hands.click("#approve-form button", "#done")
    hands.actions = mine
    hands.click(".tabs a[href$='/release']", "#release-form")
    hands.click("#release-form button", "#release-report")
    assert list(day.room.media.glob("release-*"))
    assert hands.actions <= 12, hands.actions
    say(f"from the inbox to a sealed answer in {hands.actions} actions")
    return address


def two_become_one(day: Day) -> None:
    """Two reports of the same grey car."""
    hands = day.hands
    address = day.open_case("Tuesday")
    hands.click("#case-actions button:has-text('Merge')", "#merge-form")
    hands.open("search")
    hands.type("#search-words", "consulate grey")
    hands.click("#search-form button", "#found")
    links = {one.get_attribute("href") for one in hands.page.locator(".found-link").all()}
    ids = {str(one).partition("?")[0].partition("#")[0].rsplit("/", 1)[1] for one in links}
    (other,) = ids - {address.rsplit("/", 1)[1]}
    hands.page.goto(f"{address}/together")
    hands.choose("#merge-other", other)
    hands.click("#merge-form button", "#case-facts")
    assert hands.page.locator(".message-text").count() == 2
    say("two became one")


def the_enemy(day: Day) -> None:
    """Nothing runs, nothing is fetched, nothing goes down; each file says what it is."""
    hands = day.hands
    day.open_case("HYPERLINK")
    assert hands.page.title() != "owned"
    assert "{{ 7*7 }}" in hands.read(".message-text")
    looks = [str(one.get_attribute("href")) for one in hands.page.locator(".look-link").all()]
    assert len(looks) == 4
    for look in looks:
        hands.page.goto(f"{hands.address}{look}")
        hands.page.wait_for_function("() => !document.querySelector('#look-progress')", timeout=LOOK_MS)
        say(f"  looked at: {hands.read('h1')}")
    hands.open("")
    assert hands.page.locator(".thread-link").count() == 29
    say("the enemy's files were looked at, and the office is up")


def agreed_and_referred(day: Day, address: str) -> None:
    """An option is discussed; nothing leaves before the source agreed, and then exactly that."""
    hands = day.hands
    hands.page.goto(f"{address}/options")
    for name, words in (
        ("what", "Ask a lawyer what a court can forbid them."),
        ("outcome", "Advice within two weeks."),
        ("risk", "Whoever watches may see a letter."),
        ("nothing", "The school stays as it is."),
    ):
        hands.type(f"#{name}", words)
    hands.choose("#choice", "chosen")
    hands.click("#option-form button[type=submit]", "#done")
    hands.page.goto(f"{address}/referral")
    assert not hands.has("#choice-elm h3 a"), "nobody agreed yet"
    hands.page.goto(f"{address}/consent")
    hands.tick("#purpose-help")
    hands.choose("#service", "svc:elm")
    for box in ("#field-summary", "#field-language", "#shown-described", "#answer-yes", "#how-phone"):
        hands.tick(box)
    hands.type("#text", "May we tell Elm Street Law, without your name, what happened?")
    hands.click("#consent-form button[type=submit]", "#done")
    hands.page.goto(f"{address}/referral")
    hands.click("#choice-elm h3 a", "#referral-form")
    hands.tick("#purpose-help")
    hands.tick("#field-summary")
    hands.type("#summary", SUMMARY)
    hands.click("#referral-form button[value=preview]", "#preview")
    assert SUMMARY in hands.read("#leaving")
    hands.click("#preview button[value=print]", "body")
    sheet = hands.page.locator("body").inner_text()
    assert SUMMARY in sheet
    assert not [one for one in ("harbour", "lantern", CHILD) if one in sheet], sheet
    hands.page.goto(f"{address}/consent")
    hands.click("#agreements form button", "#done")
    hands.page.goto(f"{address}/referral")
    assert not hands.has("#choice-elm h3 a"), "it was taken back"
    say("an option was discussed; what was agreed to was passed on, until it was taken back")


def closed_and_destroyed(day: Day, address: str) -> None:
    """The case is closed, its days pass, and nothing of it is found any more."""
    hands = day.hands
    hands.page.goto(f"{address}/end")
    hands.tick("#reason-done")
    hands.click("#close-form button", "#case-facts")
    day.room.clock.day += AWAY_DAYS
    day.sign_in(day.supervisor)
    hands.page.goto(f"{address}/end")
    hands.tick("#destroy-sure")
    hands.click("#destroy-form button", "main")
    hands.open("search")
    hands.type("#search-words", "daughter school")
    hands.click("#search-form button", "#search-status")
    assert not hands.has(".found-link")
    say("the case is destroyed")


@contextmanager
def day_begins(folder: Path) -> Iterator[Day]:
    """An office with two people, an export of thirty reports on its medium, and the browser before it."""
    with seat(folder) as room:
        room.enter("keys", Role.CUSTODIAN)
        supervisor = room.enter("harbour", Role.SUPERVISOR)
        counsellor = room.enter("lantern", Role.COUNSELLOR)
        room.office.people.set_second_reading(LONE_SEAT, on=True)
        desk = room.office.directory
        desk.take_in(LONE_SEAT, desk.sign(LONE_SEAT, SERVICES)[1])
        room.export(*reports(room))
        room.office.close()
        settings = UiSettings(room.folder, room.media, idle_s=100_000.0)
        app = create_app(settings, room.clock, room.steady, lambda: (), lambda: room.now)
        with served_app(app) as address, browser(1280, 800, script=True) as page:
            asked: list[str] = []
            page.on("request", lambda request: asked.append(request.url))
            page.on("dialog", lambda dialog: dialog.dismiss())
            yield Day(room, Hands(page, address), counsellor, supervisor)
            assert all(one.startswith((address, "about:", "blob:")) for one in asked), asked
        app.extensions["station"].holder.lock()


def main() -> int:
    """0 when the day went as it should."""
    check_airgap()
    with tempfile.TemporaryDirectory(prefix="day-") as folder, day_begins(Path(folder)) as day:
        (export,) = day.room.media.glob("export-*")
        day.sign_in(day.counsellor)
        take_in(day, export)
        say("thirty reports are in")
        address = most_urgent(day)
        two_become_one(day)
        the_enemy(day)
        agreed_and_referred(day, address)
        closed_and_destroyed(day, address)
    say("the day is over")
    return 0


if __name__ == "__main__":
    sys.exit(main())
