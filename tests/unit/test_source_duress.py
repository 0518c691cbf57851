"""Somebody makes a source log in (docs/decisions/0011-duress.md): a spare codename is like a used one.

The coercer is at the source's side, has every byte that the browser gets, and walks through all pages. Until
an answer waits, a codename with which somebody reported gives what one gives that nobody ever used. A marker,
as a mode for decoys or a sign of the last visit would need, must be caught here.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Response, g

from sluis.keytree import SourceKeys
from sluis.primitives import random_id
from source_interface.mailbox import Mailbox, ShownReply
from source_interface.pages import PageSize
from source_interface.views import mailbox as view
from tests.support.counsellor_key import CounsellorKey
from tests.support.source_site import DAY, Page, SourceSite, Visitor, source_site

_TOKEN = re.compile(rb'name="token" value="[\w-]+"')
_COOKIE = re.compile(r"=[\w-]{102};")


@dataclass(frozen=True)
class Seen:
    """One answer as the coercer has it; tokens and cookies, random each time, are taken out."""

    step: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    seconds: float


@dataclass(frozen=True)
class Work:
    """What the mailroom was asked for: rows, cells of each set, deletions."""

    fetched: tuple[int, ...]
    cells: tuple[int, ...]
    deleted: int


@dataclass(frozen=True)
class Walk:
    """Everything that one walk through the site showed and did."""

    seen: tuple[Seen, ...]
    work: Work


@pytest.fixture(scope="module")
def key() -> Iterator[CounsellorKey]:
    with CounsellorKey(DAY) as made:
        yield made


@pytest.fixture
def site(key: CounsellorKey) -> Iterator[SourceSite]:
    with source_site(key) as made:
        yield made


def never_used(site: SourceSite) -> str:
    return site.draw()


def not_answered(site: SourceSite) -> str:
    codename = site.draw()
    visitor = site.visitor()
    visitor.enter(codename)
    visitor.report("They came again.", [("photo.jpg", bytes(100_000))])
    return codename


def taken_back(site: SourceSite) -> str:
    codename = not_answered(site)
    visitor = site.visitor()
    visitor.enter(codename)
    assert send_withdrawal(visitor, "all").has("withdrawn")
    return codename


def read_and_deleted(site: SourceSite) -> str:
    codename = not_answered(site)
    site.reply(codename, "We are here.")
    visitor = site.visitor()
    page = visitor.enter(codename)
    (form,) = page.all("form", class_="delete-form")
    (token,) = (one for one in page.all("input", name="token") if form in one.parents)
    page = visitor.send(form.attributes["action"], {"token": token.attributes["value"]})
    assert page.has("deleted")
    return codename


def send_withdrawal(visitor: Visitor, scope: str) -> Page:
    fields = visitor.get("/en/withdraw").fields("withdraw-form")
    return visitor.send("/en/withdraw", {**fields, "scope": scope})


def walk(site: SourceSite, codename: str) -> Walk:
    """Every page behind a codename, its mistakes too, in a browser of its own."""
    visitor, seen = site.visitor(), list[Seen]()
    mailroom = site.mailroom
    fetched, sets, deleted = len(mailroom.fetched), len(mailroom.sets), len(mailroom.deleted)

    def see(step: str, ask: Callable[[], Page]) -> Page:
        begun = site.clock.now
        page = ask()
        headers = tuple((name, _COOKIE.sub("=;", value)) for name, value in page.headers.items())
        body = _TOKEN.sub(b"", page.body)
        # The clock adds up tenths: what lies below a microsecond is its rounding.
        seen.append(Seen(step, page.status, headers, body, round(site.clock.now - begun, 6)))
        return page

    fields = see("return", lambda: visitor.get("/en/return")).fields("return-form")
    see("log in", lambda: visitor.send("/en/return", {**fields, "codename": codename}))
    see("mailbox", lambda: visitor.get("/en/mailbox"))
    write = see("write", lambda: visitor.get("/en/write"))
    see("received", lambda: visitor.get("/en/received"))
    see("delete nothing", lambda: visitor.send("/en/delete", {"token": "old"}))
    see("withdraw", lambda: visitor.get("/nl/withdraw"))
    see("withdraw nothing", lambda: send_withdrawal(visitor, ""))
    see("report", lambda: visitor.report("They make me write.", page=write))
    see("reported", lambda: visitor.get("/en/received"))
    see("take back", lambda: send_withdrawal(visitor, "all"))
    see("mailbox again", lambda: visitor.get("/en/mailbox"))
    see("leave", lambda: visitor.send("/en/leave", {}))
    see("left", lambda: visitor.get("/en/left"))
    see("mailbox after leaving", lambda: visitor.get("/en/mailbox"))
    return Walk(
        tuple(seen),
        Work(
            tuple(map(len, mailroom.fetched[fetched:])),
            tuple(len(one.cells) for one in mailroom.sets[sets:]),
            len(mailroom.deleted) - deleted,
        ),
    )


def told_apart(site: SourceSite, one: str, other: str) -> list[str]:
    """The steps at which the two codenames differ in any byte, header or moment, or in work."""
    first, second = walk(site, one), walk(site, other)
    steps = [mine.step for mine, its in zip(first.seen, second.seen, strict=True) if mine != its]
    return steps if first.work == second.work else [*steps, "work"]


@pytest.mark.parametrize("made", [never_used, not_answered, taken_back, read_and_deleted])
def test_until_an_answer_waits_nothing_tells_a_codename_from_a_spare_one(
    site: SourceSite, made: Callable[[SourceSite], str]
) -> None:
    codename = made(site)
    assert told_apart(site, codename, never_used(site)) == []


def test_an_answer_that_waits_tells(site: SourceSite) -> None:
    codename = not_answered(site)
    site.reply(codename, "We are here.")
    assert told_apart(site, codename, never_used(site)) == ["mailbox", "delete nothing", "mailbox again"]


Break = Callable[[pytest.MonkeyPatch, set[bytes]], None]


def an_invented_answer(patch: pytest.MonkeyPatch, marked: set[bytes]) -> None:
    """Broken: a decoy's mailbox has something harmless in it, so the site must know which ones are decoys."""
    genuine = view.open_mailbox

    def opened(keys: SourceKeys, *rest: Any) -> Mailbox:
        box = genuine(keys, *rest)
        invented = ShownReply(random_id(), (), DAY, "en", "Thank you for your question.")
        return Mailbox((invented,)) if keys.thread in marked else box

    patch.setattr(view, "open_mailbox", opened)


