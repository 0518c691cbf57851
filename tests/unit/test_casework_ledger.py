"""The ledger shows every change to what was written, and says nothing of what it does not hold."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from sluis.errors import BadField, Unopenable
from sluis.primitives import random_id, random_key, sha256
from workstation.casework import ledger
from workstation.casework.models import LedgerRow
from workstation.casework.roles import (
    ALLOWED,
    Actor,
    IncompatibleRoles,
    NotAllowed,
    Permission,
    Role,
    check_together,
)
from workstation.casework.sealed import CaseBox
from workstation.database import open_database

SUPERVISOR = Actor(random_id(), "Desk 1", frozenset({Role.SUPERVISOR}))


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    engine = open_database(tmp_path / "cases.db", random_key())
    with Session(engine) as made, made.begin():
        yield made
    engine.dispose()


def filled(session: Session, entries: int = 5) -> list[bytes]:
    heads = []
    for number in range(entries):
        facts = {"urgency": f"P{number % 4}"}
        heads.append(ledger.append(session, 20_000 + number, SUPERVISOR, "triage", random_id(), facts).hash)
    return heads


def test_an_untouched_ledger_is_whole(session: Session) -> None:
    assert ledger.verify(session).entries == 0
    heads = filled(session)
    verdict = ledger.verify(session, heads[2])
    assert (verdict.entries, verdict.broken, verdict.head, verdict.anchored) == (5, 0, heads[-1], True)
    assert ledger.verify(session).anchored is None


@pytest.mark.parametrize(
    "change",
    [{"day": 19_999}, {"kind": "assign"}, {"facts": "{}"}, {"actor": bytes(16)}, {"commitment": bytes(32)}],
    ids=str,
)
def test_every_change_is_found(session: Session, change: dict[str, object]) -> None:
    filled(session)
    session.execute(update(LedgerRow).where(LedgerRow.number == 3).values(**change))
    assert ledger.verify(session).broken == 3


def test_a_missing_entry_is_found(session: Session) -> None:
    filled(session)
    session.execute(delete(LedgerRow).where(LedgerRow.number == 2))
    assert ledger.verify(session).broken == 2


def test_entries_cut_from_the_end_are_found_by_whoever_noted_a_head(session: Session) -> None:
    heads = filled(session)
    session.execute(delete(LedgerRow).where(LedgerRow.number == 5))
    verdict = ledger.verify(session, heads[-1])
    assert verdict.broken == 0
    assert verdict.anchored is False


def test_entries_of_one_subject_newest_first(session: Session) -> None:
    case = random_id()
    for day in (20_001, 20_002):
        ledger.append(session, day, None, "opened", case)
        ledger.append(session, day, SUPERVISOR, "opened", random_id())
    assert [one.day for one in ledger.entries(session, subject=case)] == [20_002, 20_001]
    assert all(one.actor == ledger.NOBODY for one in ledger.entries(session, subject=case))


def test_what_does_not_fit_is_refused(session: Session) -> None:
    with pytest.raises(BadField):
        ledger.append(session, 20_000, None, "x" * 33)
    with pytest.raises(BadField):
        ledger.append(session, 20_000, None, "note", facts={"words": "y" * 2_000})


def test_a_commitment_hides_its_words_behind_a_salt() -> None:
    salt, commitment = ledger.commit_to(b"few words")
    assert commitment == sha256(salt + b"few words")
    assert ledger.commit_to(b"few words") != (salt, commitment)


def test_sealed_words_open_only_in_their_place() -> None:
    case, row, key = random_id(), random_id(), random_key()
    box = CaseBox(case, key)
    sealed = box.seal_text("note", row, "مرحبا")
    assert box.open_text("note", row, sealed) == "مرحبا"
    for other, place, where in (
        (CaseBox(random_id(), key), "note", row),
        (CaseBox(case, random_key()), "note", row),
        (box, "task", row),
        (box, "note", random_id()),
    ):
        with pytest.raises(Unopenable):
            other.open(place, where, sealed)


def test_no_permission_without_a_role() -> None:
    with pytest.raises(NotAllowed):
        Actor(random_id(), "Desk 2", frozenset()).require(Permission.READ_OWN_CASES)
    for role in Role:
        actor = Actor(random_id(), "Desk 2", frozenset({role}))
        assert {one for one in Permission if actor.may(one)} == ALLOWED[role]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Role.CUSTODIAN, Role.ANALYST),
        (Role.CUSTODIAN, Role.COUNSELLOR),
        (Role.ANALYST, Role.COUNSELLOR),
        (Role.COURIER, Role.SUPERVISOR),
        (Role.AUDITOR, Role.INTERPRETER),
    ],
)
def test_roles_that_never_go_together(one: Role, other: Role) -> None:
    with pytest.raises(IncompatibleRoles) as caught:
        check_together([one, other])
    assert set(caught.value.pair) == {one, other}


def test_roles_that_may_go_together() -> None:
    check_together([Role.COUNSELLOR, Role.SUPERVISOR])
    check_together([Role.COUNSELLOR, Role.INTERPRETER])


def test_whoever_may_read_reports_may_not_hold_keys_or_count() -> None:
    reading = {Permission.READ_OWN_CASES, Permission.READ_ALL_CASES}
    for roles in ([a, b] for a in Role for b in Role):
        try:
            check_together(roles)
        except IncompatibleRoles:
            continue
        allowed = ALLOWED[roles[0]] | ALLOWED[roles[1]]
        assert not (allowed & reading and allowed & {Permission.MANAGE_KEYS, Permission.MAKE_SIGNALS})
