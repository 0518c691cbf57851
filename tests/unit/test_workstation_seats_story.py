"""Two seats, two people, one PostgreSQL: what they do at once, and what is left when one is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.export_builder import new_source
from tests.support.people import Insider, Seat, seat
from tests.support.postgres import cluster, settings_of
from tests.support.workroom import PASSPHRASE
from workstation import moving, opening
from workstation.casework.ledger import entries, verify
from workstation.casework.roles import RECOVERY, Role
from workstation.office import Office
from workstation.turns import turn

ROOT = Path(__file__).resolve().parents[2]
# The folder is the same for all, and each has a disk of its own: here, where its program was started.
SCRATCH = Path("/proc/self/cwd")


class At:
    """One seat: `send` tells it what to do, `hear` waits for its answer, `do` is both."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def send(self, *what: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()

    def hear(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        answer = self.process.stdout.readline()
        assert answer, "the seat has ended"
        said: dict[str, Any] = json.loads(answer)
        return said

    def do(self, *what: object) -> Any:
        self.send(*what)
        said = self.hear()
        assert "done" in said, said
        return said["done"]

    def refused(self, *what: object) -> str:
        self.send(*what)
        said = self.hear()
        assert "refused" in said, said
        return str(said["refused"])

    def kill(self) -> None:
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextmanager
def seats(room: Seat, *people: Insider) -> Iterator[list[At]]:
    """They sign in at once."""
    started = []
    try:
        for number in range(len(people)):
            own = room.path / f"seat-{number}"
            own.mkdir(exist_ok=True)
            command = [sys.executable, "-m", "tests.support.seat_child", str(room.folder)]
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                cwd=own,
                env=os.environ | {"PYTHONPATH": str(ROOT)},
            )
            started.append(At(process))
        for at, one in zip(started, people, strict=True):
            at.send(one.desk, one.passphrase, one.secret, room.day)
        for at, one in zip(started, people, strict=True):
            assert at.hear() == {"done": one.desk}
        yield started
    finally:
        for at in started:
            assert at.process.stdin is not None
            assert at.process.stdout is not None
            at.process.stdin.close()
            at.process.wait(timeout=60)
            at.process.stdout.close()


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Seat]:
    """An office of several seats: one report, two counsellors, second reading is on."""
    with cluster() as server, seat(tmp_path) as made:
        made.take_in(made.export(made.server.report(new_source(), b"They came to my shop.", made.day)))
        made.enter("birch", Role.CUSTODIAN)
        made.enter("rowan", Role.SUPERVISOR)
        made.enter("willow", Role.COUNSELLOR)
        made.enter("alder", Role.COUNSELLOR)
        office = made.sign_in("rowan")
        office.people.set_second_reading(office.actor, True)
        office.close()
        opened = opening.with_founding_passphrase(made.folder, PASSPHRASE)
        moving.to_postgres(opened, settings_of(server.shared(SCRATCH)), made.day)
        opened.close()
        made.path.joinpath("founder").mkdir()
        yield made


