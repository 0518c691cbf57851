"""The directory of services: what it must say, its signature, and what may not come back."""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from click.testing import CliRunner

from securedrop_config.clock import today
from sluis.directory import SignedDirectory
from sluis.errors import BadSignature, Expired, Forked, RolledBack, SluisError, TooLarge
from sluis.primitives import SigningKey, random_id
from tests.support.people import Seat, seat
from tests.support.workroom import CHEAP, PASSPHRASE, ROOT_PASSPHRASE, workroom
from workstation.__main__ import main
from workstation.casework import directory, ledger
from workstation.casework.consent_terms import Purpose
from workstation.casework.directory import BadDirectory, State
from workstation.casework.directory_store import Held
from workstation.casework.roles import LONE_SEAT, NotAllowed, Role
from workstation.errors import NotTraining
from workstation.models import Instance
from workstation.office import Office

ENTRY = """
[[service]]
id = "elm-street"
kind = "legal"
for = ["help", "police"]
names = { en = "Elm Street Law", nl = "Iepenstraat Recht" }
telephone = ["0900 1234"]
does.en = "Advice."
last_verified = 2024-09-01
expires = 2025-09-01
"""
FIRST = "version = 1\n" + ENTRY
SECOND = "version = 2\nverify_after_days = 20\n" + ENTRY
SHIPPED = files("workstation.directory").joinpath("netherlands.toml").read_text("utf-8")
NUMBERS = {
    "112": ("112",),
    "police": ("0900-8844",),
    "meld-misdaad-anoniem": ("0800-7000",),
    "113": ("113", "0800-0113"),
}


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Seat]:
    with seat(tmp_path) as made:
        yield made


def _held(room: Seat) -> Held:
    found = room.office.directory.held()
    assert found is not None
    return found


def _signed(room: Seat, text: str) -> bytes:
    return room.office.directory.sign(LONE_SEAT, text)[1]


def test_an_entry_is_usable_old_expired_or_unverified() -> None:
    made = directory.parse(SECOND)
    (one,) = made.services
    verified = 19_967
    assert (one.last_verified, one.expires, one.recipient) == (verified, 20_332, "svc:elm-street")
    assert one.purposes == (Purpose.HELP, Purpose.POLICE)
    assert (one.name("nl"), one.name("tr"), directory.said(one.does, "nl")) == (
        "Iepenstraat Recht",
        "Elm Street Law",
        "Advice.",
    )
    days = {
        verified: "usable",
        verified + 20: "usable",
        verified + 21: "old",
        20_332: "old",
        20_333: "expired",
    }
    assert {day: made.state(one, day).value for day in days} == days
    assert [made.usable(one, day) for day in days] == [True, True, True, True, False]
    (never,) = directory.parse(FIRST.replace("last_verified", "# ")).services
    assert directory.parse(FIRST).verify_after_days == 180
    assert made.state(never, verified) is State.UNVERIFIED
    assert not made.usable(never, verified)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (("telephone", "telefone"), "field"),
        (("version = 1", "version = 0"), "field"),
        (("version = 1", "version = true"), "field"),
        (("version = 1\n", ""), "field"),
        (("version = 1", "version = 1\ncolour = 3"), "field"),
        (('"legal"', '"magic"'), "kind"),
        (('"police"]', '"signal"]'), "for"),
        (('["help", "police"]', "[]"), "for"),
        (('"elm-street"', '"Elm"'), "id"),
        (('"0900 1234"', '"call us"'), "telephone"),
        (('"0900 1234"', ""), "unreachable"),
        (('{ en = "Elm Street Law", nl = "Iepenstraat Recht" }', "{}"), "names"),
        (('{ en = "Elm Street Law", nl = "Iepenstraat Recht" }', '{ tr = "x" }'), "language"),
        (("expires = 2025-09-01", 'expires = "soon"'), "field"),
        (("expires = 2025-09-01", "expires = 2200-01-01"), "day"),
        (("expires = 2025-09-01", "expires = 2025-09-01T10:00:00"), "field"),
        (("expires =", 'openpgp = "x"\nexpires ='), "openpgp"),
        (("[[service]]", "[[service]"), "not-toml"),
        (("", ""), ""),
    ],
)
def test_what_is_not_a_directory_is_refused(change: tuple[str, str], what: str) -> None:
    if not what:
        with pytest.raises(BadDirectory) as twice:
            directory.parse(FIRST + ENTRY)
        assert (twice.value.what, twice.value.where) == ("twice", "elm-street")
        return
    with pytest.raises(BadDirectory) as refused:
        directory.parse(FIRST.replace(*change))
    assert refused.value.what == what


