"""Operators' accounts: records, the database on SQLite and PostgreSQL, the command line."""

import base64
import json
import os
import stat
from pathlib import Path

import pyotp
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from click.testing import CliRunner
from sqlalchemy import inspect

from journalist_interface.__main__ import main
from journalist_interface.accounts import (
    Accounts,
    AliasTaken,
    BadRecord,
    Base,
    OperatorRecord,
    UnknownAlias,
    make_engine,
    parse_record,
)
from journalist_interface.accounts.passphrases import make_hash
from journalist_interface.accounts.schema import SchemaError, require_current, upgrade, upgrade_sql
from journalist_interface.settings import PassphraseCost
from tests.support.journalist_site import CHEAP, CLIENT_KEY

HASH = make_hash("tulip", PassphraseCost(passes=2, memory_kib=19_456, lanes=1))
GOOD = {
    "format": "sluis-operator",
    "version": 1,
    "alias": "Desk 3",
    "passphrase_hash": HASH,
    "totp_secret": pyotp.random_base32(),
    "client_auth_public": CLIENT_KEY,
}


def encoded(**changes: object) -> bytes:
    return json.dumps({**GOOD, **changes}).encode()


def record(alias: str = "Desk 3") -> OperatorRecord:
    return OperatorRecord(alias, make_hash("x", CHEAP), pyotp.random_base32(), CLIENT_KEY)


def test_a_good_record_is_read() -> None:
    parsed = parse_record(encoded())
    assert (parsed.alias, parsed.passphrase_hash, parsed.totp_secret) == ("Desk 3", HASH, GOOD["totp_secret"])
    assert HASH not in repr(parsed)
    assert str(GOOD["totp_secret"]) not in repr(parsed)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"[" * 4000,
        b'{"format": "sluis-operator"}',
        encoded() + b"x",
        encoded() + b" " * 5000,
        encoded(format="other"),
        encoded(version=2),
        encoded(version=True),
        encoded(version="1"),
        encoded(extra=""),
        encoded(alias=""),
        encoded(alias=3),
        encoded(alias=" Desk"),
        encoded(alias="x" * 41),
        encoded(alias="Desk\u202e3"),
        encoded(alias="Desk\n3"),
        encoded(passphrase_hash="tulip"),
        encoded(passphrase_hash=HASH.replace("argon2id", "argon2i")),
        encoded(passphrase_hash=make_hash("x", CHEAP)),
        encoded(totp_secret="12345678"),
        encoded(totp_secret=base64.b32encode(os.urandom(10)).decode()),
        encoded(totp_secret="A" * 136),
        encoded(client_auth_public="descriptor:x25519:"),
        encoded(client_auth_public=CLIENT_KEY + "\n"),
        encoded().replace(b'"version": 1', b'"version": 1, "version": 1'),
    ],
    ids=range(27),
)
def test_a_bad_record_is_refused(data: bytes) -> None:
    with pytest.raises(BadRecord) as refusal:
        parse_record(data)
    assert HASH not in str(refusal.value)


@pytest.fixture
def accounts(tmp_path: Path) -> Accounts:
    engine = make_engine(f"sqlite:///{tmp_path / 'a.sqlite'}")
    upgrade(engine)
    return Accounts(engine)


def test_operators_are_added_found_replaced_and_removed(accounts: Accounts) -> None:
    first = accounts.add(record(), 20_000)
    accounts.add(record("Desk 4"), 20_001)
    assert [operator.alias for operator in accounts.all()] == ["Desk 3", "Desk 4"]
    found = accounts.find("DESK  3")
    assert found is not None
    assert found.id == first.id
    assert found.enrolled_day == 20_000
    with pytest.raises(AliasTaken):
        accounts.add(record("desk 3"), 20_002)
    accounts.add(record("desk 3"), 20_002, replace=True)
    assert {operator.alias for operator in accounts.all()} == {"desk 3", "Desk 4"}
    accounts.remove("DESK 4")
    with pytest.raises(UnknownAlias):
        accounts.remove("Desk 4")
    assert accounts.find("Desk 4") is None


