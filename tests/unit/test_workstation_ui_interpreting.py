"""Pages of translations: beside the message, marked by desk; pages of interpreters, which tell of no case."""

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.export_builder import new_source
from tests.support.people import Seat, code_of, seat
from tests.support.workstation_browser import IDLE_S, Counsellor, form, form_fields
from workstation.casework.roles import LONE_SEAT, Role
from workstation.records import Message, ReplyEntry

TEXT = "کنار مدرسه منتظرند."
ENGLISH = 'They wait <b>beside</b> the school.\n"[name]" too.'
DRAFT = "We heard you."
PERSIAN = "شنیدیم."


class Room(Counsellor):
    """A browser at a workstation with a counsellor and an interpreter of Persian."""

    def __init__(self, room: Seat) -> None:
        super().__init__(room, now=lambda: room.now)
        self.seat = room

    def come_in(self, desk: str) -> None:
        self.holder.lock()
        self.unlock_as(desk)

    def unlock_as(self, desk: str) -> None:
        one = self.seat.insiders[desk]
        self.seat.now += 30
        if 'id="unlock-form"' not in (self.page.text if self.page else ""):
            self.get("/en/unlock")
        values = {"desk": one.desk, "passphrase": one.passphrase}
        self.send("unlock-form", one_time=code_of(one.secret, self.seat.now), **values)

    @property
    def entries(self) -> list[object]:
        (line,) = self.office.cases.inbox(self.office.actor).lines
        return [one.entry for one in self.office.cases.view(self.office.actor, line.case_id).timeline]

    @property
    def message(self) -> Message:
        return next(one for one in self.entries if isinstance(one, Message))

    @property
    def answer(self) -> ReplyEntry:
        return next(one for one in self.entries if isinstance(one, ReplyEntry))

    def press_translate(self, what: str, **typed: str) -> None:
        (button,) = re.findall(rf'(formaction="[^"]+/translation/go/{what}/\w+")', self.markup)
        self.press(button, **typed)

    def press_on(self, form_id: str, name: str, value: str, **fields: str) -> None:
        """One of several buttons of a form."""
        markup = form(self.markup, f'id="{form_id}"')
        self.submit(markup, {**form_fields(markup), name: value, **fields})


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with seat(tmp_path) as office:
        fa = frozenset({"fa"})
        office.enter("birch", Role.CUSTODIAN)
        office.enter("willow", Role.COUNSELLOR)
        office.enter("larch", Role.INTERPRETER, languages=fa)
        source = new_source()
        office.take_in(office.export(office.server.report(source, TEXT.encode(), office.day, language="fa")))
        made = Room(office)
        yield made
        made.holder.lock()


def test_a_translation_stands_beside_the_message_under_the_desk(room: Room) -> None:
    room.come_in("willow")
    room.open_thread()
    room.press_translate("message", note="Kept on the way.")
    assert "The note is saved." in room.text
    assert f'lang="fa">{TEXT}<' in room.markup
    room.send("translation-form", language="en", text=ENGLISH)
    assert "The translation is saved." in room.text
    case = room.markup
    assert f'<div class="message-text" dir="auto" lang="fa">{TEXT}</div>' in case
    assert re.search(r'<div class="translation-text" dir="auto" lang="en"><bdi>They wait &lt;b&gt;', case)
    assert "English, by desk willow" in room.text
    assert room.message.text == TEXT
    room.press_translate("message")
    room.send("translation-form", language="en", text="Better.")
    assert "Earlier versions of translations" in room.text
    assert room.text.index("Better.") < room.text.index("They wait")


def test_nothing_typed_is_lost(room: Room) -> None:
    room.come_in("willow")
    room.open_thread()
    room.press_translate("message")
    room.send("translation-form", language="xx", text=ENGLISH)
    assert room.page is not None
    assert room.page.status_code == 400
    assert form_fields(form(room.markup, 'id="translation-form"'))["text"] == ENGLISH
    room.steady.now += IDLE_S + 1
    room.send("translation-form", language="nl", text=ENGLISH)
    assert "is kept on this page" in room.text
    room.unlock_as("willow")
    assert "had locked itself before this was saved" in room.text
    fields = form_fields(form(room.markup, 'id="translation-form"'))
    assert (fields["text"], fields["language"]) == (ENGLISH, "nl")
    keep = html.unescape(re.findall(r'data-keep="([^"]+)"', room.markup)[0])
    kept = {**fields, "text": "Half a sen"}
    assert room.browser.post(keep, data=kept).status_code == 204
    room.get("/en/")
    room.open_thread()
    room.press_translate("message")
    fields = form_fields(form(room.markup, 'id="translation-form"'))
    assert (fields["text"], fields["language"]) == ("Half a sen", "nl")
    room.send("translation-form", text=ENGLISH, language="nl")
    assert room.message.translations[0].text == ENGLISH
    room.press_translate("message")
    assert form_fields(form(room.markup, 'id="translation-form"'))["text"] == ""