def test_what_is_shipped_invents_no_number() -> None:
    made = directory.parse(SHIPPED)
    assert len(made.services) == 14
    assert {one.id: one.telephone for one in made.services if one.telephone} == NUMBERS
    for one in made.services:
        assert set(one.names) == set(one.does) == {"nl", "en"}
        assert not made.usable(one, one.expires), "nobody has called yet"
        assert not one.reach


def test_a_signed_directory_is_held_with_its_version(room: Seat) -> None:
    assert room.office.directory.held() is None
    first = _signed(room, FIRST)
    assert room.office.directory.held() is None
    room.clock.day += 3
    room.office.directory.take_in(LONE_SEAT, first)
    assert (_held(room).directory.version, _held(room).signed_day, _held(room).taken_in_day) == (
        1,
        room.day - 3,
        room.day,
    )
    second = _signed(room, SECOND)
    room.office.directory.take_in(LONE_SEAT, second)
    room.office.directory.take_in(LONE_SEAT, second)  # the very same: nothing happens
    room.reopen()
    assert _held(room).directory.version == 2
    with pytest.raises(RolledBack):
        room.office.directory.take_in(LONE_SEAT, first)
    with pytest.raises(RolledBack):
        _signed(room, SECOND)
    with room.office._work() as (session, _):
        lines = [(one.kind, dict(one.facts)) for one in ledger.entries(session, newest=4)]
    assert lines == [
        ("directory-taken-in", {"services": "1", "version": "2"}),
        ("directory-signed", {"services": "1", "version": "2"}),
        ("directory-taken-in", {"services": "1", "version": "1"}),
        ("directory-signed", {"services": "1", "version": "1"}),
    ]
    assert _held(room).directory.version == 2


def test_a_second_directory_under_a_version_is_refused(room: Seat) -> None:
    first, other = _signed(room, FIRST), _signed(room, FIRST.replace("1234", "5678"))
    room.office.directory.take_in(LONE_SEAT, first)
    with pytest.raises(Forked):
        room.office.directory.take_in(LONE_SEAT, other)


def test_any_change_of_a_byte_is_refused(room: Seat) -> None:
    data = _signed(room, FIRST)
    for place in range(len(data)):
        changed = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        with pytest.raises(SluisError):
            SignedDirectory.parse(changed, room.record)
    for cut in (0, 9, 40, len(data) - 1):
        with pytest.raises(SluisError):
            SignedDirectory.parse(data[:cut], room.record)
    with pytest.raises(SluisError) as refused:
        room.office.directory.take_in(LONE_SEAT, data + b"\0")
    assert refused.value.code == "trailing-bytes"
    assert room.office.directory.held() is None


