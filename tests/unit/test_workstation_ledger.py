"""The ledger for those who may read it: every kind in words, no words of anybody, verified and copied."""

import ast
import csv
import io
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from flask import Flask, g
from sqlalchemy import update

import workstation
from sluis.errors import BadField
from sluis.primitives import label, sha256
from sluis.wire import Writer
from tests.support.ledger_story import MESSAGE, WORDS, Story, acting, tell
from tests.support.people import Seat, seat
from workstation.casework import ledger, ledger_desk
from workstation.casework.ledger_desk import COLUMNS
from workstation.casework.ledger_names import NAMING, Line
from workstation.casework.models import LedgerRow
from workstation.casework.roles import LONE_SEAT, Actor, NotAllowed, Permission, Role
from workstation.replies import LEDGER_KINDS
from workstation.ui import ledger_texts
from workstation.ui.app import create_app
from workstation.ui.settings import LANGUAGES, UiSettings

WINDOW = 6
EPOCH = date(1970, 1, 1)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Seat, Story]]:
    with seat(tmp_path_factory.mktemp("ledger")) as room:
        yield room, tell(room)


@pytest.fixture(scope="module")
def room(told: tuple[Seat, Story]) -> Seat:
    return told[0]


def auditor(room: Seat) -> Actor:
    return acting(room.insiders["alder"], Role.AUDITOR)


def supervisor(room: Seat) -> Actor:
    return acting(room.insiders["rowan"], Role.SUPERVISOR)


def every(room: Seat, actor: Actor) -> list[Line]:
    """All lines, as this person sees them."""
    desk = room.office.ledger
    return [one for page in range(desk.page(actor).pages) for one in desk.page(actor, page + 1).lines]


def written_kinds() -> set[str]:
    """Every kind that any module of the workstation appends, out of the source."""
    found: set[str] = set()
    for path in Path(workstation.__file__).parent.rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        own = any(
            isinstance(one, ast.ImportFrom)
            and one.module == "workstation.casework.ledger"
            and any(name.name == "append" for name in one.names)
            for one in ast.walk(tree)
        )
        for call in (one for one in ast.walk(tree) if isinstance(one, ast.Call)):
            name = ast.unparse(call.func)
            if name == "ledger.append" or (own and name == "append"):
                given = [one.value for one in call.keywords if one.arg == "kind"] or call.args[3:4]
                kind = given[0]
                if ast.unparse(kind) == "LEDGER_KINDS[state]":
                    found |= set(LEDGER_KINDS.values())
                    continue
                assert isinstance(kind, ast.Constant), f"{path.name}:{call.lineno}: not a plain kind"
                found.add(str(kind.value))
    return found


def test_every_kind_that_is_written_has_words() -> None:
    kinds = written_kinds()
    assert {"opened", "destroyed", "person-added", "rule-changed"} <= kinds
    assert not kinds - set(ledger_texts.KINDS), "give them words in workstation/ui/ledger_texts.py"


def test_the_story_has_every_kind(room: Seat) -> None:
    with room.office._work() as (session, _):
        told = {one.kind for one in ledger.entries(session, newest=1_000)}
    assert told == written_kinds(), "tests/support/ledger_story.py"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_and_fact_is_said_in_words(room: Seat, tmp_path: Path, language: str) -> None:
    flask: Flask = create_app(UiSettings(tmp_path, tmp_path), lambda: 0, lambda: 0.0, lambda: ())
    said: set[str] = set()
    with flask.test_request_context():
        g.lang = language
        for line in every(room, supervisor(room)):
            assert ledger_texts.kind_text(line.entry.kind) != line.entry.kind
            words = {words for _, words in ledger_texts.facts_text(line)}
            said |= words
            for key, value in line.entry.facts.items():
                assert key in ledger_texts.FACTS, f"{line.entry.kind}: {key}"
                is_id = key in NAMING | {"agreement", "answer", "server"}
                plain = value in {"", "yes", "no"} or value.isdigit() or is_id
                assert plain or value not in words, f"{line.entry.kind}: {key}={value}"
    shown = {
        "en": ("P0: now", "danger now", "180 days after it was closed", "12 October 2024", "willow"),
        "nl": ("P0: nu", "180 dagen nadat de zaak gesloten is", "willow", "niemand", "tweede lezer"),
    }[language]
    assert not [one for one in shown if one not in said], said


