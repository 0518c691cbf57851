"""Which page of its class was it? Traces of pages that weigh the same, taken in random order.

Several sources take them at once, each with a tor, a guard and a circuit of its own, which carries all its
traces, whatever the page. Pages are opened by the links that lead to them.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np

from demo.acts import answers, come_back, draw_codename, report
from demo.person import Page
from sluis.limits import MAX_LIVE_ROWS
from tests.metadata.line import ANSWERED, Line
from tests.metadata.wire.classifiers import Told, name_pages
from tests.metadata.wire.features import Floats, vector
from tests.metadata.wire.network import Watched

LANGUAGES = ("en", "nl")


@dataclass(frozen=True)
class Kind:
    """A page in a language."""

    name: str
    language: str

    def __str__(self) -> str:
        return f"{self.name} ({self.language})"


Load = Callable[[], Page]
Pages = Mapping[Kind, Load]


@dataclass(frozen=True)
class Question:
    """`answer` gives what is to be told of a page; `known` what the attacker knows of it already."""

    words: str
    answer: Callable[[Kind], str] = str
    known: Callable[[Kind], str] = lambda kind: ""


@dataclass(frozen=True)
class Game:
    """Pages of one class: `of` gives a source's ways to load them."""

    of: Callable[[Watched, Line], Pages]
    questions: tuple[Question, ...]


def links(page: Page) -> dict[str, str]:
    """The addresses that a page leads to, by their paths."""
    found = [link.attributes.get("href", "") for link in page.root.all("a")]
    return {address.partition("?")[0]: address for address in found}


def _plain(source: Watched, line: Line) -> Pages:
    """Pages for everybody."""
    reader = source.reader()
    there = links(reader.open("/"))
    pages: dict[Kind, Load] = {}
    for language in LANGUAGES:
        first = reader.open(there[f"/{language}/"])
        there |= links(first)
        addresses = {
            "first page": there[f"/{language}/"],
            "how we work": there[f"/{language}/about"],
            "new codename": there[f"/{language}/new"],
            "come back": there[f"/{language}/return"],
            "left": reader.press(first, "leave-form").url,
        }
        for name, address in addresses.items():
            pages[Kind(name, language)] = partial(reader.open, address)
    return pages


def _form(source: Watched, line: Line) -> Pages:
    """The form, and what was received, for somebody who has sent a text."""
    reader = source.reader()
    _, page = draw_codename(reader)
    receipt = report(reader, page, "for the list of what arrived", [])
    there = links(receipt)
    there |= links(reader.open(there["/nl/received"]))
    there |= links(reader.open(there["/en/received"]))
    return {
        Kind(name, language): partial(reader.open, there[f"/{language}/{name}"])
        for name in ("write", "received")
        for language in LANGUAGES
    }


def _mailbox(source: Watched, line: Line) -> Pages:
    """The mailboxes of sources for whom different numbers of answers wait."""
    pages: dict[Kind, Load] = {}
    for count in ANSWERED:
        reader = source.reader()
        page = come_back(reader, line.codenames[count])
        assert len(answers(page)) == count
        pages[Kind(f"{count} answers", "en")] = partial(reader.open, page.url)
    return pages


PLAIN = Game(
    _plain,
    (
        Question("which plain page, and its language"),
        Question("which plain page", lambda kind: kind.name),
        Question("its language, the page known", lambda kind: kind.language, lambda kind: kind.name),
    ),
)
FORM = Game(_form, (Question("form or receipt, and its language"),))
MAILBOX = Game(_mailbox, (Question(f"how many answers wait, of at most {MAX_LIVE_ROWS}"),))


def play(game: Game, sources: Sequence[Watched], line: Line, traces: int) -> list[Told]:
    """The best classifier's score for each question, from this many traces of the site as it runs now."""

    def take(source: Watched) -> list[tuple[Kind, Floats]]:
        pages = game.of(source, line)
        taken = []
        for _ in range(-(-traces // len(sources))):
            kind = random.choice(list(pages))
            trace, page = source.watch.act(pages[kind])
            assert page.status == 200, kind
            taken.append((kind, vector(trace)))
        return taken

    with ThreadPoolExecutor(len(sources)) as pool:
        by_source = list(pool.map(take, sources))
    # In turn, so that each fold has something of every source.
    taken = [one for several in zip(*by_source, strict=True) for one in several]
    features = np.array([row for _, row in taken])
    kinds = [kind for kind, _ in taken]
    return [
        name_pages(
            question.words, features, list(map(question.answer, kinds)), list(map(question.known, kinds))
        )
        for question in game.questions
    ]
