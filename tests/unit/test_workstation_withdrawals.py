"""A source takes back what it sent: destroyed at the import, in any order; named, marked and confirmed."""

import secrets
from collections.abc import Iterator, Sequence
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from sluis.bank import SlotContent
from sluis.cells import CellSplitter
from sluis.envelope import SCOPE, Kind, WithdrawScope
from sluis.keytree import SourceKeys
from sluis.limits import LAST_DAY, REPLY_TEXT_MAX, ROWS_PER_RELEASE
from sluis.primitives import random_id
from sluis.ring import escaped_size
from tests.support.export_builder import envelope, gpg_encrypt, new_source
from tests.support.workroom import FIRST_DAY, Workroom, workroom
from workstation import withdrawals
from workstation.confirmations import WORDS, confirmation
from workstation.models import Envelope, Reply
from workstation.records import ImportReport, Message, Notice, ReplyEntry, ThreadSummary

ALL, SHARING = WithdrawScope.ALL, WithdrawScope.SHARING


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Workroom]:
    with workroom(tmp_path) as made:
        yield made


def sealed(
    room: Workroom, source: SourceKeys, body: bytes, day: int | None, **rest: Any
) -> list[SlotContent]:
    """An envelope that names `day` (none: today), sealed today."""
    plain = envelope(source, room.record.instance_id, body, day=room.day if day is None else day, **rest)
    return room.server.cells(gpg_encrypt(room.server.release.certificate, plain, room.day), room.day)


def withdrawal(
    room: Workroom, source: SourceKeys, scope: WithdrawScope = ALL, day: int | None = None, **rest: Any
) -> list[SlotContent]:
    return sealed(room, source, b"", day, kind=Kind.WITHDRAW, intake={SCOPE: scope.value}, **rest)


def report(
    room: Workroom, source: SourceKeys, text: str = "Hello.", day: int | None = None
) -> list[SlotContent]:
    return sealed(room, source, text.encode(), day, intake={"need": "advice"})


def file(room: Workroom, source: SourceKeys) -> list[SlotContent]:
    return sealed(room, source, secrets.token_bytes(1_000), None, kind=Kind.FILE, file_name="photo.jpg")


def vault(room: Workroom) -> list[str]:
    return [path.name for path in (room.folder / "vault").iterdir()]


def the_summary(room: Workroom) -> ThreadSummary:
    (found,) = room.office.conversations.all(room.office.actor)
    return found


def shown(room: Workroom) -> list[str]:
    """The texts of the source that the only thread shows."""
    return [one.text for one in room.only_thread().entries if isinstance(one, Message)]


def answers(room: Workroom) -> list[ReplyEntry]:
    return [one for one in room.only_thread().entries if isinstance(one, ReplyEntry)]


def notices(room: Workroom) -> list[str]:
    return [one.code for one in room.only_thread().entries if isinstance(one, Notice)]


def adds_up(taken: ImportReport) -> bool:
    parts = taken.verified_sets + taken.incomplete + taken.replayed + len(taken.refused)
    return taken.expected_sets == parts


def nothing_left(room: Workroom) -> bool:
    """Of the destroyed envelopes only what recognises them is in the database."""
    with room.office._work() as (session, _):
        rows = session.scalars(select(Envelope).where(Envelope.kind != Kind.WITHDRAW)).all()
        return all(
            not any((one.sealed_text, one.sealed_intake, one.sealed_file_name, one.sealed_vault_key))
            and not any((one.language, one.size, one.sha256, one.file_id, one.vault_name))
            and len(one.message_id) == 16
            and len(one.content_hash) == 32
            for one in rows
        )


