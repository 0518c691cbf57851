"""Taking back what was sent: what the page says, what is sent, and that every mistake is said."""

import re
from collections.abc import Iterator

import pytest

from mailroom.errors import MailroomDown
from sluis.envelope import Kind, WithdrawScope
from source_interface.addresses import filled
from source_interface.pages import PageSize
from source_interface.permits import CIRCUIT_RATES, Work
from tests.support.counsellor_key import CounsellorKey
from tests.support.source_site import DAY, Page, SourceSite, Visitor, source_site


@pytest.fixture(scope="module")
def key() -> Iterator[CounsellorKey]:
    with CounsellorKey(DAY) as made:
        yield made


@pytest.fixture
def site(key: CounsellorKey) -> Iterator[SourceSite]:
    with source_site(key) as made:
        yield made


@pytest.fixture
def visitor(site: SourceSite) -> Visitor:
    someone = site.visitor()
    someone.enter(site.draw())
    return someone


def take_back(visitor: Visitor, scope: str | None, language: str = "en", **changed: str) -> Page:
    page = visitor.get(f"/{language}/withdraw")
    fields = {**page.fields("withdraw-form"), **changed}
    if scope is not None:
        fields["scope"] = scope
    return visitor.send(page.action("withdraw-form"), fields)


def chosen(page: Page) -> list[str]:
    return [one.attributes["value"] for one in page.all("input", name="scope") if "checked" in one.attributes]


def said(page: Page) -> str:
    """What the page says in its summary; it links to the choice, where the same stands."""
    (link,) = [one for one in page.within("error-summary") if one.tag == "a"]
    assert link.attributes["href"] == "#scope"
    assert page.all("fieldset", id="scope")[0].attributes["aria-describedby"] == "scope-error"
    assert page.text("scope-error") == link.text.strip()
    assert len(page.body) == PageSize.PLAIN
    return link.text.strip()


def words(page: Page) -> str:
    return re.sub(r"\s+", " ", page.all("main")[0].text)


def test_the_way_there_leads_over_the_answers(visitor: Visitor) -> None:
    (link,) = visitor.get("/en/mailbox").all("a", id="withdraw-link")
    page = visitor.get(link.attributes["href"])
    assert (page.status, page.h1, len(page.body)) == (200, "Take back what I sent", PageSize.PLAIN)
    assert [one.attributes["value"] for one in page.all("input", name="scope")] == list(WithdrawScope)
    assert chosen(page) == [], "nothing is chosen for anybody"


@pytest.mark.parametrize("language", ["en", "nl"])
@pytest.mark.parametrize("scope", list(WithdrawScope))
def test_a_withdrawal_is_sent_and_acknowledged(site: SourceSite, language: str, scope: WithdrawScope) -> None:
    codename = site.draw()
    seen = site.reply(codename, "An answer")
    visitor = site.visitor()
    visitor.enter(codename)
    visitor.report("What I saw")
    visitor.get("/en/mailbox")
    done = take_back(visitor, scope, language)
    assert (done.status, len(done.body)) == (200, PageSize.PLAIN)
    assert done.has("withdrawn")
    header, body = site.sent()
    assert (header.kind, dict(header.intake), body) == (Kind.WITHDRAW, {"scope": scope.value}, "")
    assert (header.thread, header.language, header.day) == (site.keys(codename).thread, language, DAY)
    assert header.sequence > site.sent(0)[0].sequence
    assert header.read == (seen,)


def test_the_two_scopes_are_acknowledged_in_different_words(visitor: Visitor) -> None:
    all_, sharing = (words(take_back(visitor, scope)) for scope in ("all", "sharing"))
    assert "Our people will destroy everything that was sent with this codename" in all_
    assert "Our people will pass nothing more on" in sharing
    for page in (all_, sharing):
        assert "Come back with your codename from Saturday 28 November." in page


@pytest.mark.parametrize(
    "said",
    [
        "In about 5 days an answer here tells you that it was done.",
        "Until then nothing changes.",
        "What one of our people has read, that person may remember.",
        "We ask those who have it to destroy it. We cannot force them.",
        "Nobody can be found in them",
        "The locked copies on this server and on their way to us. Nobody there can open them.",
        "What you still send today is destroyed too.",
        "Only if someone’s life is in danger may they still warn others.",
        "Anyone who has your codename can read that answer.",
    ],
)
def test_the_page_says_what_it_does_and_what_it_cannot_undo(visitor: Visitor, said: str) -> None:
    assert said in words(visitor.get("/en/withdraw"))


def test_answers_stay_until_they_are_deleted(site: SourceSite) -> None:
    codename = site.draw()
    site.reply(codename, "An answer")
    visitor = site.visitor()
    visitor.enter(codename)
    take_back(visitor, "all")
    assert len(visitor.get("/en/mailbox").all(class_="reply")) == 1
    assert not site.mailroom.deleted


def test_every_answer_leaves_on_the_deadline(site: SourceSite, visitor: Visitor) -> None:
    page = visitor.get("/en/withdraw")
    fields = {**page.fields("withdraw-form"), "scope": "all"}
    for ask in (
        lambda: visitor.get("/en/withdraw"),
        lambda: visitor.send("/en/withdraw", {}),
        lambda: visitor.send("/en/withdraw", fields),
        lambda: site.visitor().send("/en/withdraw", fields),
    ):
        begun = site.clock.now
        ask()
        assert site.clock.now - begun == 1.0