def test_two_people_at_two_seats(room: Seat) -> None:
    willow, alder = room.insiders["willow"], room.insiders["alder"]
    with seats(room, willow, alder) as (one, two):
        (case_id,) = one.do("cases")
        assert two.do("cases") == [case_id]
        assert two.do("find", "alarming") == []  # the index of the second seat is there from now on

        # One judges and writes; the other sees it, and finds it.
        seen = one.do("see", case_id)
        assert (seen["urgency"], seen["answers"]) == ("", [])
        one.do("judge", case_id, "now", ["PHY"], seen["judged"])
        one.do("note", case_id, "Something alarming.")
        (thread_id,) = seen["threads"]
        reply_id = one.do("draft", thread_id, "We are here.")
        there = two.do("see", case_id)
        assert (there["urgency"], there["notes"], there["codes"]) == ("P0", ["Something alarming."], ["PHY"])
        assert two.do("find", "alarming") == ["Something alarming."]

        # The second reader approves what they have read, and nothing else.
        ((_, _, text, first),) = there["answers"]
        assert text == "We are here."
        one.do("edit", reply_id, "We are here. Call us.", first)
        assert one.refused("approve", reply_id, "") == "own-reply"
        assert two.refused("approve", reply_id, first) == "changed-meanwhile"
        ((_, state, text, second),) = two.do("see", case_id)["answers"]
        assert (state, text) == ("draft", "We are here. Call us.")
        two.do("approve", reply_id, second)
        assert two.do("release") == 1
        ((_, state, _, _),) = one.do("see", case_id)["answers"]
        assert state == "sealed"

        # Both at once: what is added is all there, and of two changes one is told of the other.
        for at, text in ((one, "From the first."), (two, "From the second.")):
            at.send("note", case_id, text)
        assert [at.hear() for at in (one, two)] == [{"done": None}] * 2
        seen = one.do("see", case_id)
        assert sorted(seen["notes"]) == ["From the first.", "From the second.", "Something alarming."]
        for at, code in ((one, "INT"), (two, "LEG")):
            at.send("judge", case_id, "weeks", [code], seen["judged"])
        said = [at.hear() for at in (one, two)]
        assert sorted(map(str, said)) == sorted(["{'done': None}", "{'refused': 'changed-meanwhile'}"])
        winner = "INT" if "done" in said[0] else "LEG"
        assert two.do("see", case_id)["codes"] == [winner]

        other = one.do("draft", thread_id, "A second answer.")
        ((_, _, _, mark),) = [found for found in two.do("see", case_id)["answers"] if found[0] == other]
        for at, text in ((one, "Mine."), (two, "Mine, and better.")):
            at.send("edit", other, text, mark)
        said = [at.hear() for at in (one, two)]
        assert sorted(map(str, said)) == sorted(["{'done': None}", "{'refused': 'changed-meanwhile'}"])
        kept = "Mine." if "done" in said[0] else "Mine, and better."
        assert [text for found, _, text, _ in one.do("see", case_id)["answers"] if found == other] == [kept]


def test_who_has_left_or_has_other_roles_is_locked_out_at_once_at_every_seat(room: Seat) -> None:
    people = [room.insiders[desk] for desk in ("willow", "alder", "birch")]
    with seats(room, *people) as (one, two, custodian):
        (case_id,) = one.do("cases")
        assert two.do("cases") == [case_id]
        custodian.do("end", "willow")
        custodian.do("make_supervisor", "alder")
        for at in (one, two):
            assert at.refused("cases") == "locked"
            assert at.refused("note", case_id, "After all.") == "locked"
        assert custodian.refused("see", case_id) == "not-allowed"
    with seats(room, room.insiders["alder"]) as (again,):
        assert again.do("see", case_id)["notes"] == []


def test_a_seat_that_is_killed_leaves_nothing_half_done(room: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    willow, alder = room.insiders["willow"], room.insiders["alder"]
    with seats(room, willow, alder) as (one, two):
        (case_id,) = one.do("cases")
        before = two.do("see", case_id)
        one.send("half", case_id)
        assert one.hear() == {"half": True}
        two.send("note", case_id, "Waited for my turn.")  # until the server sees that the other is gone
        one.kill()
        assert two.hear() == {"done": None}
        after = two.do("see", case_id)
        assert after == {**before, "notes": ["Waited for my turn."]}
        with seats(room, willow) as (again,):
            assert again.do("see", case_id) == after
    monkeypatch.chdir(room.path / "founder")
    with Office.unlock(room.folder, PASSPHRASE, today=room.clock) as office:
        assert office.actor == RECOVERY
        assert office._engine is not None
        with turn(office._engine) as session:
            verdict = verify(session)
            kinds = [one.kind for one in entries(session)]
    assert verdict.broken == 0
    assert kinds.count("noted") == 1
    assert kinds.count("moved") == 1