def test_words_that_this_version_does_not_know_are_shown_as_they_are(room: Seat) -> None:
    assert ledger_texts.kind_text("never-heard-of") == "never-heard-of"


def windows(text: str) -> set[bytes]:
    return {text[at : at + WINDOW].lower().encode() for at in range(len(text) - WINDOW + 1)}


def leaks(lines: list[ledger.Raw]) -> set[bytes]:
    """The pieces of words that are in any column of any line."""
    everything = b"".join(
        one if isinstance(one, bytes) else f"|{one}|".encode() for line in lines for one in line
    ).lower()
    return {piece for words in WORDS for piece in windows(words) if piece in everything}


def test_no_words_of_anybody_are_in_the_ledger(room: Seat) -> None:
    with room.office._work() as (session, _):
        lines = list(ledger.raw(session))
    assert len(lines) > 30
    assert leaks(lines) == set()
    guesses = {sha256(words.encode()) for words in WORDS}
    assert not [line for line in lines if {line[6], line[7]} & guesses]
    number, day, kind, subject, actor, _, commitment, digest = lines[-1]
    leaking = (number, day, kind, subject, actor, json.dumps({"of": MESSAGE[9:17]}), commitment, digest)
    assert leaks([leaking]), "the search finds what is there"


def test_no_words_are_in_what_auditors_take_along(room: Seat) -> None:
    table = room.office.ledger.as_csv(auditor(room)).lower()
    assert not {piece for words in WORDS for piece in windows(words) if piece in table}
    for desk in room.insiders:
        assert desk.encode() not in table
    for case in room.office.cases.inbox(LONE_SEAT).lines:
        assert case.alias.lower().encode() not in table


def test_an_auditor_sees_random_ids_and_a_supervisor_aliases(told: tuple[Seat, Story]) -> None:
    room, story = told
    seen: dict[str, dict[str, tuple[str, str]]] = {}
    for name, actor in (("auditor", auditor(room)), ("supervisor", supervisor(room)), ("lone", LONE_SEAT)):
        lines = every(room, actor)
        parties = [party for one in lines for party in (one.about, one.by, *one.named.values())]
        seen[name] = {party.id: (party.name, party.gone) for party in parties if party.what == "case"}
        assert {party.name for party in parties if party.what == "person"} == set(room.insiders)
        assert not [party for party in parties if party.what == "unknown"]
    aliases = {one.case_id: one.alias for one in room.office.cases.inbox(LONE_SEAT).lines}
    assert set(aliases) >= {story.split_off, story.kept_from}
    assert {name for name, _ in seen["auditor"].values()} == {""}
    assert seen["auditor"].keys() == seen["supervisor"].keys() == seen["lone"].keys()
    assert seen["supervisor"][story.split_off] == (aliases[story.split_off], "")
    assert seen["supervisor"][story.kept_from] == ("", "")
    assert seen["lone"][story.kept_from] == (aliases[story.kept_from], "")
    for found in seen.values():
        assert found[story.destroyed] == ("", "destroyed")
        assert {gone for _, gone in found.values()} == {"", "destroyed", "merged"}


def test_nobody_reads_it_without_the_permission(room: Seat) -> None:
    desk = room.office.ledger
    for role in Role:
        actor = Actor(bytes(15) + b"1", "elm", frozenset({role}))
        for look in (desk.page, desk.head, desk.verify, desk.as_csv):
            if actor.may(Permission.READ_LEDGER):
                look(actor)
            else:
                with pytest.raises(NotAllowed):
                    look(actor)


