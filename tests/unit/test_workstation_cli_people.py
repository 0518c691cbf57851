"""People from a terminal: entered, listed, signed in, refused, ended."""

import os
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pyotp
import pytest
from click.testing import CliRunner

from sluis.errors import BadField
from tests.support.workroom import CHEAP, PASSPHRASE, ROOT_PASSPHRASE
from workstation.__main__ import main, today
from workstation.casework.people import FirstIsCustodian, LastCustodian
from workstation.casework.roles import NotAllowed
from workstation.errors import UnknownItem
from workstation.office import Office
from workstation.signing_in import WrongSignIn

OWN = "seven words that a person thought of"


@contextmanager
def lines(*texts: str) -> Iterator[str]:
    """A descriptor from which these lines can be read."""
    read, write = os.pipe()
    os.write(write, "".join(text + "\n" for text in texts).encode())
    os.close(write)
    try:
        yield str(read)
    finally:
        os.close(read)


class Terminal:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def do(self, *words: str, secrets: tuple[str, ...] = (PASSPHRASE,), new: str = "") -> str:
        """What a command says; raises what it refuses with."""
        with ExitStack() as stack:
            given = ["--folder", str(self.folder), "--passphrase-fd", stack.enter_context(lines(*secrets))]
            if new:
                given += ["--new-passphrase-fd", stack.enter_context(lines(new))]
            done = CliRunner(env={"COLUMNS": "160"}).invoke(main, [*words, *given])
        if done.exception is not None:
            raise done.exception
        return done.stdout

    def enter(self, desk: str, role: str, *more: str) -> str:
        """Enters somebody; the secret of their codes."""
        said = self.do("people", "add", desk, "--role", role, *more, new=OWN)
        found = re.search(r"secret=([A-Z2-7]{32})", said)
        assert found
        return found[1]

    def do_as(self, desk: str, secret: str, *words: str) -> str:
        """A command for somebody who signs in."""
        return self.do(*words, "--desk", desk, secrets=(OWN, pyotp.TOTP(secret).at(int(time.time()))))


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    made = Terminal(tmp_path / "office")
    Office.create(
        made.folder,
        PASSPHRASE,
        ROOT_PASSPHRASE,
        instance_name="The Line",
        training=True,
        today=today,
        kdf=CHEAP,
    ).close()
    return made


def test_people_are_entered_and_listed(terminal: Terminal) -> None:
    terminal.enter("birch", "custodian")
    terminal.enter("willow", "counsellor", "--language", "tr", "--skill", "children", "--role", "interpreter")
    said = terminal.do("people", "list")
    assert re.search(r"willow\W+counsellor, interpreter\W+tr\W+children", said)


def test_a_drawn_passphrase_is_shown_once(terminal: Terminal) -> None:
    said = terminal.do("people", "add", "birch", "--role", "custodian", "--draw", "en")
    drawn = re.search(r"passphrase:  (.+)", said)
    assert drawn
    assert len(drawn[1].split()) == 7
    assert "shown once" in said


def test_each_desk_does_what_its_roles_allow(terminal: Terminal) -> None:
    birch = terminal.enter("birch", "custodian")
    willow = terminal.enter("willow", "counsellor")
    terminal.do_as("willow", willow, "list")
    terminal.do_as("birch", birch, "people", "list")
    for desk, secret, *words in (
        ("willow", willow, "people", "list"),
        ("willow", willow, "renew-operating-key"),
        ("birch", birch, "list"),
        ("birch", birch, "imports"),
    ):
        with pytest.raises(NotAllowed):
            terminal.do_as(desk, secret, *words)


def test_the_founding_passphrase_reads_no_case_once_there_are_people(terminal: Terminal) -> None:
    terminal.do("list")
    terminal.enter("birch", "custodian")
    with pytest.raises(NotAllowed):
        terminal.do("list")
    with pytest.raises(NotAllowed):
        terminal.do("training-cases")
    assert "birch" in terminal.do("people", "list")
    assert "The Line" in terminal.do("info")


def test_roles_access_and_leaving(terminal: Terminal) -> None:
    terminal.enter("birch", "custodian")
    before = terminal.enter("willow", "counsellor")
    terminal.do("people", "roles", "willow", "--role", "auditor")
    with pytest.raises(NotAllowed):
        terminal.do_as("willow", before, "list")
    said = terminal.do("people", "access", "willow", new=OWN)
    assert before not in said
    with pytest.raises(WrongSignIn):
        terminal.do_as("willow", before, "info")
    terminal.do("people", "deactivate", "willow", "--yes")
    assert re.search(r"willow\W.*left", terminal.do("people", "list"))
    with pytest.raises(UnknownItem):
        terminal.do("people", "deactivate", "willow", "--yes")


def test_what_cannot_be_is_refused(terminal: Terminal) -> None:
    with pytest.raises(FirstIsCustodian):
        terminal.enter("willow", "counsellor")
    terminal.enter("birch", "custodian")
    with pytest.raises(LastCustodian):
        terminal.do("people", "deactivate", "birch", "--yes")
    with pytest.raises(BadField):
        terminal.enter("willow", "counsellor", "--language", "xx")
