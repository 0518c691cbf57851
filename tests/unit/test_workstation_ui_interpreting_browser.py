"""An interpreter's pages in a real browser without script: by keyboard alone, at 400 % zoom."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.support.browser_page import browser, reach, sticking_out
from tests.support.export_builder import new_source
from tests.support.people import Seat, code_of, seat
from tests.support.served_app import served_app
from workstation.casework.interpreting import Pair
from workstation.casework.interpreting_desk import Wanted
from workstation.casework.redaction_rules import Range
from workstation.casework.roles import LONE_SEAT, Role
from workstation.records import Message
from workstation.ui.app import create_app
from workstation.ui.settings import UiSettings

pytestmark = pytest.mark.browser
WIDTH = 320  # 1280 pixels at 400 %
NAME = "رضا"
REST = " کنار مدرسه منتظر است. " + "ک" * 200
ENGLISH = "[name] waits beside the school."


def look(page: Page) -> None:
    """Nothing sticks out to the side."""
    assert (
        sticking_out(page, WIDTH, "main", "header", "textarea", "input", "button", ".message-text", ".thread")
        == []
    )


def messages(room: Seat) -> tuple[str, list[Message]]:
    """The id of the only case, and its messages."""
    (line,) = room.office.cases.inbox(LONE_SEAT).lines
    placed = room.office.cases.view(LONE_SEAT, line.case_id).timeline
    return line.case_id, [one.entry for one in placed if isinstance(one.entry, Message)]


def test_an_interpreter_translates_the_redacted_text_by_keyboard(tmp_path: Path) -> None:
    with seat(tmp_path) as room:
        room.enter("birch", Role.CUSTODIAN)
        room.enter("willow", Role.COUNSELLOR)
        larch = room.enter("larch", Role.INTERPRETER, languages=frozenset({"fa"}))
        sent = room.server.report(new_source(), (NAME + REST).encode(), room.day, language="fa")
        room.take_in(room.export(sent))
        case_id, (message,) = messages(room)
        taken_out = [Range(0, len(NAME), "name")]
        room.office.redaction.redact(LONE_SEAT, case_id, message.message_id, taken_out, 0)
        wanted = Wanted(message_id=message.message_id)
        room.office.interpreting.ask(LONE_SEAT, case_id, wanted, larch.person_id, Pair("fa", "en"))
        room.office.close()
        settings = UiSettings(room.folder, room.media)
        app = create_app(settings, room.clock, lambda: 0.0, lambda: (), lambda: room.now)
        holder = app.extensions["station"].holder
        with served_app(app) as address, browser(WIDTH, 640) as page:
            try:
                page.goto(f"{address}/en/")
                page.wait_for_selector("#desk:focus")
                for typed in (larch.desk, larch.passphrase, code_of(larch.secret, room.now)):
                    page.keyboard.type(typed)
                    page.keyboard.press("Tab")
                page.keyboard.press("Enter")
                walk(page)
            finally:
                holder.lock()
        room.sign_in("willow")
        _, (message,) = messages(room)
        (translation,) = message.translations
        assert (translation.text, translation.language) == (ENGLISH, "en")


def walk(page: Page) -> None:
    """From the list of texts to what was handed in."""
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.wait_for_selector(".text-link")
    look(page)
    reach(page, ".text-link")
    page.keyboard.press("Enter")
    page.wait_for_selector("#source-text")
    assert page.inner_text("#source-text") == "[name]" + REST
    assert NAME not in page.content()
    look(page)
    reach(page, "#translation")
    page.keyboard.type(ENGLISH)
    reach(page, "button[value=hand-in]")
    page.keyboard.press("Enter")
    page.wait_for_selector("#done")
    look(page)
    assert "Handed in." in page.inner_text("#done")
    assert page.locator(".text-link").count() == 0
    assert not complaints
