"""Every set of cells ends as exactly one of verified, incomplete, replayed and refused, by name."""

import hashlib
import secrets
import tracemalloc
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from sluis.bank import SlotContent
from sluis.cells import CellSplitter, seal_cell
from sluis.envelope import EnvelopeWriter, Kind, header_for
from sluis.keytree import SourceKeys, thread_id
from sluis.limits import CELL_CAPACITY, DEMO, EPOCH_DAYS, TEXT_MAX, XWING_PUBLIC_SIZE
from sluis.primitives import SigningKey, random_id
from tests.support.export_builder import envelope, gpg_encrypt, new_source
from tests.support.workroom import Workroom, workroom
from workstation.records import ImportReport, LooseFile, Message

BIG = 300_000


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Workroom]:
    with workroom(tmp_path) as made:
        yield made


def encrypted(room: Workroom, plain: bytes, *options: str) -> list[SlotContent]:
    return room.server.cells(
        gpg_encrypt(room.server.release.certificate, plain, room.day, *options), room.day
    )


def take_one(room: Workroom, cells: Sequence[SlotContent]) -> ImportReport:
    """Takes in a good report beside it: one bad set spoils nothing else."""
    good = room.server.report(new_source(), b"A good one.", room.day)
    taken = room.take_in(room.export(cells, good))
    assert taken.expected_sets == 2
    assert taken.verified_sets == 1
    assert len(room.office.conversations.all(room.office.actor)) == 1
    assert len(list((room.folder / "vault").iterdir())) == taken.incomplete
    return taken


def refusal(taken: ImportReport) -> str:
    (one,) = taken.refused
    return one.code


def test_a_forged_signature(room: Workroom) -> None:
    plain = bytearray(envelope(new_source(), room.record.instance_id, b"Not mine.", day=room.day))
    plain[-70] ^= 1
    assert refusal(take_one(room, encrypted(room, bytes(plain)))) == "bad-signature"


def test_somebody_elses_thread(room: Workroom) -> None:
    victim, thief = new_source(), new_source()
    header = header_for(
        victim, room.record.instance_id, Kind.TEXT, random_id(), day=room.day, sequence=1, language="en"
    )
    writer = EnvelopeWriter(header, thief.sign)
    plain = writer.start() + writer.body(b"I am the other one.") + writer.finish()
    assert refusal(take_one(room, encrypted(room, plain))) == "bad-signature"


def test_a_thread_that_its_keys_do_not_give(room: Workroom) -> None:
    keys = new_source()
    liar = SourceKeys(keys.reply, SigningKey.generate()[0], keys.k_tag, keys.thread)
    plain = envelope(liar, room.record.instance_id, b"Hello.", day=room.day)
    assert refusal(take_one(room, encrypted(room, plain))) == "wrong-thread"


def test_an_envelope_for_another_instance(room: Workroom) -> None:
    plain = envelope(new_source(), random_id(), b"Hello.", day=room.day)
    assert refusal(take_one(room, encrypted(room, plain))) == "wrong-instance"


@pytest.mark.parametrize("lost", [1, 64, 65, 2_000])
def test_truncated_inside_a_valid_openpgp_message(room: Workroom, lost: int) -> None:
    plain = envelope(new_source(), room.record.instance_id, bytes(1_500), day=room.day)[:-lost]
    assert refusal(take_one(room, encrypted(room, plain))) in ("bad-signature", "truncated")


def test_openpgp_damaged_after_its_manifest_was_made(room: Workroom) -> None:
    sealed = bytearray(
        gpg_encrypt(
            room.server.release.certificate,
            envelope(new_source(), room.record.instance_id, b"Hello.", day=room.day),
            room.day,
        )
    )
    sealed[-30] ^= 1
    assert refusal(take_one(room, room.server.cells(bytes(sealed), room.day))) == "gpg-failed"


def test_not_encrypted_at_all(room: Workroom) -> None:
    plain = envelope(new_source(), room.record.instance_id, b"Hello.", day=room.day)
    literal = b"\xcb" + b"\xff" + len(plain + b"b\0\0\0\0\0").to_bytes(4, "big") + b"b\0\0\0\0\0" + plain
    assert refusal(take_one(room, room.server.cells(literal, room.day))) == "gpg-failed"
    assert refusal(take_one_more(room, room.server.cells(b"nonsense", room.day))) == "gpg-failed"


def take_one_more(room: Workroom, cells: Sequence[SlotContent]) -> ImportReport:
    return room.take_in(room.export(cells))


def test_a_message_that_grows_without_end_when_decompressed(room: Workroom) -> None:
    plain = envelope(new_source(), room.record.instance_id, bytes(40_000_000), kind=Kind.FILE, day=room.day)
    assert refusal(take_one(room, encrypted(room, plain, "-z", "9"))) == "too-large"