def test_everything_of_before_is_destroyed_at_the_import(room: Workroom) -> None:
    source, other = new_source(), new_source()
    room.take_in(room.export(report(room, source), file(room, source), report(room, other, "Not mine.")))
    first = room.export(report(room, source, "More."), withdrawal(room, source))
    taken = room.take_in(first)
    assert adds_up(taken)
    assert (taken.expected_sets, taken.verified_sets) == (2, 2)
    assert (taken.withdrawals, taken.withdrawn) == (1, 3)
    assert room.office.imports.recent()[0] == taken
    assert vault(room) == []
    mine, theirs = sorted(
        room.office.conversations.all(room.office.actor), key=lambda one: one.withdrawn_day is None
    )
    assert (mine.withdrawn_day, mine.sharing_withdrawn_day) == (FIRST_DAY + 1, None)
    assert (mine.messages, mine.destroyed_texts, mine.destroyed_files) == (0, 2, 1)
    assert (theirs.messages, theirs.withdrawn_day, theirs.destroyed_texts) == (1, None, 0)
    assert not mine.waiting_reply
    assert theirs.waiting_reply
    entries = room.office.conversations.view(room.office.actor, mine.thread_id).entries
    assert [type(one) for one in entries] == [Notice, ReplyEntry]


def test_nothing_of_it_can_be_fetched_or_read(room: Workroom) -> None:
    source = new_source()
    room.take_in(room.export(report(room, source), file(room, source)))
    room.take_in(room.export(withdrawal(room, source)))
    assert nothing_left(room)
    assert shown(room) == []
    room.reopen()
    assert nothing_left(room)


def test_words_of_later_days_are_kept_and_wait_for_an_answer(room: Workroom) -> None:
    source = new_source()
    room.clock.day += 1  # the bank is open for two days
    taken = room.take_in(
        room.export(
            report(room, source, "First.", FIRST_DAY),
            withdrawal(room, source, day=FIRST_DAY),
            report(room, source, "On the day itself, after all.", FIRST_DAY),
            report(room, source, "A day later.", FIRST_DAY + 1),
        )
    )
    assert (taken.withdrawals, taken.withdrawn, taken.reports) == (1, 2, 3)
    assert shown(room) == ["A day later."]
    summary = the_summary(room)
    assert (summary.messages, summary.destroyed_texts) == (1, 2)
    assert summary.waiting_reply, "a confirmation is no answer to what was written"
    (message,) = [one for one in room.only_thread().entries if isinstance(one, Message)]
    assert message.continuity == "same codename"


def test_the_order_of_exports_does_not_matter(room: Workroom) -> None:
    for order in permutations(range(3)):
        source, day = new_source(), room.day
        room.clock.day += 1
        sets = [
            lambda source=source, day=day: report(room, source, "Before.", day),
            lambda source=source, day=day: withdrawal(room, source, day=day),
            lambda source=source, day=day: report(room, source, "After.", day + 1),
        ]
        taken = [room.take_in(room.export(sets[at]())) for at in order]
        assert (sum(one.withdrawals for one in taken), sum(one.withdrawn for one in taken)) == (1, 1)
        view = room.office.conversations.view(room.office.actor, source.thread.hex())
        assert [one.text for one in view.entries if isinstance(one, Message)] == ["After."], order
        assert view.summary.destroyed_texts == 1


def test_what_comes_late_is_destroyed_on_arrival_and_counted(room: Workroom) -> None:
    source = new_source()
    late = room.export(report(room, source, "Late."), file(room, source))
    room.take_in(room.export(withdrawal(room, source)))
    assert the_summary(room).destroyed_texts == 0
    taken = room.take_in(late)
    assert adds_up(taken)
    assert (taken.verified_sets, taken.reports, taken.files) == (2, 1, 1)
    assert (taken.withdrawals, taken.withdrawn) == (0, 2)
    assert (shown(room), vault(room)) == ([], [])
    assert nothing_left(room)
    assert len(answers(room)) == 1, "nothing new was withdrawn"
    assert (the_summary(room).destroyed_texts, the_summary(room).destroyed_files) == (1, 1)


def test_a_set_that_was_not_whole_waits_and_is_destroyed_when_it_is(room: Workroom) -> None:
    source = new_source()
    plain = envelope(
        source, room.record.instance_id, secrets.token_bytes(300_000), kind=Kind.FILE, day=room.day
    )
    splitter = CellSplitter(random_id())
    stream = gpg_encrypt(room.server.release.certificate, plain, room.day)
    cells = [*splitter.feed(stream), *splitter.finish()]
    half = room.server.seal(cells[:3], room.day)
    taken = room.take_in(room.export(half, report(room, source), withdrawal(room, source)))
    assert (taken.incomplete, taken.withdrawn, len(vault(room))) == (1, 1, 1)
    taken = room.take_in(room.export(room.server.seal(cells[3:], room.day)))
    assert (taken.verified_sets, taken.withdrawn, vault(room)) == (1, 1, [])


