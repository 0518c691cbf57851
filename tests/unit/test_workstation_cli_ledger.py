"""The ledger from a terminal: the head, verifying with an exit status, the table, and who may."""

import os
import re
import time
from collections.abc import Callable
from pathlib import Path

import pyotp
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import update

from sluis.errors import BadField
from tests.support.people import seat
from tests.support.workroom import PASSPHRASE
from workstation.__main__ import main
from workstation.casework.models import LedgerRow
from workstation.casework.roles import NotAllowed, Role
from workstation.errors import AlreadyExists

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """`run(words…)` as whoever knows the founding passphrase; with `desk` as somebody who signs in."""
    with seat(tmp_path) as room:
        room.enter("birch", Role.CUSTODIAN)
        people = {role: room.enter(f"desk-{role.value}", role) for role in (Role.AUDITOR, Role.COUNSELLOR)}

    def invoke(*words: str, role: Role | None = Role.AUDITOR) -> Result:
        if role is None:
            secrets, who = [PASSPHRASE], []
        else:
            one = people[role]
            secrets = [one.passphrase, pyotp.TOTP(one.secret).at(int(time.time()))]
            who = ["--desk", one.desk]
        read, write = os.pipe()
        os.write(write, "".join(line + "\n" for line in secrets).encode())
        os.close(write)
        try:
            given = ["ledger", "--folder", str(room.folder), "--passphrase-fd", str(read), *who, *words]
            return CliRunner().invoke(main, given)
        finally:
            os.close(read)

    return invoke


def head_of(said: str) -> str:
    found = re.search(r"head: entry 4 of 2024-10-04\n  ((?:[0-9a-f]{4} ){15}[0-9a-f]{4})\n", said)
    assert found, said
    return found[1]


def test_the_head_is_shown_and_found_again(run: Run) -> None:
    head = head_of(run().stdout)
    chain = run("--verify")
    assert chain.exit_code == 0
    assert "whole: 4 entries" in chain.stdout
    assert "the head" not in chain.stdout
    assert "not that there is no copy" in chain.stdout
    for typed in (head, head.replace(" ", ""), head.upper()):
        found = run("--verify", typed)
        assert (found.exit_code, head_of(found.stdout)) == (0, head)
        assert "is that of entry 4" in found.stdout


def test_what_is_not_whole_ends_with_another_status(run: Run, tmp_path: Path) -> None:
    other = run("--verify", "00" * 31 + "ff")
    assert other.exit_code == 1
    assert "whole: 4 entries" in other.stdout
    assert "NOT in it" in other.stdout
    for nothing in ("", "  ", "abcd"):
        assert isinstance(run("--verify", nothing).exception, BadField)


def test_the_table_is_written_once(run: Run, tmp_path: Path) -> None:
    table = tmp_path / "ledger.csv"
    assert run("--csv", str(table), "--verify").exit_code == 0
    lines = table.read_text("ascii").splitlines()
    assert [line.split(",")[2] for line in lines] == ["kind", "released", *["person-added"] * 3]
    assert table.stat().st_mode & 0o777 == 0o600
    assert isinstance(run("--csv", str(table)).exception, AlreadyExists)


def test_only_who_may_read_it(run: Run) -> None:
    assert isinstance(run("--verify", role=Role.COUNSELLOR).exception, NotAllowed)
    assert isinstance(run("--verify", role=None).exception, NotAllowed), "the founding passphrase"


def test_a_broken_ledger_says_where(tmp_path: Path) -> None:
    with seat(tmp_path) as room:
        room.enter("birch", Role.CUSTODIAN)
        alder = room.enter("alder", Role.AUDITOR)
        with room.office._work() as (session, _):
            session.execute(update(LedgerRow).where(LedgerRow.number == 1).values(day=1))
    read, write = os.pipe()
    code = pyotp.TOTP(alder.secret).at(int(time.time()))
    os.write(write, f"{alder.passphrase}\n{code}\n".encode())
    os.close(write)
    where = ("--folder", str(room.folder), "--passphrase-fd", str(read))
    done = CliRunner().invoke(main, ("ledger", "--verify", "--desk", "alder", *where))
    os.close(read)
    assert done.exit_code == 1
    assert "BROKEN at entry 1 of 3" in done.stdout
