"""Taking words out of a message: ranges, where a name stands, versions, and what becomes of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from sluis.envelope import SCOPE, Kind, WithdrawScope
from sluis.errors import BadField
from sluis.keytree import SourceKeys
from tests.support.export_builder import new_source
from tests.support.people import Seat, seat
from workstation.casework import destruction, ledger, redaction
from workstation.casework.models import Case
from workstation.casework.redaction_models import Redaction
from workstation.casework.redaction_rules import Range, applied, context, normalised, occurrences
from workstation.casework.roles import LONE_SEAT
from workstation.errors import UnknownItem, WrongState
from workstation.models import Envelope, Thread

TEXT = "Mehmet called. I met MEHMET’in brother in Ankara on 3 May."


def test_a_block_stands_where_words_were_and_tells_no_length() -> None:
    ranges = normalised([Range(0, 6, "name"), Range(42, 48, "place")], len(TEXT))
    assert applied(TEXT, ranges) == "[name] called. I met MEHMET’in brother in [place] on 3 May."
    assert applied("ab", normalised([Range(0, 1, "name"), Range(1, 2, "name")], 2)) == "[name][name]"


def test_what_overlaps_is_taken_out_once() -> None:
    assert normalised([Range(3, 9, "date"), Range(0, 5, "name"), Range(4, 6, "name")], 9) == (
        Range(0, 9, "name"),
    )


@pytest.mark.parametrize(
    "one", [Range(-1, 2, "name"), Range(2, 2, "name"), Range(3, 11, "name"), Range(0, 1, "colour")]
)
def test_a_range_outside_the_text_is_refused(one: Range) -> None:
    with pytest.raises(BadField):
        normalised([one], 10)


@pytest.mark.parametrize(
    ("text", "word", "found"),
    [
        (TEXT, "mehmet", ["Mehmet", "MEHMET"]),
        ("İstanbul’dan, ISPARTA", "isparta", ["ISPARTA"]),
        ("Jose\u0301 and José", "josé", ["Jose\u0301", "José"]),
        ("Straße 5", "STRASSE", ["Straße"]),
        ("قال مُحَمَّد لي", "محمد", ["مُحَمَّد"]),
        ("كيميا", "کیمیا", ["كيميا"]),
        ("Ahmet\nKaya, Ah\u200bmet", "ahmet", ["Ahmet", "Ah\u200bmet"]),
        ("Ahmet\nKaya", "ahmet kaya", ["Ahmet\nKaya"]),
        ("阿里木江来了", "阿里木", ["阿里木"]),
        ("nothing here", "Mehmet", []),
        ("nothing here", "\u0301", []),
    ],
)
def test_a_name_is_found_however_it_is_written(text: str, word: str, found: list[str]) -> None:
    places = occurrences(text, {"name": [word, "  "]})
    assert [text[one.start : one.end] for one in places] == found


def test_too_many_words_are_refused() -> None:
    with pytest.raises(BadField):
        occurrences("a", {"name": ["x"] * 201})
    with pytest.raises(BadField):
        occurrences("a", {"name": ["x" * 201]})


def test_the_context_is_one_line() -> None:
    assert context("one\ntwo Mehmet three", Range(8, 14, "name"), 5) == (" two ", "Mehmet", " thre")


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Seat]:
    with seat(tmp_path) as made:
        yield made


def _taken_in(room: Seat, source: SourceKeys, text: str = TEXT) -> None:
    room.take_in(room.export(room.server.report(source, text.encode(), room.day)))


def _redact(room: Seat, *ranges: Range, before: int = 0, number: int = 0) -> None:
    with room.office._work() as (session, _):
        envelope = session.scalars(select(Envelope).order_by(Envelope.id)).all()[number]
        case = envelope.of_thread.of_case
        redaction.redact(session, room.day, LONE_SEAT, case, envelope, ranges, before)


def _seen(room: Seat, number: int = 0) -> str:
    with room.office._work() as (session, _):
        envelope = session.scalars(select(Envelope).order_by(Envelope.id)).all()[number]
        return redaction.redacted_text(session, envelope.of_thread.of_case, envelope)


def test_every_change_is_a_version_and_the_message_stays(room: Seat) -> None:
    _taken_in(room, new_source())
    assert _seen(room) == TEXT
    _redact(room, Range(0, 6, "name"))
    _redact(room, Range(0, 6, "name"), Range(42, 48, "place"), before=1)
    assert _seen(room) == "[name] called. I met MEHMET’in brother in [place] on 3 May."
    _redact(room, Range(42, 48, "place"), Range(0, 6, "name"), before=2)  # the same once more
    with pytest.raises(WrongState):
        _redact(room, before=1)
    _redact(room, before=2)
    assert _seen(room) == TEXT
    (message,) = room.only_thread().entries
    assert getattr(message, "text", "") == TEXT
    with room.office._work() as (session, _):
        lines = ledger.entries(session, kind="redacted")
        assert [dict(one.facts) for one in reversed(lines)] == [
            {"places": "1", "version": "1"},
            {"places": "2", "version": "2"},
            {"places": "0", "version": "3"},
        ]
        assert all(len(one.commitment) == 32 for one in lines)
        assert b"name" not in b"".join(session.scalars(select(Redaction.sealed_ranges)))


def test_only_a_text_of_the_case_is_found(room: Seat) -> None:
    _taken_in(room, new_source())
    _taken_in(room, new_source(), "Another.")
    with room.office._work() as (session, _):
        first, second = session.scalars(select(Case).order_by(Case.id))
        (envelope,) = first.threads[0].envelopes
        assert redaction.find_message(session, first, envelope.message_id.hex()).id == envelope.id
        for case, message in ((second, envelope.message_id.hex()), (first, "zz"), (first, "ab" * 16)):
            with pytest.raises(UnknownItem):
                redaction.find_message(session, case, message)


def test_it_goes_where_the_conversation_goes(room: Seat) -> None:
    _taken_in(room, new_source())
    _taken_in(room, new_source(), "Another.")
    _redact(room, Range(0, 6, "name"))
    desk = room.office.cases
    with room.office._work() as (session, _):
        mine, other = (one.case_id.hex() for one in session.scalars(select(Case).order_by(Case.id)))
        thread = session.scalars(select(Thread).order_by(Thread.id)).first()
        assert thread is not None
        thread_id = thread.thread.hex()
    desk.merge(LONE_SEAT, other, mine)
    assert _seen(room).startswith("[name] called")
    desk.split(LONE_SEAT, other, thread_id)
    assert _seen(room).startswith("[name] called")


def test_a_withdrawal_and_the_end_of_the_case_take_it(room: Seat) -> None:
    withdrawn, kept = new_source(), new_source()
    _taken_in(room, withdrawn)
    _taken_in(room, kept)
    _redact(room, Range(0, 6, "name"))
    _redact(room, Range(0, 6, "name"), number=1)
    wish = {SCOPE: WithdrawScope.ALL.value}
    room.take_in(room.export(room.server.report(withdrawn, b"", room.day, kind=Kind.WITHDRAW, intake=wish)))
    with room.office._work() as (session, _):
        (row,) = session.scalars(select(Redaction))
        case = session.get_one(Envelope, row.envelope_pk).of_thread.of_case
        case.state, case.closed_day, case.destroy_day = "closed", room.day, room.day
    with room.office._work() as (session, staging):
        destruction.destroy(session, staging, room.day, LONE_SEAT, session.get_one(Case, case.id))
        assert list(session.scalars(select(Redaction))) == []