def test_a_replay_is_recognised_and_confirmed_once(room: Workroom) -> None:
    source = new_source()
    plain = [
        envelope(source, room.record.instance_id, b"Once.", day=room.day),
        envelope(
            source, room.record.instance_id, b"", kind=Kind.WITHDRAW, day=room.day, intake={SCOPE: "all"}
        ),
    ]

    def sets() -> Sequence[list[SlotContent]]:
        certificate = room.server.release.certificate
        return [room.server.cells(gpg_encrypt(certificate, one, room.day), room.day) for one in plain]

    room.take_in(room.export(*sets()))
    taken = room.take_in(room.export(*sets()))
    assert (taken.expected_sets, taken.replayed) == (2, 2)
    assert (taken.withdrawals, taken.withdrawn) == (0, 0)
    assert len(answers(room)) == 1
    assert the_summary(room).destroyed_texts == 1


def test_every_answer_is_taken_back_and_leaves_the_ring(room: Workroom) -> None:
    source = new_source()
    room.take_in(room.export(report(room, source)))
    thread = the_summary(room).thread_id
    sent, read = room.answer("Sent."), room.answer("Sent, and read.")
    room.release()
    room.office.releases.write(room.office.actor, room.media)
    waiting = room.answer("Approved.")
    draft = room.office.answers.draft(room.office.actor, thread, "A draft.", "en")
    room.take_in(
        room.export(
            room.server.report(source, b"Thanks.", room.day, read=(bytes.fromhex(read),)),
            withdrawal(room, source),
        )
    )
    for one in (sent, read, waiting, draft):
        assert (room.reply(one).state, room.reply(one).text) == ("withdrawn", "")
    with room.office._work() as (session, _):
        assert sum(bool(text) for text in session.scalars(select(Reply.sealed_text))) == 1
    room.release()
    (told,) = room.server.mailbox(source)
    assert "1 file" not in told.text
    assert "2 texts and 0 files" in told.text


def test_the_confirmation_is_approved_and_in_the_language_of_the_source(room: Workroom) -> None:
    for language, expected in (("en", "en"), ("nl", "nl"), ("nl-BE", "nl"), ("fa", "en")):
        source = new_source()
        room.take_in(room.export(report(room, source), withdrawal(room, source, language=language)))
        (one,) = [
            one
            for one in room.office.conversations.all(room.office.actor)
            if one.thread_id == source.thread.hex()
        ]
        (told,) = [
            entry
            for entry in room.office.conversations.view(room.office.actor, one.thread_id).entries
            if isinstance(entry, ReplyEntry)
        ]
        assert (told.state, told.language, told.automatic) == ("approved", expected, "withdrawal")
        room.release()
        (found,) = room.server.mailbox(source)
        assert (found.text, found.language) == (told.text, expected)
    assert told.text.startswith("On 7 October 2024 you withdrew everything. On 8 October 2024 we did")
    assert "1 text and 0 files" in told.text


def test_no_confirmation_is_longer_than_an_answer_may_be() -> None:
    for code in WORDS:
        for scope in WithdrawScope:
            language, text = confirmation(scope, code, LAST_DAY, LAST_DAY, 2**31, 2**31)
            assert language == code
            assert "{" not in text
            assert escaped_size(text) <= REPLY_TEXT_MAX


def test_sharing_only_marks_and_confirms(room: Workroom) -> None:
    source = new_source()
    room.take_in(room.export(report(room, source), file(room, source)))
    reply = room.answer("Still here.")
    taken = room.take_in(room.export(withdrawal(room, source, SHARING)))
    assert (taken.withdrawals, taken.withdrawn) == (1, 0)
    summary = the_summary(room)
    assert (summary.sharing_withdrawn_day, summary.withdrawn_day) == (FIRST_DAY + 1, None)
    assert (shown(room), len(vault(room)), room.reply(reply).text) == (["Hello."], 1, "Still here.")
    assert notices(room) == ["withdraw-sharing"]
    (told,) = [one for one in answers(room) if one.automatic]
    assert "Nothing was destroyed: 0 texts and 0 files." in told.text


