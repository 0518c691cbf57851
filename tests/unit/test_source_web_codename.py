"""Making a codename and coming back with one: every mistake is named, nothing is taken away."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from sluis.codename import passes_check
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
    return site.visitor()


def retype(visitor: Visitor, page: Page, typed: str, **changed: str) -> Page:
    return visitor.send(page.action("new-form"), {**page.fields("new-form"), "codename": typed, **changed})


def come_back(visitor: Visitor, typed: str, **changed: str) -> Page:
    page = visitor.get("/en/return")
    return visitor.send(
        page.action("return-form"), {**page.fields("return-form"), "codename": typed, **changed}
    )


def said(page: Page, form: str, typed: str) -> str:
    """What the error summary says; it links to the field, and what was typed is still in it."""
    assert page.fields(form)["codename"] == typed
    (link,) = [one for one in page.within("error-summary") if one.tag == "a"]
    (box,) = page.all("input", id=link.attributes["href"][1:])
    assert box.attributes["aria-invalid"] == "true"
    assert page.text(box.attributes["aria-describedby"].split()[1]) == link.text.strip()
    assert "Set-Cookie" not in page.headers
    return link.text.strip()


def test_a_codename_is_shown_typed_again_and_leads_to_the_form(site: SourceSite, visitor: Visitor) -> None:
    page = visitor.get("/en/new")
    codename = page.text("codename")
    assert site.site.lexicon.parse(codename) == codename
    assert codename not in str(page.headers)
    answer = retype(visitor, page, codename)
    assert (answer.status, answer.headers["Location"]) == (303, filled("/en/write"))
    assert visitor.follow(answer).has("write-form")
    assert visitor.report("Hello").status == 303
    assert site.sent()[0].thread == site.keys(codename).thread


def test_each_visitor_gets_another_codename(visitor: Visitor) -> None:
    assert len({visitor.get("/nl/new").text("codename") for _ in range(5)}) == 5


def test_a_codename_retyped_in_another_way_is_the_same(visitor: Visitor) -> None:
    page = visitor.get("/en/new")
    typed = "  " + page.text("codename").upper().replace(" ", " - ") + "\n"
    assert retype(visitor, page, typed).status == 303


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda words: [words[1], words[0], *words[2:]],
            "Word or number 1 is different from the codename above.",
        ),
        (lambda words: [*words[:6], "window"], "Word or number 7 is different"),
        (lambda words: words[:5], "A codename has 7 words. You typed 5."),
        (lambda words: [*words[:3], "xqzvwy", *words[4:]], "We do not know the word “xqzvwy”."),
        (lambda words: [], "Type your codename."),
    ],
)
def test_a_codename_retyped_wrongly_is_shown_again(visitor: Visitor, change: object, message: str) -> None:
    page = visitor.get("/en/new")
    codename = page.text("codename")
    while "window" in codename or len(set(codename.split()[:2])) == 1:
        page = visitor.get("/en/new")
        codename = page.text("codename")
    assert callable(change)
    typed = " ".join(change(codename.split()))
    again = retype(visitor, page, typed)
    assert message in said(again, "new-form", typed)
    assert again.text("codename") == codename
    assert retype(visitor, again, codename).status == 303


def test_another_drawn_codename_is_not_the_one_on_the_page(site: SourceSite, visitor: Visitor) -> None:
    page = visitor.get("/en/new")
    other = site.draw()
    again = retype(visitor, page, other)
    assert "is different from the codename above. This is still the same codename." in said(
        again, "new-form", other
    )
    assert again.text("codename") == page.text("codename")


@pytest.mark.parametrize("token", ["", "forged", "A" * 379])
def test_a_new_form_without_its_token_leads_on_with_the_codename(
    site: SourceSite, visitor: Visitor, token: str
) -> None:
    page = visitor.get("/en/new")
    codename = page.text("codename")
    back = retype(visitor, page, codename, token=token)
    assert "Your codename still works." in said(back, "return-form", codename)
    answer = visitor.send(back.action("return-form"), back.fields("return-form"))
    assert answer.headers["Location"] == filled("/en/mailbox")


def test_no_codename_is_given_out_when_nothing_could_be_taken_in(site: SourceSite, visitor: Visitor) -> None:
    for reason, heading in (
        ("store-full", "Our storage is full"),
        ("no-release", "We cannot take in messages at the moment"),
        ("expired", "We cannot take in messages at the moment"),
    ):
        site.mailroom.reason = reason
        page = visitor.get("/en/new")
        assert (page.status, page.h1) == (503, heading)
        assert "Please come back tomorrow." in page.body.decode()
        assert "We cannot take in messages at the moment." in visitor.get("/en/").body.decode()


def test_coming_back_leads_to_the_mailbox(site: SourceSite, visitor: Visitor) -> None:
    answer = come_back(visitor, site.draw())
    assert (answer.status, answer.headers["Location"]) == (303, filled("/en/mailbox"))
    assert visitor.follow(answer).h1 == "Answers to you"


def test_a_dutch_codename_works_on_the_english_pages(site: SourceSite, visitor: Visitor) -> None:
    assert come_back(visitor, site.draw("nl")).status == 303


def test_a_codename_of_digits(site: SourceSite, visitor: Visitor) -> None:
    codename = site.draw("ti")
    assert come_back(visitor, codename.replace(" ", "")).status == 303
    typed = codename[:-1]
    assert said(come_back(visitor, typed), "return-form", typed) == "A codename has 28 digits. You typed 27."


def test_an_unknown_word_is_named_with_its_nearest_words(site: SourceSite, visitor: Visitor) -> None:
    codename = site.draw()
    word = codename.split()[2]
    typed = " ".join([*codename.split()[:2], word + "q", *codename.split()[3:]])
    message = said(come_back(visitor, typed), "return-form", typed)
    assert f"We do not know the word “{word}q”. Did you mean: " in message
    assert word in message.partition("mean:")[2]


@pytest.mark.parametrize("count", [0, 1, 6, 8, 60])
def test_the_wrong_number_of_words(visitor: Visitor, count: int) -> None:
    typed = " ".join(["window"] * count)
    expected = f"A codename has 7 words. You typed {count}." if count else "Type your codename."
    assert said(come_back(visitor, typed), "return-form", typed) == expected


def test_words_that_were_never_drawn_together(site: SourceSite, visitor: Visitor) -> None:
    words = site.draw().split()
    turned = (" ".join(words[place:] + words[:place]) for place in range(1, 7))
    typed = next(one for one in turned if not passes_check(one))
    message = said(come_back(visitor, typed), "return-form", typed)
    assert message.startswith("We know all these words, but together they are not a codename.")


def test_script_and_endless_words_are_only_text(visitor: Visitor) -> None:
    typed = "<script>alert(1)</script>" + "x" * 500
    page = come_back(visitor, typed)
    assert "We do not know the word" in said(page, "return-form", typed)
    assert not page.all("script")
    assert len(page.body) == PageSize.PLAIN


@pytest.mark.parametrize("token", ["", "forged"])
def test_a_return_form_without_its_token(site: SourceSite, visitor: Visitor, token: str) -> None:
    codename = site.draw()
    page = come_back(visitor, codename, token=token)
    assert "Please press the button again." in said(page, "return-form", codename)
    assert visitor.send("/en/return", page.fields("return-form")).status == 303


@pytest.mark.parametrize(
    ("headers", "taken"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Origin": "http://other.onion"}, False),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, True),
        ({"Origin": "http://localhost"}, True),
    ],
)
def test_no_other_site_can_log_a_visitor_in(
    site: SourceSite, visitor: Visitor, headers: dict[str, str], taken: bool
) -> None:
    fields = {**visitor.get("/en/return").fields("return-form"), "codename": site.draw()}
    assert (visitor.send("/en/return", fields, **headers).status == 303) is taken


def test_a_form_larger_than_any_of_ours(visitor: Visitor) -> None:
    page = visitor.raw("/en/return", b"codename=" + b"x" * 500_000, "application/x-www-form-urlencoded")
    assert page.fields("return-form")["codename"] == ""
    assert page.has("error-summary")


def test_busy_before_the_codename_is_read(site: SourceSite, visitor: Visitor) -> None:
    """As many as the queue holds are waiting: the answer for a right and a wrong codename is the same."""
    with ExitStack() as waiting:
        for number in range(4 * site.site.settings.cores):
            waiting.enter_context(site.site.permits.derivation(f"other-{number}", new=False))
        pages = [come_back(visitor, typed) for typed in (site.draw(), "wrong")]
    assert [page.status for page in pages] == [503, 503]
    assert {len(page.body) for page in pages} == {PageSize.PLAIN}
    assert {page.text("error-summary") for page in pages} == {
        "Please look at this first There are many visitors at the moment. "
        "Wait a minute and press the button again."
    }
    assert come_back(visitor, site.draw()).status == 303


def test_busy_keeps_the_new_codename(site: SourceSite, visitor: Visitor) -> None:
    page = visitor.get("/en/new")
    codename = page.text("codename")
    with site.site.permits.derivation(visitor.circuit, new=True):
        busy = retype(visitor, page, codename)
    assert (busy.status, busy.text("codename")) == (503, codename)
    assert "There are many visitors" in said(busy, "new-form", codename)
    for _ in range(CIRCUIT_RATES[Work.NEW].burst):
        site.site.permits.take(Work.NEW, visitor.circuit)
    assert retype(visitor, page, codename).status == 503
    site.clock.sleep(60)
    assert retype(visitor, page, codename).status == 303


def test_fifty_at_once_get_an_answer_of_one_length(site: SourceSite) -> None:
    codename = site.draw()
    with ThreadPoolExecutor(50) as pool:
        pages = list(pool.map(lambda _: come_back(site.visitor(), codename), range(50)))
    assert {page.status for page in pages} <= {303, 503}
    assert {len(page.body) for page in pages if page.status == 503} <= {PageSize.PLAIN}
    assert any(page.status == 303 for page in pages)


def test_an_answer_to_a_login_leaves_on_the_deadline(site: SourceSite, visitor: Visitor) -> None:
    for typed in (site.draw(), "wrong"):
        page = visitor.get("/en/return")
        begun = site.clock.now
        visitor.send("/en/return", {**page.fields("return-form"), "codename": typed})
        assert site.clock.now - begun == 1.0


def test_an_answer_that_would_come_too_late_is_busy(
    site: SourceSite, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slowly(tags: object) -> list[object]:
        site.clock.sleep(11)
        return []

    monkeypatch.setattr(site.mailroom, "fetch_rows", slowly)
    page = visitor.enter(site.draw())
    assert (page.status, page.h1) == (503, "There are many visitors now")
    assert "Your codename is fine." in page.body.decode()


def test_leaving_ends_the_session_at_once(site: SourceSite, visitor: Visitor) -> None:
    page = visitor.enter(site.draw())
    assert len(site.site.sessions) == 1
    answer = visitor.send(page.action("leave-form"), {})
    assert (answer.status, answer.headers["Location"]) == (303, filled("/en/left"))
    assert answer.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    assert "Max-Age=0" in answer.headers["Set-Cookie"]
    left = visitor.follow(answer)
    assert "Test Line" not in left.body.decode()
    assert len(site.site.sessions) == 0
    assert visitor.get("/en/mailbox").has("return-form")


def test_a_second_codename_ends_the_first_session(site: SourceSite, visitor: Visitor) -> None:
    visitor.enter(site.draw())
    visitor.enter(site.draw())
    assert len(site.site.sessions) == 1