def test_only_this_lines_operating_key_counts(room: Seat) -> None:
    with room.office._work() as (session, _):
        instance = session.get_one(Instance, 1)
        seed, certificate = instance.operating_seed, instance.operating_certificate
    signed = SignedDirectory(room.day, FIRST)
    stranger, _ = SigningKey.generate()
    own = SigningKey(seed)
    for instance_id, key, day, code in (
        (room.record.instance_id, stranger, room.day, "bad-signature"),
        (random_id(), own, room.day, "wrong-instance"),
        (room.record.instance_id, own, room.day + 90, "expired"),
    ):
        data = SignedDirectory(day, FIRST).encode(instance_id, certificate, key)
        with pytest.raises(SluisError) as refused:
            room.office.directory.take_in(LONE_SEAT, data)
        assert refused.value.code == code
    with pytest.raises(TooLarge):
        SignedDirectory(room.day, "#" * 262_145).encode(room.record.instance_id, certificate, own)
    room.clock.day += 90
    with pytest.raises(Expired):
        _signed(room, FIRST)
    room.office.directory.take_in(LONE_SEAT, signed.encode(room.record.instance_id, certificate, own))
    assert _held(room).directory.version == 1


def test_a_supervisor_signs_and_whoever_imports_takes_in(room: Seat) -> None:
    data = _signed(room, FIRST)
    for desk, role in (("birch", Role.CUSTODIAN), ("rowan", Role.SUPERVISOR), ("elm", Role.COURIER)):
        room.enter(desk, role)
    room.sign_in("elm")
    room.office.directory.take_in(room.office.actor, data)
    with pytest.raises(NotAllowed):
        room.office.directory.sign(room.office.actor, SECOND)
    room.sign_in("birch")
    with pytest.raises(NotAllowed):
        room.office.directory.take_in(room.office.actor, data)
    room.sign_in("rowan")
    room.office.directory.take_in(room.office.actor, room.office.directory.sign(room.office.actor, SECOND)[1])
    assert _held(room).directory.version == 2


def test_invented_services_are_for_training_only(room: Seat, tmp_path: Path) -> None:
    made = room.office.add_training_services()
    assert _held(room).directory == made
    for one in made.services:
        assert one.names["en"].startswith("[TRAINING]")
        assert one.names["nl"].startswith("[OEFENING]")
        assert all(number.startswith("000 ") for number in one.telephone), "nobody can be called by accident"
    states = {one.id: made.state(one, room.day) for one in made.services}
    assert set(states.values()) == {State.USABLE, State.UNVERIFIED}
    usable = [one for one in made.services if states[one.id] is State.USABLE]
    assert {purpose for one in usable for purpose in one.purposes} == {
        Purpose.HELP,
        Purpose.CARE,
        Purpose.POLICE,
    }
    with pytest.raises(RolledBack):
        room.office.add_training_services()
    (tmp_path / "real").mkdir()
    with workroom(tmp_path / "real", training=False) as real:
        with pytest.raises(NotTraining):
            real.office.add_training_services()
        assert real.office.directory.held() is None


def test_from_a_terminal(tmp_path: Path) -> None:
    folder, media = tmp_path / "office", tmp_path / "media"
    media.mkdir()
    Office.create(
        folder, PASSPHRASE, ROOT_PASSPHRASE, instance_name="The Line", training=True, today=today, kdf=CHEAP
    ).close()
    text = tmp_path / "services.toml"
    text.write_text(SHIPPED, "utf-8")

    def run(*arguments: str, asks: bool = True) -> str:
        where = ("--folder", str(folder)) if asks else ()
        done = CliRunner().invoke(main, ["directory", *arguments, *where], input=f"{PASSPHRASE}\n")
        if done.exception is not None:
            raise done.exception
        return done.stdout

    shown = run("check", str(text), asks=False)
    assert "version 1, 14 services" in shown
    assert "113: 113 Suicide Prevention, 113, 0800-0113" in shown
    assert "arq: ARQ National Psychotrauma Centre, no number\n    unverified; verified: never" in shown
    assert "signed: directory-000001.sluis" in run("sign", str(text), str(media))
    signed = media / "directory-000001.sluis"
    assert "version 1, 14 services" in run("import", str(signed))
    signed.write_bytes(signed.read_bytes().replace(b"0900-8844", b"0900-8845"))
    with pytest.raises(BadSignature):
        run("import", str(signed))
    signed.unlink()
    with pytest.raises(RolledBack):
        run("training")