@pytest.mark.parametrize("scope", [None, "", "everything", "ALL"])
def test_without_a_choice_nothing_is_taken_back(
    site: SourceSite, visitor: Visitor, scope: str | None
) -> None:
    page = take_back(visitor, scope)
    assert said(page) == "Choose what you want to take back. Nothing was taken back yet."
    assert (page.status, chosen(page)) == (200, [])
    assert site.mailroom.sets == []
    assert visitor.send("/en/withdraw", {**page.fields("withdraw-form"), "scope": "all"}).has("withdrawn")


@pytest.mark.parametrize("token", ["", "forged", "A" * 379])
def test_a_stale_form_keeps_the_choice(site: SourceSite, visitor: Visitor, token: str) -> None:
    page = take_back(visitor, "sharing", token=token)
    assert said(page) == "Nothing was taken back yet. Please press the button again."
    assert chosen(page) == ["sharing"]
    assert site.mailroom.sets == []
    assert visitor.send("/en/withdraw", page.fields("withdraw-form")).has("withdrawn")


def test_a_form_belongs_to_its_session_and_its_purpose(site: SourceSite, visitor: Visitor) -> None:
    other = site.visitor()
    codename = site.draw()
    site.reply(codename, "An answer")
    foreign = other.enter(codename).all("input", name="token")[0].attributes["value"]
    for token in (
        other.get("/en/withdraw").fields("withdraw-form")["token"],
        visitor.get("/en/write").fields("write-form")["token"],
        foreign,
    ):
        assert "Nothing was taken back yet." in said(take_back(visitor, "all", token=token))
    own = visitor.get("/en/withdraw").fields("withdraw-form")
    elsewhere = visitor.send("/en/withdraw", {**own, "scope": "all"}, **{"Sec-Fetch-Site": "cross-site"})
    assert "Nothing was taken back yet." in said(elsewhere)
    assert site.mailroom.sets == []


def test_without_a_session_the_codename_is_asked_for(site: SourceSite, visitor: Visitor) -> None:
    fields = visitor.get("/en/withdraw").fields("withdraw-form")
    assert site.visitor().get("/en/withdraw").has("session-ended")
    page = site.visitor().send("/en/withdraw", {**fields, "scope": "all"})
    assert page.has("return-form")
    assert "Nothing was taken back yet. Type your codename" in page.text("error-summary")
    assert len(page.body) == PageSize.PLAIN
    assert site.mailroom.sets == []


@pytest.mark.parametrize(
    ("reason", "message"),
    [
        ("store-full", "Our storage is full. Nothing was taken back yet. Please try again tomorrow."),
        (
            "expired",
            "We have to mend something first. Nothing was taken back yet. Please try again tomorrow.",
        ),
        ("no-release", "We have to mend something first. Nothing was taken back yet."),
    ],
)
def test_a_site_that_cannot_receive_says_so_before_and_afterwards(
    site: SourceSite, visitor: Visitor, reason: str, message: str
) -> None:
    site.mailroom.reason = reason
    assert "So you cannot take anything back now either." in words(visitor.get("/en/withdraw"))
    page = take_back(visitor, "all")
    assert message in said(page)
    assert chosen(page) == ["all"]
    site.mailroom.reason = ""
    assert visitor.send("/en/withdraw", page.fields("withdraw-form")).has("withdrawn")


def test_a_store_that_fills_up_meanwhile(site: SourceSite, visitor: Visitor) -> None:
    site.mailroom.slots = 0
    assert "Our storage is full." in said(take_back(visitor, "all"))
    assert site.mailroom.sets == []
    assert site.mailroom.open_sets == 0


def test_mailroom_down(site: SourceSite, visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    codename = site.draw()
    seen = site.reply(codename, "An answer")
    visitor.enter(codename)

    def down(*_: object) -> None:
        raise MailroomDown("nobody answers")

    with monkeypatch.context() as broken:
        broken.setattr(site.mailroom, "status", down)
        page = take_back(visitor, "all")
    assert said(page) == (
        "A part of our site does not work at the moment. Nothing was taken back yet. "
        "Wait ten minutes and press the button again."
    )
    assert chosen(page) == ["all"]
    visitor.send("/en/withdraw", page.fields("withdraw-form"))
    assert site.sent()[0].read == (seen,), "what was read is told with the one that arrived"


def test_withdrawals_count_as_texts(site: SourceSite, visitor: Visitor) -> None:
    burst = CIRCUIT_RATES[Work.TEXT].burst
    answers = [take_back(visitor, "sharing") for _ in range(burst + 5)]
    full = [page for page in answers if not page.has("withdrawn")]
    assert full
    assert "There are many visitors at the moment. Nothing was taken back yet." in said(full[0])


def test_an_answer_that_is_late_still_tells_the_truth(
    site: SourceSite, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_set = site.mailroom.open_set

    def slow(set_id: bytes, *, text: bool) -> object:
        site.clock.sleep(60)
        return open_set(set_id, text=text)

    monkeypatch.setattr(site.mailroom, "open_set", slow)
    assert take_back(visitor, "all").has("withdrawn")
    assert site.sent()[0].kind is Kind.WITHDRAW


def test_the_other_language_of_an_answer_is_the_page_itself(visitor: Visitor) -> None:
    for page in (take_back(visitor, None), take_back(visitor, "all")):
        (there,) = page.all("a", lang="nl")
        assert there.attributes["href"] == filled("/nl/withdraw")
