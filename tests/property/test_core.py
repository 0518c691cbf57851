"""Properties of the core that hold for every input (docs/protocol.md)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sluis.bank import SlotContent, open_slot, seal_slot
from sluis.cells import Cell, CellKind, CellSplitter, join_cells, open_cell, seal_cell
from sluis.codename import Lexicon, WordList, fold, passes_check
from sluis.envelope import EnvelopeReader, EnvelopeWriter, Header, Kind, header_for
from sluis.epoch import ChainEnd, Epoch, epoch_day, erasable
from sluis.errors import (
    BadField,
    CodenameError,
    Expired,
    FormatError,
    SluisError,
    Unopenable,
    VerificationError,
)
from sluis.keytree import KdfProfile, SourceKeys, derive_root
from sluis.limits import (
    CELL_CAPACITY,
    CELL_SIZE,
    EPOCH_DAYS,
    LAST_CELL_CAPACITY,
    LAST_DAY,
    MAX_SET_CELLS,
    REPLY_TEXT_MAX,
    SLOT_SIZE,
)
from sluis.padding import LADDER, cells_for
from sluis.primitives import random_id, random_key
from sluis.ring import Reply, escaped_size, open_reply, seal_reply
from sluis.sealing import OpeningKey, SealingKey
from sluis.wire import Reader, Writer

INSTANCE = bytes(range(16))
CHEAP = KdfProfile(memory_kib=8, passes=1)
KEYS = SourceKeys.from_root(derive_root("a cheap root", INSTANCE, CHEAP))
EPOCH_KEY, _ = OpeningKey.generate()
SEALING = SealingKey(EPOCH_KEY.public)
NAMES = [a + b + c for a in "bcdfghjklmnprstvwz" for b in "aeiou" for c in "bcdfghjklmnprstvwxz"][:1_700]
LISTS = [WordList("en", [n + "en" for n in NAMES]), WordList("nl", [n + "nl" for n in NAMES])]
LEXICON = Lexicon(LISTS)
ids = st.binary(min_size=16, max_size=16)
texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=40)


def _counter(seed: int) -> Callable[[int], int]:
    state = [seed]

    def below(limit: int) -> int:
        state[0] = (state[0] * 6_364_136_223_846_793_005 + 1_442_695_040_888_963_407) % 2**64
        return (state[0] >> 20) % limit

    return below


@given(st.integers(0, 2**32), st.sampled_from(["en", "nl", "tr"]), st.data())
@settings(max_examples=60)
def test_a_codename_is_read_however_it_is_typed(seed: int, language: str, data: st.DataObject) -> None:
    codename = LEXICON.draw(language, _counter(seed))
    assert passes_check(codename)
    separators = st.sampled_from([" ", "  ", "-", "\n", "\u00a0", " - ", "\u2013", ", "])
    words = codename.split(" ")
    typed = words[0]
    for word in words[1:]:
        form = data.draw(st.sampled_from([word, word.upper(), word.title(), "\u200b" + word]))
        typed += data.draw(separators) + form
    assert LEXICON.parse(f"  {typed}\n") == codename


@given(st.integers(0, 2**32))
@settings(max_examples=40)
def test_digits_are_read_in_any_script_and_grouping(seed: int) -> None:
    codename = LEXICON.draw("tr", _counter(seed))
    joined = codename.replace(" ", "")
    assert len(joined) == 28
    assert LEXICON.parse(joined) == codename
    persian = joined.translate({ord("0") + i: 0x6F0 + i for i in range(10)})
    assert LEXICON.parse(persian) == codename


@given(st.text(max_size=200))
def test_rubbish_is_never_taken_for_a_codename(typed: str) -> None:
    with pytest.raises(CodenameError):
        LEXICON.parse(typed)


@given(st.text(max_size=30))
def test_folding_twice_changes_nothing(word: str) -> None:
    assert fold(fold(word)) == fold(word)


@given(st.integers(1, MAX_SET_CELLS))
def test_the_ladder_grows_by_at_most_half(needed: int) -> None:
    rung = cells_for(needed)
    assert needed <= rung <= max(needed + 1, needed * 1.5)
    assert rung in LADDER or rung % 128 == 0
    assert cells_for(rung) == rung


@given(st.lists(st.integers(0, 3 * CELL_CAPACITY), max_size=4), ids)
@settings(max_examples=25, deadline=None)
def test_any_stream_survives_splitting_and_joining(sizes: list[int], set_id: bytes) -> None:
    pieces = [bytes([n % 251]) * size for n, size in enumerate(sizes)]
    splitter = CellSplitter(set_id)
    plain = [cell for piece in pieces for cell in splitter.feed(piece)] + list(splitter.finish())
    sealed = [seal_cell(SEALING, INSTANCE, cell) for cell in plain]
    assert {len(cell) for cell in sealed} == {CELL_SIZE}
    assert len(sealed) == cells_for(len(sealed))
    opened = [open_cell(EPOCH_KEY, INSTANCE, cell) for cell in sealed]
    assert b"".join(join_cells(opened, set_id)) == b"".join(pieces)
    if len(opened) > 1:
        for broken in (opened[:-1], opened[1:], [opened[1], opened[0], *opened[2:]], [*opened, opened[-1]]):
            with pytest.raises(FormatError):
                list(join_cells(broken, set_id))


@pytest.mark.parametrize(
    "size", [0, LAST_CELL_CAPACITY, LAST_CELL_CAPACITY + 1, CELL_CAPACITY, CELL_CAPACITY + 1]
)
def test_the_edges_of_the_last_cell(size: int) -> None:
    splitter = CellSplitter(random_id())
    count = len(list(splitter.feed(bytes(size))) + list(splitter.finish()))
    assert count == (1 if size <= LAST_CELL_CAPACITY else 2)


def test_a_manifest_that_lies_is_refused() -> None:
    set_id = random_id()
    good = Cell(set_id, 0, CellKind.LAST, b"abc", (1, 3, bytes(32)))
    with pytest.raises(FormatError):
        list(join_cells([good], set_id))


def _header(language: str, name: str, intake: dict[str, str]) -> Header:
    return header_for(
        KEYS,
        INSTANCE,
        Kind.FILE,
        random_id(),
        day=20_000,
        sequence=1,
        language=language,
        file_name=name,
        intake=intake,
        read=(random_id(),),
    )


@given(
    texts,
    st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), texts, max_size=5),
    st.binary(max_size=600),
)
@settings(deadline=None)
def test_an_envelope_arrives_as_it_was_written(name: str, intake: dict[str, str], body: bytes) -> None:
    writer = EnvelopeWriter(_header("fa", name, intake), KEYS.sign)
    sent = writer.start() + writer.body(body) + writer.finish()
    reader = EnvelopeReader(INSTANCE)
    got = b"".join(piece for i in range(0, len(sent), 97) for piece in reader.feed(sent[i : i + 97]))
    header = reader.finish()
    assert got == body
    assert header.kind is Kind.FILE
    assert set(header.intake) == set(intake)


def _read(sent: bytes) -> Header:
    reader = EnvelopeReader(INSTANCE)
    list(reader.feed(sent))
    return reader.finish()


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_an_envelope_with_any_bit_changed_is_refused(data: st.DataObject) -> None:
    writer = EnvelopeWriter(_header("nl", "photo.jpg", {"need": "talk"}), KEYS.sign)
    sent = bytearray(writer.start() + writer.body(b"what happened") + writer.finish())
    position = data.draw(st.integers(0, len(sent) - 1))
    sent[position] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises((FormatError, VerificationError)):
        _read(bytes(sent))


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_an_envelope_cut_anywhere_is_refused(data: st.DataObject) -> None:
    writer = EnvelopeWriter(_header("nl", "", {}), KEYS.sign)
    sent = writer.start() + writer.body(bytes(200)) + writer.finish()
    with pytest.raises((FormatError, VerificationError)):
        _read(sent[: data.draw(st.integers(0, len(sent) - 1))])


@given(st.binary(max_size=300))
def test_the_parser_only_ever_raises_our_errors(data: bytes) -> None:
    with pytest.raises(SluisError):
        list(EnvelopeReader(INSTANCE).feed(data + bytes(20_000)))


@given(st.integers(0, 2**31), st.integers(0, 2**31), ids)
@settings(max_examples=25, deadline=None)
def test_slots_open_only_in_their_place(serial: int, slot: int, set_id: bytes) -> None:
    key = random_key()
    content = SlotContent(Epoch(3, 20_000), set_id, 7, bytes(CELL_SIZE))
    sealed = seal_slot(key, serial, slot, content)
    free = seal_slot(key, serial, slot, None)
    assert len(sealed) == len(free) == SLOT_SIZE
    assert open_slot(key, serial, slot, free) is None
    assert open_slot(key, serial, slot, sealed) == content or not any(set_id)
    for wrong in ((serial + 1, slot), (serial, slot + 1)):
        with pytest.raises(Unopenable):
            open_slot(key, *wrong, sealed)


@given(st.text(max_size=3_000))
@settings(max_examples=40, deadline=None)
def test_replies_open_only_in_their_place(text: str) -> None:
    if escaped_size(text) > REPLY_TEXT_MAX:
        return
    reply = Reply(random_id(), 1, 31, "nl", text)
    cell = seal_reply(SealingKey(KEYS.reply.public), INSTANCE, KEYS.thread, 4, 2, reply)
    assert len(cell) == 8_192
    opened = open_reply(KEYS.reply, INSTANCE, KEYS.thread, 4, 2, cell)
    assert opened.reply_id == reply.reply_id
    for thread, release, row in ((random_id(), 4, 2), (KEYS.thread, 5, 2), (KEYS.thread, 4, 1)):
        with pytest.raises(Unopenable):
            open_reply(KEYS.reply, INSTANCE, thread, release, row, cell)


def test_a_login_always_computes_120_different_tags() -> None:
    for newest in (1, 4, 30, 5_000):
        tags = [tag for _, _, tag in KEYS.tags(INSTANCE, newest)]
        assert len(tags) == len(set(tags)) == 120


@given(st.integers(0, 40_000), st.integers(0, 40_000), st.integers(0, 40_000))
def test_the_epoch_never_goes_below_the_floor_while_keys_last(clock: int, floor: int, first: int) -> None:
    expiry = first + 90
    last = first + EPOCH_DAYS - 1
    if max(clock, floor) > expiry:
        with pytest.raises(Expired):
            epoch_day(clock, floor, first, expiry)
        return
    day = epoch_day(clock, floor, first, expiry)
    assert first <= day <= last
    assert day >= min(floor, last)


def test_seeds_are_erased_by_imports_only() -> None:
    epoch, last = Epoch(2, 100), 144
    assert not erasable(epoch, last, [])
    assert not erasable(epoch, last, [None])
    assert not erasable(epoch, last, [ChainEnd(100, 2)])
    assert erasable(epoch, last, [ChainEnd(101, 2)])
    assert not erasable(epoch, last, [ChainEnd(101, 2), ChainEnd(99, 2)])
    assert not erasable(Epoch(2, last), last, [ChainEnd(last + 30, 2)]), "the last key lives past its day"
    assert erasable(Epoch(2, last), last, [ChainEnd(last + 30, 3)])


@given(st.integers(0, 2**64 - 1), st.binary(max_size=50), st.text(max_size=20))
def test_the_wire_has_one_encoding(number: int, raw: bytes, text: str) -> None:
    encoded = Writer().magic(b"SLUISTST", 1).u64(number).var(raw, 50).text(text, 200).pad(300).bytes()
    reader = Reader(encoded, "a test")
    reader.magic(b"SLUISTST")
    assert (reader.u64(), reader.var(50)) == (number, raw)
    again = reader.text(200)
    reader.zeros_to(300)
    reader.end()
    assert (
        Writer().magic(b"SLUISTST", 1).u64(number).var(raw, 50).text(again, 200).pad(300).bytes() == encoded
    )


@given(st.integers(0, 2**32 - 1))
def test_no_day_beyond_every_calendar_is_taken(number: int) -> None:
    encoded = Writer().u32(number).bytes()
    if number <= LAST_DAY:
        assert Reader(encoded, "a test").day() == number
        assert Writer().day(number).bytes() == encoded
        date.fromordinal(date(1970, 1, 1).toordinal() + number)
    else:
        with pytest.raises(BadField):
            Reader(encoded, "a test").day()
        with pytest.raises(BadField):
            Writer().day(number)
