"""The pages of the ledger: what an auditor and a supervisor see, verifying in plain words, what it proves."""

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from tests.support.ledger_story import WORDS, Story, tell
from tests.support.people import Seat, code_of, seat
from tests.support.workstation_browser import Counsellor
from workstation.casework import ledger_desk
from workstation.casework.models import LedgerRow


class Reader(Counsellor):
    """A browser at a workstation where people sign in; its time stands still until a test moves it."""

    def __init__(self, room: Seat) -> None:
        super().__init__(room, now=lambda: room.now)
        self.seat = room

    def come_in(self, desk: str) -> None:
        """As somebody who was entered, after whoever was there."""
        self.holder.lock()
        one = self.seat.insiders[desk]
        self.seat.now += 30
        self.sign_in(one.desk, one.passphrase, code_of(one.secret, self.seat.now))
        assert f">{desk}</a>" in self.markup

    def head(self) -> str:
        """As it stands on the page, groups and all."""
        self.get("/en/ledger")
        found = re.search(r'id="newest-head">(.*?)</p>', self.markup, re.S)
        assert found
        return " ".join(re.sub(r"<[^>]+>", " ", found[1]).split())

    def verify(self, head: str = "", language: str = "en") -> str:
        """The box with the result, in words."""
        self.get(f"/{language}/ledger")
        self.send("verify-form", head=head)
        return self.box("result")

    def box(self, name: str) -> str:
        """The words of one box."""
        found = re.search(rf'<(div|section)[^>]*id="{name}".*?</\1>', self.markup, re.S)
        assert found, self.text
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", found[0])).split())


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Reader, Story, dict[str, str]]]:
    with seat(tmp_path_factory.mktemp("ledger")) as room:
        story = tell(room)
        aliases = {one.case_id: one.alias for one in room.office.cases.inbox(room.office.actor).lines}
        made = Reader(room)
        yield made, story, aliases
        made.holder.lock()


@pytest.fixture
def reader(told: tuple[Reader, Story, dict[str, str]]) -> Reader:
    return told[0]


def test_an_auditor_begins_there_and_sees_random_ids_only(
    told: tuple[Reader, Story, dict[str, str]],
) -> None:
    reader, story, aliases = told
    reader.come_in("alder")
    assert reader.page is not None
    assert reader.page.request.path == "/en/ledger"
    assert "Content-Security-Policy" in reader.page.headers
    assert "script" not in reader.page.headers["Content-Security-Policy"]
    for case_id, alias in aliases.items():
        assert case_id in reader.markup
        assert alias not in reader.markup
    assert f"a case, destroyed {story.destroyed}" in reader.text
    assert "By desk" in reader.text
    assert "rowan" in reader.text
    assert 'href="/en/case' not in reader.markup
    assert not re.search(r"<script|<style|\sstyle=", reader.markup)
    assert not [piece for piece in WORDS if piece.split()[0].lower() in reader.markup.lower()]


def test_a_supervisor_sees_aliases_but_not_of_a_case_to_be_kept_away_from(
    told: tuple[Reader, Story, dict[str, str]],
) -> None:
    reader, story, aliases = told
    reader.come_in("rowan")
    reader.get("/en/ledger")
    assert f"{aliases[story.split_off]} {story.split_off}" in reader.text
    assert aliases[story.kept_from] not in reader.markup
    assert f"a case {story.kept_from}" in reader.text


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        (
            "en",
            (
                "The case was destroyed: its key, words and files",
                "rule: 180 days after it was closed",
                "urgency: P0: now",
                "Somebody got other roles",
                "roles before: Counsellor",
                "bound to words that are sealed elsewhere",
                "none: the workstation itself, or its founding passphrase",
            ),
        ),
        (
            "nl",
            (
                "De zaak is vernietigd: sleutel, woorden en bestanden",
                "regel: 180 dagen nadat de zaak gesloten is",
                "Iemand kreeg andere rollen",
                "gebonden aan woorden die elders verzegeld zijn",
            ),
        ),
    ],
)
def test_entries_are_in_plain_words(
    reader: Reader, language: str, shown: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_desk, "PAGE", 500)
    reader.come_in("alder")
    reader.get(f"/{language}/ledger")
    assert not [one for one in shown if one not in reader.text]
    table = reader.markup.partition("<tbody>")[2].partition("</tbody>")[0]
    assert not re.search(r">\s*[a-z]+-[a-z]+\s*<", table), "a code instead of words"


