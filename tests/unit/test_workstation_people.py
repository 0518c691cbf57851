"""People: who comes in, with what, and what nobody can do alone."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest

from keys.errors import WrongPassphrase
from sluis.errors import BadField, SluisError
from tests.support.people import MOMENT, Seat, seat
from tests.support.workroom import PASSPHRASE, ROOT_PASSPHRASE
from workstation.badges import BADGE_SIZE
from workstation.casework.ledger import entries, verify
from workstation.casework.people import (
    FirstIsCustodian,
    LastCustodian,
    NewPerson,
    OwnAccess,
    WeakPassphrase,
)
from workstation.casework.people_models import Person
from workstation.casework.roles import LONE_SEAT, RECOVERY, IncompatibleRoles, NotAllowed, Role
from workstation.errors import AlreadyExists, UnknownItem
from workstation.office import Office
from workstation.signing_in import FREE_TRIES, CodeUsed, TryLater, WrongSignIn


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Seat]:
    with seat(tmp_path) as made:
        yield made


def test_without_people_the_passphrase_does_everything(room: Seat) -> None:
    assert room.office.actor == LONE_SEAT
    assert room.office.people.all(LONE_SEAT) == ()
    room.reopen()
    assert room.office.actor == LONE_SEAT


def test_somebody_signs_in_by_desk_passphrase_and_code(room: Seat) -> None:
    room.enter("birch", Role.CUSTODIAN)
    room.enter("willow", Role.COUNSELLOR, Role.INTERPRETER)
    office = room.sign_in("willow")
    assert office.actor.desk == "willow"
    assert office.actor.roles == {Role.COUNSELLOR, Role.INTERPRETER}
    with pytest.raises(NotAllowed):
        office.people.all(office.actor)


@pytest.mark.parametrize("typed", ["  Willow ", "WILLOW", "ｗｉｌｌｏｗ"])
def test_a_desk_can_be_typed_in_any_way(room: Seat, typed: str) -> None:
    room.enter("birch", Role.CUSTODIAN)
    person = room.enter("willow", Role.COUNSELLOR)
    room.office.close()
    room.office = Office.sign_in(
        room.folder,
        typed,
        person.passphrase,
        pyotp.TOTP(person.secret).at(MOMENT),
        today=room.clock,
        doorkeeper=room.doorkeeper,
    )
    assert room.office.actor.desk == "willow"


def test_wrong_desk_passphrase_and_code_are_one_answer(room: Seat) -> None:
    birch = room.enter("birch", Role.CUSTODIAN)
    willow = room.enter("willow", Role.COUNSELLOR)
    told = set()
    for desk, passphrase, secret in (
        ("nobody", willow.passphrase, willow.secret),
        ("willow", birch.passphrase, willow.secret),
        ("willow", willow.passphrase, birch.secret),
        ("willow", PASSPHRASE, willow.secret),
    ):
        with pytest.raises(WrongSignIn) as refused:
            room.try_to_sign_in(desk, passphrase, secret)
        told.add((refused.value.code, str(refused.value)))
        room.steady.now += 10_000
    assert len(told) == 1


def test_every_badge_is_tried_whatever_was_typed(room: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    birch = room.enter("birch", Role.CUSTODIAN)
    room.enter("willow", Role.COUNSELLOR)
    from workstation import badges

    tried: list[bytes] = []
    genuine = badges.open_key

    def counted(data: bytes, passphrase: str, purpose: str) -> bytes:
        tried.append(data)
        return genuine(data, passphrase, purpose)

    monkeypatch.setattr(badges, "open_key", counted)
    for desk, passphrase in (("birch", birch.passphrase), ("birch", "wrong"), ("nobody", "wrong")):
        tried.clear()
        try:
            room.try_to_sign_in(desk, passphrase, birch.secret)
        except SluisError as error:
            assert error.code == "wrong-sign-in"  # noqa: PT017
        room.office.close()
        assert len(tried) == 2


def test_a_code_works_once(room: Seat) -> None:
    person = room.enter("birch", Role.CUSTODIAN)
    room.sign_in("birch")
    with pytest.raises(CodeUsed):
        room.try_to_sign_in("birch", person.passphrase, person.secret)
    room.now += 30
    assert room.sign_in("birch").actor.desk == "birch"


def test_guessing_becomes_slow_and_says_how_long(room: Seat) -> None:
    person = room.enter("birch", Role.CUSTODIAN)
    for _ in range(FREE_TRIES):
        with pytest.raises(WrongSignIn):
            room.try_to_sign_in("birch", "wrong", person.secret)
    waits = []
    for _ in range(9):
        with pytest.raises(TryLater) as told:
            room.try_to_sign_in("birch", person.passphrase, person.secret)
        waits.append(told.value.wait_s)
        room.steady.now += told.value.wait_s
        with pytest.raises(WrongSignIn):
            room.try_to_sign_in("birch", "wrong", person.secret)
    assert waits == [5, 10, 20, 40, 80, 160, 300, 300, 300]
    room.steady.now += 300
    assert room.sign_in("birch").actor.desk == "birch"


def test_the_founding_passphrase_lets_people_in_and_does_nothing_else(room: Seat) -> None:
    room.enter("birch", Role.CUSTODIAN)
    room.reopen()
    assert room.office.actor == RECOVERY
    assert {one.desk for one in room.office.people.all(RECOVERY)} == {"birch"}


def test_the_first_is_a_custodian_and_one_always_remains(room: Seat) -> None:
    with pytest.raises(FirstIsCustodian):
        room.enter("willow", Role.COUNSELLOR)
    birch = room.enter("birch", Role.CUSTODIAN)
    office = room.office
    with pytest.raises(LastCustodian):
        office.people.deactivate(LONE_SEAT, birch.person_id)
    with pytest.raises(LastCustodian):
        office.people.set_roles(LONE_SEAT, birch.person_id, frozenset({Role.AUDITOR}))
    alder = room.enter("alder", Role.CUSTODIAN)
    office.people.deactivate(LONE_SEAT, birch.person_id)
    with pytest.raises(LastCustodian):
        office.people.deactivate(LONE_SEAT, alder.person_id)


def test_nobody_changes_or_ends_their_own_access(room: Seat) -> None:
    room.enter("birch", Role.CUSTODIAN)
    room.enter("alder", Role.CUSTODIAN)
    office = room.sign_in("birch")
    mine = office.actor.person_id.hex()
    with pytest.raises(OwnAccess):
        office.people.deactivate(office.actor, mine)
    with pytest.raises(OwnAccess):
        office.people.set_roles(office.actor, mine, frozenset({Role.COUNSELLOR}))
    with pytest.raises(OwnAccess):
        office.people.renew_access(office.actor, mine, "a passphrase that is long")


@pytest.mark.parametrize(
    "roles",
    [
        {Role.CUSTODIAN, Role.ANALYST},
        {Role.CUSTODIAN, Role.COUNSELLOR},
        {Role.COURIER, Role.SUPERVISOR},
        {Role.ANALYST, Role.COUNSELLOR},
        *({Role.AUDITOR, other} for other in Role if other is not Role.AUDITOR),
    ],
)
def test_roles_that_never_go_together(room: Seat, roles: set[Role]) -> None:
    birch = room.enter("birch", Role.CUSTODIAN)
    with pytest.raises(IncompatibleRoles):
        room.enter("willow", *roles)
    with pytest.raises(IncompatibleRoles):
        room.office.people.set_roles(LONE_SEAT, birch.person_id, frozenset(roles))


def test_who_may_not_manage_people_changes_nothing(room: Seat) -> None:
    birch = room.enter("birch", Role.CUSTODIAN)
    room.enter("willow", Role.COUNSELLOR, Role.SUPERVISOR)
    office = room.sign_in("willow")
    people, me = office.people, office.actor
    for act in (
        lambda: people.add(me, NewPerson("elm", frozenset({Role.COUNSELLOR})), "a passphrase that is long"),
        lambda: people.set_roles(me, birch.person_id, frozenset({Role.AUDITOR})),
        lambda: people.set_abilities(me, birch.person_id, (), ()),
        lambda: people.renew_access(me, birch.person_id, "a passphrase that is long"),
        lambda: people.deactivate(me, birch.person_id),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert {one.desk for one in people.all(me)} == {"birch", "willow"}


@pytest.mark.parametrize("desk", ["", "ab", "Willow", "a b", "x" * 33, "9lives", "élan"])
def test_desks_that_are_none(room: Seat, desk: str) -> None:
    with pytest.raises(BadField):
        room.enter(desk, Role.CUSTODIAN)
    assert not list((room.folder / "people").glob("*"))


def test_a_desk_is_never_given_twice(room: Seat) -> None:
    room.enter("birch", Role.CUSTODIAN)
    willow = room.enter("willow", Role.COUNSELLOR)
    room.office.people.deactivate(LONE_SEAT, willow.person_id)
    with pytest.raises(AlreadyExists):
        room.enter("willow", Role.COUNSELLOR)


@pytest.mark.parametrize("passphrase", ["short", "birchbirchbirchbirchbirch", "a" * 40])
def test_weak_passphrases_are_refused(room: Seat, passphrase: str) -> None:
    with pytest.raises(WeakPassphrase):
        room.office.people.add(LONE_SEAT, NewPerson("birch", frozenset({Role.CUSTODIAN})), passphrase)


def test_skills_and_languages_are_codes_of_a_list(room: Seat) -> None:
    birch = room.enter("birch", Role.CUSTODIAN)
    people = room.office.people
    people.set_abilities(LONE_SEAT, birch.person_id, {"children", "law"}, {"nl", "tr"})
    people.set_abilities(LONE_SEAT, birch.person_id, {"law", "trauma"}, {"tr"})
    (record,) = people.all(LONE_SEAT)
    assert (record.skills, record.languages) == (("law", "trauma"), ("tr",))
    for skills, languages in (({"flying"}, set()), (set(), {"tlh"})):
        with pytest.raises(BadField):
            people.set_abilities(LONE_SEAT, birch.person_id, skills, languages)


def test_who_left_does_not_come_in_and_the_badge_is_overwritten(room: Seat, tmp_path: Path) -> None:
    room.enter("birch", Role.CUSTODIAN)
    willow = room.enter("willow", Role.COUNSELLOR)
    badge = room.folder / "people" / f"{willow.person_id}.key"
    second_name = tmp_path / "still-here"
    second_name.hardlink_to(badge)
    before = second_name.read_bytes()
    room.office.people.deactivate(LONE_SEAT, willow.person_id)
    assert not badge.exists()
    assert second_name.read_bytes() == bytes(BADGE_SIZE)
    with pytest.raises(WrongSignIn):
        room.sign_in("willow")
    badge.write_bytes(before)  # a copy that was kept, and put back
    room.now += 60
    with pytest.raises(WrongSignIn):
        room.sign_in("willow")
    room.reopen()
    assert not badge.exists()
    with pytest.raises(UnknownItem):
        room.office.people.deactivate(RECOVERY, willow.person_id)


def test_ones_own_passphrase(room: Seat) -> None:
    birch = room.enter("birch", Role.CUSTODIAN)
    office = room.sign_in("birch")
    with pytest.raises(WrongPassphrase):
        office.people.change_passphrase(office.actor, "not it", "another long passphrase")
    with pytest.raises(WeakPassphrase):
        office.people.change_passphrase(office.actor, birch.passphrase, "short")
    office.people.change_passphrase(office.actor, birch.passphrase, "another long passphrase")
    room.now += 60
    with pytest.raises(WrongSignIn):
        room.try_to_sign_in("birch", birch.passphrase, birch.secret)
    room.try_to_sign_in("birch", "another long passphrase", birch.secret)
    with pytest.raises(UnknownItem):
        room.office.people.change_passphrase(LONE_SEAT, PASSPHRASE, "another long passphrase")


def test_access_is_renewed_by_a_custodian(room: Seat) -> None:
    room.enter("birch", Role.CUSTODIAN)
    willow = room.enter("willow", Role.COUNSELLOR)
    office = room.sign_in("birch")
    fresh = office.people.renew_access(office.actor, willow.person_id, "a fresh long passphrase")
    room.now += 60
    with pytest.raises(WrongSignIn):
        room.try_to_sign_in("willow", willow.passphrase, willow.secret)
    with pytest.raises(WrongSignIn):
        room.try_to_sign_in("willow", "a fresh long passphrase", willow.secret)
    room.try_to_sign_in("willow", "a fresh long passphrase", fresh.secret)
    assert room.office.actor.desk == "willow"


def test_everything_about_people_is_in_the_ledger_without_a_desk(room: Seat) -> None:
    birch = room.enter("birch", Role.CUSTODIAN)
    willow = room.enter("willow", Role.COUNSELLOR)
    people = room.office.people
    people.set_roles(LONE_SEAT, willow.person_id, frozenset({Role.SUPERVISOR, Role.COUNSELLOR}))
    people.set_roles(LONE_SEAT, willow.person_id, frozenset({Role.SUPERVISOR, Role.COUNSELLOR}))
    people.renew_access(LONE_SEAT, birch.person_id, "a fresh long passphrase")
    people.deactivate(LONE_SEAT, willow.person_id)
    with room.office._work() as (session, _):
        told = entries(session)
        assert verify(session).broken == 0
    assert [one.kind for one in reversed(told)] == [
        "released",
        *("person-added", "person-added", "roles-changed", "access-renewed", "person-left"),
    ]
    assert told[2].facts == {"before": "counsellor", "roles": "counsellor,supervisor"}
    assert "willow" not in repr(told)


def test_the_disk_tells_neither_desks_nor_secrets(room: Seat) -> None:
    birch = room.enter("birch", Role.CUSTODIAN)
    room.enter("willow-tree", Role.COUNSELLOR)
    room.office.close()
    for path in room.folder.rglob("*"):
        assert "birch" not in path.name
        if path.is_file():
            data = path.read_bytes()
            assert b"willow-tree" not in data
            assert birch.secret.encode() not in data
    sizes = {path.stat().st_size for path in (room.folder / "people").iterdir()}
    modes = {path.stat().st_mode & 0o777 for path in (room.folder / "people").iterdir()}
    assert (sizes, modes) == ({BADGE_SIZE}, {0o600})


@pytest.mark.parametrize("damage", ["cut", "flipped", "renamed", "stray"])
def test_a_damaged_badge_opens_for_nobody_and_the_others_go_on(room: Seat, damage: str) -> None:
    room.enter("birch", Role.CUSTODIAN)
    willow = room.enter("willow", Role.COUNSELLOR)
    badge = room.folder / "people" / f"{willow.person_id}.key"
    data = badge.read_bytes()
    if damage == "cut":
        badge.write_bytes(data[:-1])
    elif damage == "flipped":
        badge.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    elif damage == "renamed":
        badge.rename(badge.with_name("0" * 32 + ".key"))
    else:
        badge.with_name("notes.key").write_bytes(b"x")
        badge.unlink()
    with pytest.raises(WrongSignIn):
        room.sign_in("willow")
    assert room.sign_in("birch").actor.desk == "birch"


def test_what_a_crash_cut_short_is_ended_at_the_next_opening(room: Seat) -> None:
    birch = room.enter("birch", Role.CUSTODIAN)
    willow = room.enter("willow", Role.COUNSELLOR)
    room.office.close()
    folder = room.folder / "people"
    (folder / f"{birch.person_id}.key").rename(folder / f"{birch.person_id}.new")
    shutil.copy(folder / f"{willow.person_id}.key", folder / f"{willow.person_id}.new")
    (folder / f"{'ab' * 16}.new").write_bytes(b"never committed")
    room.sign_in("willow")
    names = {path.name for path in folder.iterdir()}
    assert names == {f"{birch.person_id}.key", f"{willow.person_id}.key"}
    assert room.sign_in("birch").actor.desk == "birch"


def test_nothing_is_left_of_somebody_whose_badge_could_not_be_written(
    room: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workstation import badges

    def full(path: Path, data: bytes) -> None:
        raise OSError(28, "no room")

    with monkeypatch.context() as changed:
        changed.setattr(badges, "write_private", full)
        with pytest.raises(SluisError) as told:
            room.enter("birch", Role.CUSTODIAN)
    assert told.value.code == "disk-full"
    assert room.office.people.all(LONE_SEAT) == ()
    room.enter("birch", Role.CUSTODIAN)


def test_the_root_and_the_founding_passphrase_do_not_sign_in(room: Seat) -> None:
    birch = room.enter("birch", Role.CUSTODIAN)
    for passphrase in (PASSPHRASE, ROOT_PASSPHRASE):
        with pytest.raises(WrongSignIn):
            room.try_to_sign_in("birch", passphrase, birch.secret)


def test_no_step_of_a_code_is_in_the_database() -> None:
    assert {column.name for column in Person.__table__.columns} == {
        *("id", "person_id", "desk", "active", "added_day")
    }