def test_a_text_over_its_limit(room: Workroom) -> None:
    plain = envelope(new_source(), room.record.instance_id, b"x" * (2 * TEXT_MAX + 1), day=room.day)
    assert refusal(take_one(room, encrypted(room, plain))) == "too-large"


def test_a_text_that_is_not_text(room: Workroom) -> None:
    plain = envelope(new_source(), room.record.instance_id, b"\xff\xfe", day=room.day)
    assert refusal(take_one(room, encrypted(room, plain))) == "bad-field"


def test_a_reply_key_that_nothing_can_be_sealed_to(room: Workroom) -> None:
    keys = new_source()
    low_order = keys.reply.public[: XWING_PUBLIC_SIZE - 32] + bytes(32)
    bad = SourceKeys(keys.reply, keys.sign, keys.k_tag, thread_id(low_order, keys.sign.public, keys.k_tag))
    header = header_for(
        bad, room.record.instance_id, Kind.TEXT, random_id(), day=room.day, sequence=1, language="en"
    )
    header = type(header)(**header.__dict__ | {"reply_public": low_order})
    writer = EnvelopeWriter(header, keys.sign)
    plain = writer.start() + writer.body(b"Try to answer me.") + writer.finish()
    assert refusal(take_one(room, encrypted(room, plain))) == "bad-field"


def test_a_cell_sealed_to_another_key(room: Workroom) -> None:
    cells = room.server.report(new_source(), b"Hello.", room.day)
    tomorrow = room.server.epoch(room.day + 1)[0]
    moved = [SlotContent(tomorrow, one.set_id, one.index, one.cell) for one in cells]
    assert refusal(take_one(room, moved)) == "unopenable"


def test_a_cell_that_claims_another_set(room: Workroom) -> None:
    (cell,) = room.server.report(new_source(), b"Hello.", room.day)
    moved = [SlotContent(cell.epoch, random_id(), 0, cell.cell)]
    assert refusal(take_one(room, moved)) == "bad-field"


def test_cells_after_the_last_one(room: Workroom) -> None:
    (cell,) = room.server.report(new_source(), b"Hello.", room.day)
    epoch, key = room.server.epoch(room.day)
    splitter = CellSplitter(cell.set_id)
    plain = next(splitter.feed(bytes(CELL_CAPACITY + 1)))
    plain = plain[:16] + (1).to_bytes(4, "big") + plain[20:]
    extra = SlotContent(epoch, cell.set_id, 1, seal_cell(key, room.record.instance_id, plain))
    taken = take_one(room, [cell, extra])
    assert taken.incomplete == 1


def test_replayed_in_another_set_and_forked_under_its_id(room: Workroom) -> None:
    source = new_source()
    message_id = random_id()
    plain = envelope(source, room.record.instance_id, b"Once.", day=room.day, message_id=message_id)
    other = envelope(source, room.record.instance_id, b"Twice?", day=room.day, message_id=message_id)
    taken = room.take_in(room.export(encrypted(room, plain)))
    assert taken.verified_sets == 1
    taken = room.take_in(room.export(encrypted(room, plain), encrypted(room, other)))
    assert (taken.expected_sets, taken.verified_sets, taken.replayed) == (2, 0, 1)
    assert refusal(taken) == "forked"
    (message,) = room.only_thread().entries
    assert isinstance(message, Message)
    assert message.text == "Once."


def test_a_replayed_file_leaves_nothing_in_the_vault(room: Workroom) -> None:
    plain = envelope(new_source(), room.record.instance_id, b"file", kind=Kind.FILE, day=room.day)
    room.take_in(room.export(encrypted(room, plain)))
    assert room.take_in(room.export(encrypted(room, plain))).replayed == 1
    assert len(list((room.folder / "vault").iterdir())) == 1


def big_file(room: Workroom, content: bytes) -> list[SlotContent]:
    return room.server.report(new_source(), content, room.day, kind=Kind.FILE)


def big_cells(room: Workroom, content: bytes) -> list[bytes]:
    """The plain cells of a file, in no order: whoever goes on in the next bank seals to that day's key."""
    plain = envelope(new_source(), room.record.instance_id, content, kind=Kind.FILE, day=room.day)
    splitter = CellSplitter(random_id())
    stream = gpg_encrypt(room.server.release.certificate, plain, room.day)
    cells = [*splitter.feed(stream), *splitter.finish()]
    secrets.SystemRandom().shuffle(cells)
    return cells


def the_only_file(room: Workroom) -> str:
    (entry,) = room.only_thread().entries
    assert isinstance(entry, LooseFile)
    assert len(list((room.folder / "vault").iterdir())) == 1
    return entry.file.sha256


