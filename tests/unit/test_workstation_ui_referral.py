"""Services, taking words out, and referring somebody, on the pages."""

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.support.export_builder import new_source
from tests.support.workroom import Workroom, workroom
from tests.support.workstation_browser import Counsellor
from workstation.casework import consent
from workstation.casework.consent_terms import Answered, Terms
from workstation.casework.models import Case
from workstation.casework.roles import LONE_SEAT

TEXT = "Mehmet <b>threatens</b> me. MEHMET’s car is red."
DIRECTORY = """
version = {version}
[[service]]
id = "elm"
kind = "legal"
for = ["help"]
names = {{ en = "Elm <Street> Law", nl = "Iepenstraat" }}
does.en = "Advice."
note.en = "On weekdays only."
telephone = ["0900 1234"]
last_verified = 2024-09-01
expires = 2025-09-01
[[service]]
id = "oak"
kind = "trauma"
for = ["care"]
names.en = "Oak House"
does.en = "Treatment."
telephone = ["0900 5678"]
last_verified = 2024-01-01
expires = 2024-02-01
[[service]]
id = "ash"
kind = "legal"
for = ["help"]
names.en = "Ash"
does.en = "More advice."
expires = 2025-09-01
"""


class Desk(Counsellor):
    """A browser at a workstation with one case; `consent` writes an agreement down."""

    def __init__(self, room: Workroom) -> None:
        with room.office._work() as (session, _):
            self.case_id = session.scalars(select(Case.case_id)).one().hex()
        super().__init__(room)
        self.unlock()

    @property
    def path(self) -> str:
        return f"/en/case/{self.case_id}"

    def hold(self, version: int = 1) -> None:
        desk = self.office.directory
        desk.take_in(LONE_SEAT, desk.sign(LONE_SEAT, DIRECTORY.format(version=version))[1])

    def consent(self, *fields: str) -> None:
        with self.office._work() as (session, _):
            case = session.scalars(select(Case)).one()
            terms = Terms.of("help", "svc:elm", frozenset(fields), "named")
            sources = frozenset(one.thread.hex() for one in case.threads)
            said = Answered(terms, "yes", 30, "en", "May we?", "phone", "", sources)
            consent.record(session, self.room.day, LONE_SEAT, case, said)

    def values(self, name: str) -> list[str]:
        """Of the boxes and fields with this name."""
        return re.findall(rf'name="{name}"[^>]* value="([^"]*)"', self.markup)

    def post(self, path: str, **fields: object) -> int:
        """A form as a browser sends it, several values of one name and all."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.markup)
        assert token
        self.page = self.browser.post(
            self.path + path, data={"csrf_token": token[1], **fields}, follow_redirects=True
        )
        return self.page.status_code


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with workroom(tmp_path) as room:
        room.take_in(room.export(room.server.report(new_source(), TEXT.encode(), room.day)))
        made = Desk(room)
        yield made
        made.holder.lock()


# Services


def test_a_directory_is_taken_in_and_each_entry_says_whether_it_can_be_used(desk: Desk) -> None:
    desk.get("/en/services")
    assert "There is no directory here yet" in desk.text
    assert "No signed directory was found on a medium." in desk.text
    signed = desk.office.directory.sign(LONE_SEAT, DIRECTORY.format(version=2))[1]
    (desk.room.media / "directory-000002.sluis").write_bytes(signed)
    desk.get("/en/services")
    desk.send("directory-form", file="directory-000002.sluis")
    assert "Taken in: version 2 of the directory." in desk.text
    assert "Elm &lt;Street&gt; Law" in desk.markup
    assert "Verified on 1 September 2024." in desk.text
    assert "Its last day was 1 February 2024, so it cannot be used any more." in desk.text
    assert "Nobody has verified this entry yet, so it cannot be used." in desk.text
    assert "0900 1234" in desk.text
    assert "0900 5678" not in desk.text
    assert "On weekdays only." in desk.text
    desk.room.clock.day += 170
    assert "Call first, before you name it." in desk.get("/en/services").text
    assert "Iepenstraat" in desk.get("/nl/services").text


def test_what_is_not_the_newest_directory_of_this_line_is_refused_in_words(desk: Desk) -> None:
    sign = desk.office.directory.sign
    first = sign(LONE_SEAT, DIRECTORY.format(version=1))[1]
    other = sign(LONE_SEAT, DIRECTORY.format(version=3).replace("1234", "4321"))[1]
    desk.hold(3)
    for data, words in (
        (first, "older than the one that is held here"),
        (other, "Another directory with this version was taken in before."),
        (other.replace(b"4321", b"4322"), "it was changed after it was signed"),
        (other[:-1], "it was not copied whole"),
        (other + b"x", "Something follows after the end"),
        (b"version = 4", "This file is no signed directory."),
    ):
        (desk.room.media / "directory-x.sluis").write_bytes(data)
        desk.get("/en/services")
        assert desk.send("directory-form", file="directory-x.sluis").status_code == 409
        assert words in desk.text
        assert "What to do: Nothing has changed." in desk.text
    desk.get("/en/services")
    for name in ("../workstation/cases.db", "cases.db", "", "directory-gone.sluis"):
        assert desk.send("directory-form", file=name).status_code == 409
        assert "The file is no longer there." in desk.text


# Taking words out


def test_names_are_found_looked_at_and_taken_out(desk: Desk) -> None:
    desk.get(f"{desk.path}/redaction")
    assert "Nothing is taken out." in desk.text
    link = re.search(r'<a href="([^"]+/redaction/[0-9a-f]{32})"', desk.markup)
    assert link
    desk.get(link[1])
    assert "Nothing is saved yet: others get the message as it was sent." in desk.text
    desk.send("redaction-form", name="mehmet\r\n", what="save")
    assert desk.page is not None
    assert desk.page.status_code == 409
    assert "More places were found just now." in desk.text
    assert desk.values("take") == desk.values("offered") == ["0-6-name", "28-34-name"]
    assert "[name] <b>threatens</b> me. [name]’s car is red." in desk.text
    assert ">\nmehmet\n</textarea>" in desk.markup.replace("\r", "")
    place = link[1].removeprefix(desk.path)
    both = ["0-6-name", "28-34-name"]
    desk.post(place, name="mehmet", offered=both, take=both[:1], before="0", what="look", other="red")
    assert re.findall(r'name="take"[^>]*value="([^"]+)" checked', desk.markup) == ["0-6-name", "44-47-other"]
    desk.post(place, offered=both, take=both[:1], before="0", what="save")
    assert "Saved. Others get the message as it stands below" in desk.text
    assert "[name] <b>threatens</b> me. MEHMET’s car is red." in desk.text
    assert "Saved: version 1," in desk.text
    assert desk.post(place, offered=both, take=both, before="0", what="save") == 409
    assert "Somebody else took words out of this message" in desk.text
    assert desk.post(place, offered=[*both, "9-99999-name", "x"], before="1", what="save") == 200
    assert "Saved: version 2," in desk.text
    desk.get(f"{desk.path}/redaction")
    assert "0 places are taken out." in desk.text


def test_too_many_words_are_given_back(desk: Desk) -> None:
    desk.get(f"{desk.path}/redaction")
    link = re.search(r'<a href="([^"]+/redaction/[0-9a-f]{32})"', desk.markup)
    assert link
    desk.get(link[1])
    words = "\n".join(f"word{n}" for n in range(201))
    desk.send("redaction-form", name=words, what="look")
    assert "200 words, of at most 200 characters each" in desk.text
    assert "word200" in desk.markup
    assert desk.get(f"{desk.path}/redaction/{'ab' * 16}").status_code == 404


# Referring


def test_each_service_says_why_it_cannot_be_used(desk: Desk) -> None:
    desk.get(f"{desk.path}/referral")
    assert "There is no directory of services here yet." in desk.text
    desk.hold()
    desk.open_thread()
    desk.press(f'formaction="/en/case/{desk.case_id}/go/referral"')
    assert "The reporter has not agreed to anything for this service." in desk.text
    assert "Its last day was 1 February 2024." in desk.text
    assert "Nobody has verified this entry yet." in desk.text
    assert 'referral/to/elm"' not in desk.markup
    desk.consent("summary")
    desk.get(f"{desk.path}/referral")
    assert "Agreed to until" in desk.text
    assert 'referral/to/elm"' in desk.markup
    assert desk.get(f"{desk.path}/referral/to/pine").status_code == 404


def test_exactly_what_was_looked_at_is_printed(desk: Desk) -> None:
    desk.hold()
    desk.consent("summary", "words")
    desk.get(f"{desk.path}/referral/to/elm")
    assert re.search(r'<textarea[^>]*id="summary"[^>]*>\s*</textarea>', desk.markup)
    assert desk.values("field") == ["summary", "words"]
    messages = desk.values("message")
    wanted = {
        "purpose": "help",
        "language": "en",
        "field": ["summary", "words"],
        "summary": "A <i>threat</i>.\r\nمرحبا Smith",
        "contact": "not agreed to",
        "message": messages,
    }
    desk.post("/referral/to/elm", **wanted, what="preview")
    assert "Exactly this would leave" in desk.text
    leaving = desk.markup.partition('id="leaving"')[2].partition("</div>")[0]
    assert "not agreed to" not in leaving
    assert '<p dir="rtl">مرحبا Smith</p>' in leaving
    assert "A &lt;i&gt;threat&lt;/i&gt;." in leaving
    assert html.escape(TEXT, quote=False) in leaving
    (seen,) = desk.values("seen")
    assert "no key of this service" in desk.text

    changed = {**wanted, "summary": "Another."}
    assert desk.post("/referral/to/elm", **changed, seen=seen, what="print") == 409
    assert "is not what you looked at" in desk.text
    assert ">\nAnother.</textarea>" in desk.markup.replace("\r", "")
    desk.post("/referral/to/elm", **wanted, seen=seen, what="print")
    assert "<title>Appointment notes</title>" in desk.markup
    assert "Elm" not in desk.text
    assert "The Line" not in desk.text
    assert html.escape(TEXT, quote=False) in desk.markup

    assert "Iepenstraat" in desk.get(f"/nl/case/{desk.case_id}/referral").text.partition('id="made"')[2]
    desk.get(f"{desk.path}/referral")
    assert "Elm &lt;Street&gt; Law" in desk.markup.partition('id="made"')[2]
    assert "on paper" in desk.text
    assert "A summary, written for this" in desk.text
    desk.get(f"{desk.path}/referral/to/elm")
    assert "threat" not in desk.markup.partition("<form id")[2].partition("<fieldset>")[0]
    desk.post("/referral/to/elm", **wanted, seen=seen, what="pdf")
    assert "The PDF is made. You find it below." in desk.text
    link = re.search(r'<a href="([^"]+\.pdf)" download>', desk.markup)
    assert link
    answer = desk.browser.get(link[1])
    assert answer.data.startswith(b"%PDF-")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="notes.pdf"'
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_draft_is_kept_and_a_refusal_gives_all_of_it_back(desk: Desk) -> None:
    desk.hold()
    desk.consent("summary")
    desk.get(f"{desk.path}/referral/to/elm")
    wanted = {"purpose": "help", "language": "nl", "field": ["summary", "contact"], "summary": "One.\nTwo."}
    desk.post("/referral/to/elm", **wanted, contact="By phone", what="save")
    assert "The draft is saved, encrypted. Only you see it." in desk.text
    desk.get(f"{desk.path}/referral/to/elm")
    assert ">\nOne.\nTwo.</textarea>" in desk.markup.replace("\r", "")
    assert '<option value="nl" selected>' in desk.markup
    assert desk.post("/referral/to/elm", **wanted, contact="By phone", what="preview") == 409
    assert "The reporter did not agree to all of this" in desk.text
    assert "By phone" in desk.markup
    for change, words in (
        ({"purpose": ""}, "the purpose is not chosen"),
        ({"field": ["summary"], "summary": "x" * 20_001}, "at most 20,000 characters"),
        ({"field": []}, "There is nothing to pass on yet."),
        ({"field": ["summary"], "summary": "\U0010fffd"}, "Exactly this would leave"),
    ):
        desk.post("/referral/to/elm", **{**wanted, **change}, what="preview")
        assert words in desk.text
    (seen,) = desk.values("seen")
    strange = {**wanted, "field": ["summary"], "summary": "\U0010fffd"}
    assert desk.post("/referral/to/elm", **strange, seen=seen, what="pdf") == 409
    assert "This machine has no font for some characters" in desk.text
    assert desk.post("/referral/to/elm", **strange, seen=seen, what="packet", folder="") == 409
    assert "The directory has no key of this service" in desk.text
    assert desk.post("/referral/to/elm", **strange, seen=seen, what="packet", folder="../x") == 409
    assert desk.office.referral.made(LONE_SEAT, desk.case_id) == ()


def test_the_heading_is_a_rule_of_the_office(desk: Desk) -> None:
    desk.get("/en/rules")
    assert desk.values("heading-en") == ["Appointment notes"]
    typed = {"heading-en": "Notes of The Line", "heading-nl": "Boodschappen"}
    assert desk.send("heading-form", **typed).status_code == 400
    assert "The name of this line stands in the heading." in desk.text
    assert (desk.values("heading-en"), desk.values("heading-nl")) == (["Notes of The Line"], ["Boodschappen"])
    desk.send("heading-form", **{**typed, "heading-en": "\U0010fffd a"})
    assert "This machine has no font for some characters" in desk.text
    desk.send("heading-form", **{**typed, "heading-en": "Shopping"})
    assert "It holds for every sheet from now on." in desk.text
    desk.hold()
    desk.consent("summary")
    desk.get(f"{desk.path}/referral/to/elm")
    wanted = {"purpose": "help", "field": ["summary"], "summary": "One."}
    desk.post("/referral/to/elm", **wanted, language="nl", what="preview")
    assert "<h3>Boodschappen</h3>" in desk.markup


def test_nothing_leaves_of_a_closed_case(desk: Desk) -> None:
    desk.hold()
    desk.consent("summary")
    desk.office.cases.close(LONE_SEAT, desk.case_id, "test")
    desk.get(f"{desk.path}/referral")
    assert "The case is closed: nothing more is passed on." in desk.text
    assert desk.get(f"{desk.path}/referral/to/elm").status_code == 409