def a_mark_in_the_filling(patch: pytest.MonkeyPatch, marked: set[bytes]) -> None:
    """Broken: nothing to see and the same length, but a decoy's page ends in another byte."""
    genuine, padded = view.open_mailbox, view.padded

    def opened(keys: SourceKeys, *rest: Any) -> Mailbox:
        g.marked = keys.thread in marked
        return genuine(keys, *rest)

    patch.setattr(view, "open_mailbox", opened)
    patch.setattr(view, "padded", lambda body, size: padded(body + b"\n" if g.marked else body, size))


def when_it_was_opened_last(patch: pytest.MonkeyPatch, marked: set[bytes]) -> None:
    """Broken: the site remembers who came before, and says so, to let a source see that somebody else did."""
    genuine, padded, before = view.open_mailbox, view.padded, set[bytes]()

    def opened(keys: SourceKeys, *rest: Any) -> Mailbox:
        g.before = keys.thread in before
        before.add(keys.thread)
        return genuine(keys, *rest)

    def told(body: bytes, size: PageSize) -> Response:
        words = b"<p>You were here before.</p></main>" if g.before else b"<p>Welcome.</p></main>"
        return padded(body.replace(b"</main>", words), size)

    patch.setattr(view, "open_mailbox", opened)
    patch.setattr(view, "padded", told)


@pytest.mark.parametrize("broken", [an_invented_answer, a_mark_in_the_filling, when_it_was_opened_last])
def test_a_site_that_marks_decoys_or_visits_is_caught(
    site: SourceSite, monkeypatch: pytest.MonkeyPatch, broken: Break
) -> None:
    decoy, marked = site.draw(), set[bytes]()
    broken(monkeypatch, marked)
    codename = not_answered(site)
    marked.add(site.keys(decoy).thread)
    assert "mailbox" in told_apart(site, codename, decoy)


def test_a_spare_codename_is_drawn_without_a_trace(site: SourceSite) -> None:
    visitor = site.visitor()
    (link,) = visitor.get("/en/about").all("a", id="spare-link")
    page = visitor.get(link.attributes["href"])
    spare = page.text("codename")
    assert page.has("spare")
    assert visitor.get("/en/new").text("codename") != spare
    assert not visitor.client._cookies
    assert (len(site.site.sessions), site.mailroom.sets, site.mailroom.fetched) == (0, [], [])
    assert site.visitor().enter(spare).has("no-replies"), "it works without having been typed again"


def test_the_words_promise_no_more_than_what_holds(site: SourceSite) -> None:
    about = re.sub(r"\s+", " ", site.visitor().get("/en/about").all("main")[0].text)
    for said in (
        "As long as no answer waits for you, yours looks the same",
        "Delete each answer when you have read it.",
        "It does not help if they have your own codename",
        "or if your device is watched",
        "write in your name",
    ):
        assert said in about