def test_an_interpreter_sees_the_text_and_nothing_of_its_case(room: Room) -> None:
    room.come_in("willow")
    room.open_thread()
    alias = room.office.cases.inbox(room.office.actor).lines[0].alias
    (case_id,) = {one.case_id for one in room.office.cases.inbox(room.office.actor).lines}
    message_id = room.message.message_id
    room.press_translate("message")
    assert re.search(rf'id="frozen" dir="auto" lang="fa">{TEXT}<', room.markup)
    room.send("ask-form", own="en", interpreter=room.seat.insiders["larch"].person_id)
    assert "The text lies before the interpreter now" in room.text
    room.send("ask-form", own="en", interpreter=room.seat.insiders["larch"].person_id)
    assert "This text lies before that person already." in room.text

    room.come_in("larch")
    assert room.page is not None
    assert room.page.request.path == "/en/texts"
    assert "into English" in room.text
    assert "by desk willow" in room.text
    seen = room.markup
    (link,) = re.findall(r'class="text-link" href="([^"]+)"', seen)
    seen += room.get(link).text
    assert f'id="source-text" dir="auto" lang="fa">{TEXT}<' in room.markup
    for hidden in (alias, case_id, message_id, "/case/", "inbox"):
        assert hidden not in seen
    for path in ("/en/", f"/en/case/{case_id}", f"/en/case/{case_id}/translation/message/{message_id}"):
        assert room.browser.get(path).status_code == 403

    room.get(link)
    room.press_on("text-form", "what", "save", translation="They wait")
    assert "Nobody else reads it until you hand it in." in room.text
    assert form_fields(form(room.markup, 'id="text-form"'))["translation"] == "They wait"
    keep = re.findall(r'data-keep="([^"]+)"', room.markup)
    fields = form_fields(form(room.markup, 'id="text-form"'))
    assert room.browser.post(keep[0], data={**fields, "translation": "They wait be"}).status_code == 204
    assert room.browser.post(keep[0], data={**fields, "translation": "w" * 100_001}).status_code != 204
    room.get(link)
    assert form_fields(form(room.markup, 'id="text-form"'))["translation"] == "They wait be"
    room.press_on("text-form", "what", "hand-in", translation=" ")
    assert "There is no translation yet" in room.text
    room.steady.now += IDLE_S + 1
    room.press_on("text-form", "what", "hand-in", translation=ENGLISH)
    assert "is kept on this page" in room.text
    room.unlock_as("larch")
    assert form_fields(form(room.markup, 'id="text-form"'))["translation"] == ENGLISH
    room.press_on("text-form", "what", "hand-in", translation=ENGLISH)
    assert "Handed in." in room.text
    assert TEXT not in room.get(link).text
    assert "Its words are not shown here any more." in room.text

    room.come_in("willow")
    room.open_thread()
    assert "English, by the interpreter larch" in room.text
    assert "&lt;b&gt;beside" in room.markup


def test_what_was_taken_back_while_it_was_written_is_given_back(room: Room) -> None:
    room.come_in("willow")
    room.open_thread()
    room.press_translate("message")
    room.send("ask-form", own="en", interpreter=room.seat.insiders["larch"].person_id)
    room.come_in("larch")
    (link,) = re.findall(r'class="text-link" href="([^"]+)"', room.markup)
    room.get(link)
    old = form(room.markup, 'id="text-form"')
    office = room.office
    (line,) = office.cases.inbox(LONE_SEAT).lines
    office.interpreting.take_back(LONE_SEAT, line.case_id, link.rpartition("/")[2])
    room.submit(old, {"translation": ENGLISH, "what": "hand-in"})
    assert "This text is no longer yours" in room.text
    assert html.escape(ENGLISH, quote=False) in room.markup.replace("&#34;", '"')
    assert TEXT not in room.markup
    assert "Nothing." in room.get("/en/texts").text


def test_an_answer_is_translated_and_taken_over(room: Room) -> None:
    room.come_in("willow")
    room.open_thread()
    room.send("reply-form", text=DRAFT, language="en")
    room.press_translate("answer")
    assert re.search(r'<option value="fa" selected', room.markup)
    room.send("ask-form", interpreter=room.seat.insiders["larch"].person_id)
    room.come_in("larch")
    (link,) = re.findall(r'class="text-link" href="([^"]+)"', room.markup)
    room.get(link)
    assert DRAFT in room.markup
    room.press_on("text-form", "what", "hand-in", translation=PERSIAN)
    room.come_in("willow")
    room.open_thread()
    room.press_translate("answer")
    (take_over,) = re.findall(r'<form class="take-over-form".*?</form>', room.markup, re.S)
    room.submit(take_over, {})
    assert "The draft is the interpreter’s text now." in room.text
    assert (room.answer.text, room.answer.language, room.answer.state) == (PERSIAN, "fa", "draft")
    assert "Before it was translated" in room.text
    assert "the interpreter larch translated it" in room.text
    room.get("/nl/")
    room.open_thread(language="nl")
    assert room.page is not None
    assert room.page.status_code == 200