def test_a_removed_secret_is_gone_from_the_file(accounts: Accounts, tmp_path: Path) -> None:
    kept = record()
    accounts.add(kept, 1)
    assert kept.totp_secret.encode() in (tmp_path / "a.sqlite").read_bytes()
    accounts.remove("Desk 3")
    assert kept.totp_secret.encode() not in (tmp_path / "a.sqlite").read_bytes()


def test_nothing_but_this_is_kept_of_an_operator(accounts: Accounts, tmp_path: Path) -> None:
    columns = inspect(make_engine(f"sqlite:///{tmp_path / 'a.sqlite'}")).get_columns("operator")
    assert {column["name"] for column in columns} == {
        *("id", "alias", "passphrase_hash", "totp_secret", "enrolled_day")
    }


def test_the_database_is_for_its_owner_only(accounts: Accounts, tmp_path: Path) -> None:
    assert stat.S_IMODE((tmp_path / "a.sqlite").stat().st_mode) == 0o600


def test_migrations_make_what_the_models_say(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'b.sqlite'}")
    with pytest.raises(SchemaError):
        require_current(engine)
    upgrade(engine)
    upgrade(engine)
    require_current(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_migrations_are_plain_sql_for_postgresql() -> None:
    sql = upgrade_sql("postgresql")
    assert "CREATE TABLE operator" in sql
    assert "id SERIAL NOT NULL" in sql
    assert "UNIQUE (alias)" in sql


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "sluis.toml"
    path.write_text(
        f"""
[instance]
name = "Test line"
record = "instance.record"
[site]
profile = "demo"
[mailroom]
store = "store"
run = "run"
[source]
bind = "source.sock"
gnupg = "gnupg"
[journalist]
bind = "journalist.sock"
database = "sqlite:///{tmp_path}/accounts.sqlite"
"""
    )
    return path


def run(*arguments: str | Path) -> tuple[int, str]:
    done = CliRunner().invoke(main, [str(argument) for argument in arguments])
    return done.exit_code, done.output


def test_the_command_line_manages_operators(config: Path, tmp_path: Path) -> None:
    file = tmp_path / "operator.json"
    file.write_bytes(encoded())
    code, said = run("add-operator", "--config", config, "--record", file)
    assert code == 0
    assert CLIENT_KEY in said
    assert str(GOOD["totp_secret"]) not in said
    code, said = run("add-operator", "--config", config, "--record", file)
    assert code == 1
    assert "--replace" in said
    assert run("add-operator", "--config", config, "--record", file, "--replace")[0] == 0
    code, said = run("list-operators", "--config", config)
    assert said.split("  ")[1] == "Desk 3\n"
    assert run("remove-operator", "--config", config, "desk 3")[0] == 0
    assert run("remove-operator", "--config", config, "desk 3")[0] == 1
    assert run("list-operators", "--config", config) == (0, "")


def test_the_command_line_explains_what_is_wrong(config: Path, tmp_path: Path) -> None:
    file = tmp_path / "operator.json"
    file.write_bytes(b"{}")
    code, said = run("add-operator", "--config", config, "--record", file)
    assert code == 1
    assert "not an operator record" in said
    code, said = run("list-operators", "--config", tmp_path / "missing.toml")
    assert code == 1
    assert "missing.toml" in said


def test_upgrading_can_be_left_to_a_person(config: Path, tmp_path: Path) -> None:
    code, said = run("upgrade", "--config", config, "--sql")
    assert code == 0
    assert "CREATE TABLE operator" in said
    assert not (tmp_path / "accounts.sqlite").exists()
    assert run("upgrade", "--config", config)[0] == 0
    require_current(make_engine(f"sqlite:///{tmp_path}/accounts.sqlite"))
