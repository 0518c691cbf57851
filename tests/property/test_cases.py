"""The order of the inbox; and merging and splitting, in whatever order, lose no word and mix none up.

A real case database, without GnuPG: what an import keeps once an envelope was verified.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from sluis.envelope import Kind, header_for
from sluis.keytree import SourceKeys
from sluis.primitives import random_key, sha256
from tests.support.counsellor_key import TMPFS
from workstation import replies
from workstation.casework import case_view, cases, ledger, merging, writing
from workstation.casework.inbox import Standing, place
from workstation.casework.models import Case
from workstation.casework.roles import LONE_SEAT
from workstation.casework.triage import Triage
from workstation.database import open_database
from workstation.envelopes import Opened, keep_envelope
from workstation.models import Thread
from workstation.records import Message, ReplyEntry
from workstation.transaction import transaction
from workstation.vault import Vault

INSTANCE = bytes(range(16))
DAY = 20_000
SOURCES = 4

days = st.integers(0, 50)
standings = st.builds(
    Standing,
    st.sampled_from(["", "P0", "P1", "P2", "P3"]),
    st.sampled_from(["", "now", "72h", "weeks"]),
    st.none() | days,
    days,
    st.integers(1, 9_999),
)


@given(st.lists(standings, max_size=12, unique_by=lambda one: one.number), st.data())
def test_the_inbox_has_one_order(found: list[Standing], data: st.DataObject) -> None:
    ordered = sorted(found, key=place)
    assert sorted(data.draw(st.permutations(found)), key=place) == ordered
    judged = [one.urgency for one in ordered if one.urgency and not one.reported]
    assert judged == sorted(judged)


@given(standings, standings)
def test_what_comes_first(one: Standing, other: Standing) -> None:
    def before(first: Standing, second: Standing) -> bool:
        return place(first) < place(second)

    if one.urgency == "P0" and other.urgency != "P0":
        assert before(one, other)
    if one.urgency == "P1" and not one.reported and not other.urgency:
        assert before(other, one)
    if one.number != other.number:
        later = replace(one, number=other.number)
        assert before(replace(one, opened_day=one.opened_day), replace(later, opened_day=one.opened_day + 1))
    if one.review_day is not None:
        assert before(one, replace(one, review_day=one.review_day + 1))
    assert (
        place(replace(one, reported="now"))
        <= place(replace(one, reported="72h"))
        <= place(replace(one, reported=""))
    )


@contextmanager
def database() -> Iterator[Session]:
    with TemporaryDirectory(dir=TMPFS) as folder:  # nothing here tests the disk
        place_ = Path(folder)
        (place_ / "vault").mkdir()
        engine = open_database(place_ / "cases.db", random_key())
        with transaction(engine, Vault(place_ / "vault")) as (session, _):
            yield session
        engine.dispose()


def keep(session: Session, source: SourceKeys, number: int, batch: int) -> str:
    text = f"text {number} \N{SNOWMAN}"
    message_id = sha256(bytes([number]))[:16]
    header = header_for(
        source,
        INSTANCE,
        Kind.TEXT,
        message_id,
        language="nl",
        intake={"danger": "weeks"},
        day=DAY,
        sequence=number,
    )
    opened = Opened(header, sha256(message_id), text.encode(), None, 0, "")
    keep_envelope(session, opened, batch, lambda armour: armour, DAY)
    return text


def alive(session: Session) -> list[Case]:
    return list(session.scalars(select(Case).where(Case.state == "open").order_by(Case.id)))


def said(session: Session) -> dict[str, list[str]]:
    """The texts and answers of each thread, in the order in which its case shows them."""
    found: dict[str, list[str]] = {}
    for case in alive(session):
        for one in case_view.view(session, LONE_SEAT, case).timeline:
            assert isinstance(one.entry, Message | ReplyEntry)
            found.setdefault(one.thread_id, []).append(one.entry.text)
    return found


@given(st.lists(st.integers(0, SOURCES - 1), min_size=SOURCES, max_size=9), st.data())
@settings(max_examples=20, deadline=None)
def test_merging_and_splitting_keep_every_word(senders: list[int], data: st.DataObject) -> None:
    sources = [SourceKeys.from_root(sha256(bytes([number]))) for number in range(SOURCES)]
    with database() as session:
        for number, sender in enumerate(senders):
            keep(session, sources[sender], number, number // 2)
        for thread in session.scalars(select(Thread)).all():
            replies.draft(session, thread, f"answer to {thread.alias}", "en", DAY)
        for case in alive(session):
            writing.add_note(session, DAY, LONE_SEAT, case, f"note on {case.alias}")
            writing.add_task(session, DAY, LONE_SEAT, case, f"task of {case.alias}", DAY + 1)
            writing.assess(session, DAY, LONE_SEAT, case, Triage(remarks=case.alias))
        expected, aliases = said(session), sorted(one.alias for one in alive(session))
        for _ in range(data.draw(st.integers(1, 6))):
            there = alive(session)
            case = data.draw(st.sampled_from(there))
            if len(case.threads) > 1 and data.draw(st.booleans()):
                thread = data.draw(st.sampled_from(case.threads))
                merging.split(session, DAY, LONE_SEAT, case, thread)
            elif len(there) > 1:
                other = data.draw(st.sampled_from([one for one in there if one is not case]))
                merging.merge(session, DAY, LONE_SEAT, case, other)
            session.expire_all()
            assert said(session) == expected
        views = [case_view.view(session, LONE_SEAT, case) for case in alive(session)]
        noted = sorted(note.text for view in views for note in view.notes)
        assert noted == [f"note on {alias}" for alias in aliases]
        assert sorted(task.text for view in views for task in view.tasks) == [
            f"task of {alias}" for alias in aliases
        ]
        assert sorted(one.triage.remarks for view in views for one in view.assessments) == aliases
        assert all(case.key is None for case in session.scalars(select(Case).where(Case.state == "merged")))
        assert ledger.verify(session).broken == 0
        for view in views:
            assert cases.readable(session, LONE_SEAT, view.line.case_id).threads