def test_a_later_withdrawal_of_everything_wins(room: Workroom) -> None:
    source = new_source()
    room.take_in(room.export(report(room, source), withdrawal(room, source, SHARING)))
    room.take_in(room.export(withdrawal(room, source, SHARING), withdrawal(room, source)))
    summary = the_summary(room)
    assert summary.withdrawn_day == FIRST_DAY + 1
    assert (shown(room), summary.destroyed_texts) == ([], 1)
    (told,) = [one for one in answers(room) if one.text]
    assert "you withdrew everything" in told.text
    assert "Nothing was destroyed" not in told.text


def test_a_second_withdrawal_tells_of_all_that_was_destroyed(room: Workroom) -> None:
    source = new_source()
    room.take_in(room.export(report(room, source), withdrawal(room, source)))
    room.take_in(room.export(report(room, source, "More."), withdrawal(room, source)))
    told = answers(room)
    assert [one.state for one in told] == ["withdrawn", "approved"]
    assert "2 texts" in told[1].text
    assert the_summary(room).withdrawn_day == FIRST_DAY + 1


def test_an_earlier_withdrawal_that_comes_late_takes_no_later_answer_back(room: Workroom) -> None:
    source = new_source()
    late = room.export(withdrawal(room, source))
    room.take_in(room.export(withdrawal(room, source)))
    room.take_in(room.export(report(room, source, "New words.")))
    reply = room.answer("To the new words.")
    room.take_in(late)
    assert room.reply(reply).state == "approved"
    assert shown(room) == ["New words."]
    assert the_summary(room).withdrawn_day == FIRST_DAY + 1


def test_no_withdrawal_reaches_beyond_the_export_that_brought_it(room: Workroom) -> None:
    source = new_source()
    room.take_in(room.export(withdrawal(room, source, day=LAST_DAY)))
    assert the_summary(room).withdrawn_day == room.day
    room.clock.day += 1
    room.take_in(room.export(report(room, source, "Not written then.")))
    assert shown(room) == ["Not written then."]


def test_a_cut_in_the_middle_changes_nothing(room: Workroom, monkeypatch: pytest.MonkeyPatch) -> None:
    source = new_source()
    room.take_in(room.export(report(room, source), file(room, source)))
    reply = room.answer("Still here.")
    path = room.export(withdrawal(room, source))
    before = room.contents()

    class Cut(Exception):
        pass

    def cut(*given: object) -> None:
        withdrawals.honour(*given)  # type: ignore[arg-type]
        raise Cut

    with monkeypatch.context() as patched:
        patched.setattr("workstation.intake.honour", cut)
        with pytest.raises(Cut):
            room.take_in(path)
    room.reopen()
    assert room.contents() == before
    assert (shown(room), room.reply(reply).state) == (["Hello."], "approved")
    assert room.take_in(path).withdrawn == 2
    assert (shown(room), vault(room)) == ([], [])


def test_vault_files_that_a_cut_left_go_when_the_office_is_opened(
    room: Workroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = new_source()
    room.take_in(room.export(file(room, source)))
    with monkeypatch.context() as patched:
        patched.setattr("workstation.vault.Staging.commit", lambda _staging: None)
        room.take_in(room.export(withdrawal(room, source)))
    assert len(vault(room)) == 1
    assert nothing_left(room), "its key is gone already"
    room.reopen()
    assert vault(room) == []


def test_what_people_wrote_leaves_before_confirmations(room: Workroom) -> None:
    keys = [new_source() for _ in range(4)]
    room.take_in(room.export(*(withdrawal(room, one) for one in keys)))
    source = new_source()
    room.take_in(room.export(report(room, source)))
    with room.office._work() as (session, _):
        for one in session.scalars(select(Reply)):
            one.queued = False
    room.answer("From a person.", source.thread.hex())
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("workstation.rows.ROWS_PER_RELEASE", 2)
        room.release()
    assert ROWS_PER_RELEASE > 2
    assert [one.text for one in room.server.mailbox(source)] == ["From a person."]
    assert sum(len(room.server.mailbox(one)) for one in keys) == 1
    assert room.office.releases.queued() == 3