@pytest.mark.parametrize("late", [False, True])
def test_a_set_in_two_exports_is_put_together(room: Workroom, late: bool) -> None:
    content = secrets.token_bytes(BIG)
    cells = big_cells(room, content)
    paths = [room.export(room.server.seal(part, room.day)) for part in (cells[:3], cells[3:])]
    if late:
        paths.reverse()
    first = room.take_in(paths[0])
    assert (first.expected_sets, first.incomplete) == (1, 1)
    room.reopen()
    second = room.take_in(paths[1])
    assert (second.expected_sets, second.verified_sets, second.incomplete) == (1, 1, 0)
    assert the_only_file(room) == hashlib.sha256(content).hexdigest()


def test_a_set_in_three_exports_outlives_the_erasing_of_its_keys(room: Workroom) -> None:
    content = secrets.token_bytes(BIG)
    cells = big_cells(room, content)
    for part in (cells[0::3], cells[1::3], cells[2::3]):
        room.release()
        taken = room.take_in(room.export(room.server.seal(part, room.day)))
        assert taken.erased_days == (room.day - 1,)
    assert taken.verified_sets == 1
    assert the_only_file(room) == hashlib.sha256(content).hexdigest()


def test_a_set_that_stays_incomplete_is_given_up_by_name_after_two_more_exports(room: Workroom) -> None:
    cells = big_file(room, secrets.token_bytes(BIG))
    assert room.take_in(room.export(cells[:-1])).incomplete == 1
    waiting = room.take_in(room.export())
    assert (waiting.expected_sets, waiting.incomplete) == (1, 1)
    given_up = room.take_in(room.export())
    assert (given_up.expected_sets, given_up.incomplete) == (1, 0)
    assert refusal(given_up) == "incomplete-set"
    assert list((room.folder / "vault").iterdir()) == []
    assert room.take_in(room.export()).expected_sets == 0


def test_a_cell_that_stands_twice_counts_once(room: Workroom) -> None:
    cells = big_file(room, secrets.token_bytes(BIG))
    taken = room.take_in(room.export(cells, cells[:2]))
    assert (taken.expected_sets, taken.verified_sets) == (1, 1)


def test_keys_are_erased_by_imports_only_and_then_open_nothing(room: Workroom) -> None:
    source = new_source()
    first_day = room.day
    early = room.server.report(source, b"On the first day.", first_day)
    first = room.export(early)
    second = room.export(room.server.report(source, b"On the second day.", room.day))
    room.clock.day += 60  # a late courier loses nothing
    taken = room.take_in(first)
    assert (taken.verified_sets, taken.erased_days) == (1, (first_day,))
    taken = room.take_in(second)
    assert (taken.verified_sets, taken.erased_days) == (1, (first_day + 1,))
    again = [SlotContent(one.epoch, one.set_id, one.index, one.cell) for one in early]
    taken = room.take_in(room.server.export(room.media, again, room.day, room.day + 1))
    assert refusal(taken) == "key-erased"
    assert len(taken.erased_days) == EPOCH_DAYS - 3  # all but the last key, which lives on


def test_no_key_is_erased_while_a_server_may_still_need_it(room: Workroom) -> None:
    south = room.enrol("south")
    room.release(room.server, south)
    assert room.take_in(room.export()).erased_days == ()
    assert room.take_in(room.export(server=south)).erased_days != ()


def test_no_key_is_erased_beyond_a_gap(room: Workroom) -> None:
    paths = [room.export() for _ in range(3)]
    assert room.take_in(paths[0]).erased_days != ()
    assert room.take_in(paths[2]).erased_days == ()
    assert len(room.take_in(paths[1]).erased_days) == 2


def test_what_the_server_says_of_its_release_is_checked(room: Workroom) -> None:
    assert room.take_in(room.export()).warnings == ()
    taken = room.take_in(room.export(changed={"release_hash": bytes(32)}))
    assert taken.warnings == ("release-forked",)
    taken = room.take_in(room.export(changed={"release": 7}))
    assert taken.warnings == ("release-unknown",)
    room.release()
    assert room.server.release.sequence == 8


def test_a_large_file_does_not_fill_the_memory(room: Workroom) -> None:
    content = secrets.token_bytes(DEMO.largest_file)
    path = room.export(room.server.report(new_source(), content, room.day, kind=Kind.FILE))
    tracemalloc.start()
    taken = room.take_in(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken.files == 1
    assert the_only_file(room) == hashlib.sha256(content).hexdigest()
    assert peak < 3_000_000


def test_a_file_over_the_limit_of_its_site(room: Workroom) -> None:
    cells = room.server.report(
        new_source(), bytes(DEMO.largest_file + 1), room.day, kind=Kind.FILE, gpg=("-z", "9")
    )
    assert refusal(take_one(room, cells)) == "too-large"