def test_the_page_says_what_the_ledger_proves_and_what_it_does_not(reader: Reader) -> None:
    reader.come_in("alder")
    said = reader.box("proof")
    for sentence in (
        "It proves procedure and order, to whoever noted a head elsewhere, up to the entry of that head",
        "It does not prove that there is no copy of a case",
        "that nothing else happened",
        "write the whole ledger anew from the start, so that it verifies",
        "Only heads that were noted elsewhere, by somebody else, bind it.",
        "could be cut off without a trace",
    ):
        assert sentence in said
    assert "16 groups of four, 64 characters in all" in reader.box("newest")


def test_verifying_in_plain_words(reader: Reader) -> None:
    reader.come_in("alder")
    head = reader.head()
    assert re.fullmatch(r"([0-9a-f]{4} ){15}[0-9a-f]{4}", head)
    whole = re.match(
        r"Whole: each of the (\d+) entries follows from the one before. You gave no", reader.verify()
    )
    assert whole
    said = reader.verify(head.upper())
    assert said.startswith("Whole, and the head you noted is in it.")
    assert f"Yours is that of entry {whole[1]}" in said
    other = "0000 " * 16
    assert reader.verify(other).startswith("The head you noted is NOT in it.")
    assert f'value="{other.strip()}' in reader.markup
    assert reader.verify(other, "nl").startswith("Het eindkenmerk dat u noteerde staat er NIET in.")
    reader.get("/en/ledger")
    assert reader.send("verify-form", head="12 <b>").status_code == 400
    assert "This is not a head" in reader.box("error-summary")
    assert 'value="12 &lt;b&gt;"' in reader.markup


def test_entries_are_looked_for_by_what_happened_and_by_id(
    told: tuple[Reader, Story, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, story, _ = told
    monkeypatch.setattr(ledger_desk, "PAGE", 5)
    reader.come_in("alder")
    reader.get(f"/en/ledger?subject={story.destroyed}&kind=closed")
    assert "3 entries, the newest first." in reader.text
    assert '<option value="closed" selected>' in reader.markup
    assert f'name="subject" value="{story.destroyed}"' in reader.markup
    reader.get(f"/en/ledger?subject={story.destroyed}")
    older = re.search(r'href="([^"]+)">Older ones', reader.markup)
    assert older
    reader.get(html.unescape(older[1]))
    assert "Page 2 of" in reader.text
    assert f'name="subject" value="{story.destroyed}"' in reader.markup
    assert reader.get("/en/ledger?subject=nonsense").status_code == 400
    assert "This is not an id" in reader.text
    assert reader.get("/en/ledger?page=99999&kind=never-heard-of").status_code == 200
    assert "0 entries" in reader.text


def test_a_ledger_that_was_changed_is_told_with_the_place(tmp_path: Path) -> None:
    with seat(tmp_path) as room:
        reader = Reader(room)
        reader.unlock()
        for _ in range(3):
            reader.office.people.set_second_reading(reader.holder.actor, False)
        reader.get("/en/ledger")
        head = reader.head()
        with reader.office._work() as (session, _):
            session.execute(delete(LedgerRow).where(LedgerRow.number == 4))
        assert reader.verify(head).startswith("The head you noted is NOT in it.")
        with reader.office._work() as (session, _):
            session.execute(update(LedgerRow).where(LedgerRow.number == 2).values(day=19_000))
        said = reader.verify(head)
        assert said.startswith("Broken at entry 2. This entry does not follow from the one before")
        assert said.endswith("The head you noted is NOT in the part before it.")
        assert 'role="alert"' in reader.markup
        reader.holder.lock()


def test_an_empty_ledger_has_nothing_to_note(tmp_path: Path) -> None:
    with seat(tmp_path) as room:
        reader = Reader(room)
        reader.unlock()
        with reader.office._work() as (session, _):
            session.execute(delete(LedgerRow))
        reader.get("/nl/ledger")
        assert "er is niets te noteren" in reader.text
        assert reader.verify().startswith("Whole: each of the 0 entries")
        reader.holder.lock()
