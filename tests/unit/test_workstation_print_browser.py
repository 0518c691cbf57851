"""A sheet on paper: exactly what was agreed to, and nothing that the page or the browser puts around it."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.export_builder import new_source
from tests.support.pdf_parts import text_of
from tests.support.printing import printed
from tests.support.workroom import workroom
from tests.unit.test_workstation_ui_referral import TEXT, Desk

pytestmark = pytest.mark.browser
ADDRESS = re.compile(r"127\.0\.0\.1|https?:|/case/")
TIME = re.compile(r"\d{1,2}:\d{2}|\d{1,2}/\d{1,2}/\d{2}")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with workroom(tmp_path) as room:
        room.take_in(room.export(room.server.report(new_source(), TEXT.encode(), room.day)))
        made = Desk(room)
        made.hold()
        yield made
        made.holder.lock()


def test_exactly_what_was_agreed_to_is_on_the_paper(desk: Desk) -> None:
    desk.consent("summary", "words")
    desk.get(f"{desk.path}/referral/to/elm")
    wanted = {
        "purpose": "help",
        "language": "en",
        "field": ["summary", "words"],
        "message": desk.values("message"),
        "summary": "Threats by phone since spring.\nThe caller knows the street.",
        "contact": "Only by letter.",
        "names": "Zulaykha",
    }
    desk.post("/referral/to/elm", **wanted, what="preview")
    desk.post("/referral/to/elm", **wanted, seen=desk.values("seen"), what="print")
    assert desk.page is not None
    sheet, inbox = printed(desk, desk.page.request.path, "/en/")

    words = text_of(sheet)
    number = re.search(r"Number (\d{4} \d{4}|[0-9a-f]{4} [0-9a-f]{4})", words)
    assert number
    assert words.split() == [
        one
        for line in (
            f"Appointment notes Number {number[1]}",
            "What it is about Threats by phone since spring. The caller knows the street.",
            f"In their own words {TEXT}",
        )
        for one in line.split()
    ]
    assert not ADDRESS.search(words)
    assert not TIME.search(words)
    # The same browser, told the same, prints both around a page that does not keep them away.
    assert ADDRESS.search(text_of(inbox))
    assert TIME.search(text_of(inbox))


def test_a_file_that_the_browser_makes_says_with_what_and_when(desk: Desk) -> None:
    # Why the page says: on paper only, and the PDF of this program for a file.
    desk.consent("summary")
    desk.get(f"{desk.path}/referral/to/elm")
    wanted = {"purpose": "help", "language": "en", "field": "summary", "summary": "One."}
    desk.post("/referral/to/elm", **wanted, what="preview")
    desk.post("/referral/to/elm", **wanted, seen=desk.values("seen"), what="print")
    assert desk.page is not None
    assert "On paper only" in desk.text
    (by_browser,) = printed(desk, desk.page.request.path)
    ours = desk.browser.get(f"{desk.page.request.path}.pdf").data
    assert {"Creator", "Producer", "CreationDate"} <= information(by_browser)
    assert not {"Creator", "Producer", "CreationDate", "Title"} & information(ours)


def information(pdf: bytes) -> set[str]:
    """The names of what a PDF says of its making."""
    done = subprocess.run(["pdfinfo", "-"], input=pdf, capture_output=True, check=True)
    return {line.split(":")[0] for line in done.stdout.decode("utf-8").splitlines()}
