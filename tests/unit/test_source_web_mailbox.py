"""Reading and deleting answers: one length, one moment, whatever there is."""

from collections.abc import Iterator

import pytest

from mailroom.errors import MailroomDown
from sluis.envelope import Kind
from sluis.limits import MAX_LIVE_ROWS, REPLY_TEXT_MAX
from sluis.ring import escaped_size
from source_interface.addresses import filled
from source_interface.pages import PageSize
from tests.support.counsellor_key import CounsellorKey
from tests.support.source_site import DAY, SourceSite, source_site

RELEASES = 30


@pytest.fixture(scope="module")
def key() -> Iterator[CounsellorKey]:
    with CounsellorKey(DAY) as made:
        yield made


@pytest.fixture
def site(key: CounsellorKey) -> Iterator[SourceSite]:
    with source_site(key) as made:
        yield made


def fill(site: SourceSite, codename: str, count: int, text: str) -> None:
    for number in range(count):
        site.reply(codename, text, release=number // 4 + 1, place=number % 4)


def test_answers_of_every_number_and_length_make_pages_of_one_length(site: SourceSite) -> None:
    site.mailroom.release(RELEASES, DAY)
    largest = "<" * (REPLY_TEXT_MAX // 4)
    assert escaped_size(largest) == REPLY_TEXT_MAX
    pages = []
    for count, text in ((0, ""), (1, "a"), (8, "b" * 500), (MAX_LIVE_ROWS, largest)):
        codename = site.draw()
        fill(site, codename, count, text)
        page = site.visitor().enter(codename)
        assert len(page.all(class_="reply")) == count
        assert [one.text for one in page.all(class_="reply-text")] == [text] * count
        pages.append(page)
    assert {len(page.body) for page in pages} == {PageSize.MAILBOX}
    assert len({page.head_size() for page in pages}) == 1
    assert len({tuple(page.headers.keys()) for page in pages}) == 1


def test_a_codename_never_used_has_the_empty_mailbox_byte_for_byte(site: SourceSite) -> None:
    used = site.draw()
    visitor = site.visitor()
    visitor.enter(used)
    visitor.report("I was here.")
    pages = [site.visitor().enter(codename) for codename in (used, site.draw())]
    assert pages[0].body == pages[1].body
    assert pages[0].has("no-replies")


def test_the_mailbox_leaves_on_the_deadline(site: SourceSite) -> None:
    codename = site.draw()
    fill(site, codename, 1, "An answer")
    for name in (codename, site.draw()):
        visitor = site.visitor()
        visitor.enter(name)
        begun = site.clock.now
        visitor.get("/en/mailbox")
        assert site.clock.now - begun == 1.0


def test_an_answer_is_shown_as_text_in_its_own_language(site: SourceSite) -> None:
    codename = site.draw()
    site.reply(codename, "Dank u.\n\n<b>vet</b> & meer", day=DAY - 1)
    page = site.visitor().enter(codename)
    (text,) = page.all(class_="reply-text")
    assert (text.text, text.attributes["lang"]) == ("Dank u.\n\n<b>vet</b> & meer", "nl")
    assert "Answer of Sunday 22 November" in page.body.decode()
    assert page.all("p", class_="lead")[0].text == "There is 1 answer."


def test_reading_deletes_nothing(site: SourceSite) -> None:
    codename = site.draw()
    site.reply(codename, "An answer")
    for _ in range(3):
        assert len(site.visitor().enter(codename).all(class_="reply")) == 1


def test_deleting_one_answer(site: SourceSite) -> None:
    codename = site.draw()
    first = site.reply(codename, "Keep", place=0)
    second = site.reply(codename, "Delete", place=1, day=DAY - 1)
    visitor = site.visitor()
    page = visitor.enter(codename)
    forms = page.all("form", class_="delete-form")
    token = next(one for one in page.all("input", name="token") if forms[1] in one.parents)
    assert forms[1].attributes["action"] == filled("/en/delete")
    after = visitor.send(forms[1].attributes["action"], {"token": token.attributes["value"]})
    assert len(after.body) == PageSize.MAILBOX
    assert after.text("deleted") == "The answer is deleted."
    assert [one.text for one in after.all(class_="reply-text")] == ["Keep"]
    header, _ = site.sent()
    assert (header.kind, header.deleted, set(header.read)) == (Kind.DELETE, (second,), {first, second})
    assert [one.text for one in site.visitor().enter(codename).all(class_="reply-text")] == ["Keep"]


def test_a_delete_form_belongs_to_its_session(site: SourceSite) -> None:
    codename = site.draw()
    site.reply(codename, "An answer")
    one, other = site.visitor(), site.visitor()
    token = one.enter(codename).all("input", name="token")[0].attributes["value"]
    other.enter(codename)
    for wrong in (token, "", "forged"):
        page = other.send("/en/delete", {"token": wrong})
        assert "Nothing was deleted yet." in page.text("error-summary")
        assert len(page.all(class_="reply")) == 1
    assert site.visitor().send("/en/delete", {"token": token}).has("return-form")
    assert not site.mailroom.deleted


def test_deleting_the_same_answer_twice_does_no_harm(site: SourceSite) -> None:
    codename = site.draw()
    site.reply(codename, "An answer")
    visitor = site.visitor()
    token = visitor.enter(codename).all("input", name="token")[0].attributes["value"]
    for _ in range(2):
        assert visitor.send("/en/delete", {"token": token}).has("no-replies")
    assert len(site.mailroom.sets) == 1


def test_a_delete_that_cannot_be_told_still_deletes(site: SourceSite) -> None:
    codename = site.draw()
    site.reply(codename, "An answer")
    visitor = site.visitor()
    token = visitor.enter(codename).all("input", name="token")[0].attributes["value"]
    site.mailroom.slots = 0
    assert visitor.send("/en/delete", {"token": token}).has("no-replies")
    site.mailroom.slots = 100
    visitor.report("Thanks")
    assert len(site.sent()[0].read) == 1, "it is told as read with the next envelope"


def test_answers_can_be_read_while_nothing_can_be_taken_in(site: SourceSite) -> None:
    codename = site.draw()
    site.reply(codename, "An answer")
    site.mailroom.reason = "store-full"
    assert len(site.visitor().enter(codename).all(class_="reply")) == 1


def test_mailroom_down(site: SourceSite, monkeypatch: pytest.MonkeyPatch) -> None:
    def down(*_: object) -> None:
        raise MailroomDown("nobody answers")

    monkeypatch.setattr(site.mailroom, "status", down)
    page = site.visitor().enter(site.draw())
    assert (page.status, page.h1) == (503, "A part of our site does not work")
    assert "Wait ten minutes and try again." in page.body.decode()