def test_pages_and_what_is_looked_for(told: tuple[Seat, Story], monkeypatch: pytest.MonkeyPatch) -> None:
    room, story = told
    desk, actor = room.office.ledger, auditor(room)
    size = desk.page(actor).total * 2 // 3
    monkeypatch.setattr(ledger_desk, "PAGE", size)
    first, second = desk.page(actor), desk.page(actor, 2)
    assert first.head is not None
    newest = first.head.number
    assert [one.entry.number for one in first.lines] == list(range(newest, newest - size, -1))
    assert (first.total, first.pages, second.page) == (first.head.number, 2, 2)
    assert second.lines[-1].entry.number == 1
    assert desk.page(actor, 99).lines == second.lines
    grouped = " ".join(story.destroyed[at : at + 4] for at in range(0, 32, 4)).upper()
    about = desk.page(actor, subject=grouped)
    assert [one.entry.kind for one in about.lines][:3] == ["destroyed", "answer-expired", "closed"]
    assert {one.about.id for one in about.lines} == {story.destroyed}
    assert [one.entry.kind for one in desk.page(actor, kind="person-left").lines] == ["person-left"]
    assert desk.page(actor, kind="destroyed", subject=story.kept_from).lines == ()
    for wrong in ("00", "g" * 32, "rowan", story.destroyed + "00"):
        with pytest.raises(BadField):
            desk.page(actor, subject=wrong)


def test_a_head_from_paper_is_found(room: Seat) -> None:
    desk, actor = room.office.ledger, auditor(room)
    head = desk.head(actor)
    assert head is not None
    paper = "-".join(head.digest[at : at + 4] for at in range(0, 64, 4)).upper()
    room.office.cases.reopen(LONE_SEAT, reopened(room))
    found = desk.verify(actor, f"  {paper}\n")
    assert (found.broken, found.anchored, found.anchor) == (0, True, head.number)
    assert found.entries == head.number + 2
    assert desk.verify(actor).anchored is None
    assert desk.verify(actor, "00" * 31 + "01").anchored is False
    for wrong in ("ab", head.digest[:-1], head.digest + "0", "o" * 64):
        with pytest.raises(BadField):
            desk.verify(actor, wrong)


def reopened(room: Seat) -> str:
    """A case that was closed, to write one more entry."""
    case_id = room.office.cases.inbox(LONE_SEAT).lines[0].case_id
    room.office.cases.close(LONE_SEAT, case_id, "done", "nothing-asked")
    return case_id


def test_the_table_is_enough_to_compute_every_hash_again(room: Seat) -> None:
    desk, actor = room.office.ledger, auditor(room)
    table = desk.as_csv(actor).decode("ascii")
    rows = list(csv.DictReader(io.StringIO(table, newline="")))
    assert tuple(rows[0]) == COLUMNS
    previous = bytes(32)
    for row in rows:
        line = Writer().u64(int(row["number"])).day((date.fromisoformat(row["day"]) - EPOCH).days)
        line.text(row["kind"], 32).fixed(bytes.fromhex(row["subject"]), 16)
        line.fixed(bytes.fromhex(row["actor"]), 16).text(row["facts"], 1_024)
        line.var(bytes.fromhex(row["commitment"]), 32)
        previous = sha256(label("ledger") + previous + line.bytes())
        assert row["hash"] == previous.hex()
    head = desk.head(actor)
    assert head is not None
    assert (previous.hex(), len(rows)) == (head.digest, head.number)


SPOILT: tuple[dict[str, object], ...] = (
    {"facts": "no json"},
    {"facts": '["a"]'},
    {"facts": '{"to":5}'},
    {"facts": '{"to":"zz"}'},
    {"actor": b"x"},
    {"kind": "x" * 40},
)


def test_what_somebody_spoilt_is_shown_and_found(tmp_path: Path) -> None:
    with seat(tmp_path) as room:
        for desk in ("birch", "elm", "oak"):
            room.enter(desk, Role.CUSTODIAN)
        with room.office._work() as (session, _):
            third, second, first, _released = ledger.entries(session)
        assert room.office.ledger.verify(LONE_SEAT, third.hash.hex()).anchored
        right = {"facts": json.dumps(dict(second.facts), separators=(",", ":"))}
        right |= {"actor": second.actor, "kind": second.kind}
        for change in SPOILT:
            with room.office._work() as (session, _):
                session.execute(update(LedgerRow).where(LedgerRow.number == 3).values(**(right | change)))
            assert len(room.office.ledger.page(LONE_SEAT).lines) == 4
            assert len(room.office.ledger.as_csv(LONE_SEAT).splitlines()) == 5
            after = room.office.ledger.verify(LONE_SEAT, third.hash.hex())
            assert (after.broken, after.anchored, after.anchor) == (3, False, 0)
            before = room.office.ledger.verify(LONE_SEAT, first.hash.hex())
            assert (before.broken, before.anchored, before.anchor) == (3, True, 2)
