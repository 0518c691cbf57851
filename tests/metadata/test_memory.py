"""What is in the memory of the processes once a session has ended: a list, looked for in every page.

A site that keeps what it is given shows that each thing on the list would be found; two more variants show
that both parts of the remedy are needed (docs/decisions/0010-memory.md).
"""

from __future__ import annotations

import secrets
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from demo.person import Person
from demo.unix_http import UnixConnection
from securedrop_config.erasing import ERASING, require_erasing
from securedrop_config.loader import ConfigError
from serving.fresh_threads import FreshThreads
from sluis.keytree import derive_root
from tests.metadata.memory import found, of_key, of_mark, of_text
from tests.metadata.memory_child import KDF
from tests.metadata.memory_walk import IN_FLIGHT, Visit, comes_to, serving
from tests.support.server_processes import PASSPHRASE, ROOT, Plan, Server, server
from workstation.folder import Folder
from workstation.founding import database_key

WHILE_OPEN = {
    "id of the session": "finds the key",
    "key of the session": "opens the cookie, which the browser has and the server has not",
    "name of the file": "shown on the page that lists what arrived",
}
"""What the site holds of a session that is open, between two requests, and why."""

AFTERWARDS: dict[str, str] = {}
"""What stays after the end of a session, and why: nothing on the list."""

OF_AN_OPERATOR = {"secret of the one-time codes": "in SQLite's copy of the accounts, which are on the disk"}
"""What stays in the operators' site after signing out, and why."""

_CHILD = "tests.metadata.memory_child"

_DERIVES = """
import sys
from concurrent.futures import ThreadPoolExecutor
from serving.fresh_threads import FreshThreads
from sluis.keytree import derive_root
from tests.metadata.memory_child import KDF
kind, codename = sys.argv[1:]
threads = {"FreshThreads": FreshThreads, "ThreadPoolExecutor": ThreadPoolExecutor}[kind](1)
threads.submit(lambda: derive_root(codename, bytes(16), KDF) and None).result()
print("derived", flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with server(tmp_path_factory.mktemp("memory"), Plan(banks=3)) as opened:
        opened.make_store()
        opened.begin_mailroom()
        opened.wait_for("mailroom")
        opened.bring_release()
        yield opened


@contextmanager
def visit(made: Server, *options: str, environment: Mapping[str, str] = ERASING) -> Iterator[Visit]:
    """A visit to a site of its own."""
    seed = secrets.token_bytes(32)
    command = [sys.executable, "-m", _CHILD, "--config", str(made.config), "--seed", seed.hex(), *options]
    plain = {name: value for name, value in made.environment.items() if name not in ERASING}
    made.processes.start("source", command, environment=plain | dict(environment), folder=Path("/"))
    try:
        made.wait_for("source")
        yield Visit(made, seed)
    finally:
        made.processes.stop("source")


def test_nothing_is_left_after_logout(made: Server) -> None:
    with visit(made) as source:
        source.report(source.draw())
        assert source.in_flight >= IN_FLIGHT
        source.comes_to(WHILE_OPEN)
        source.answered()
        source.come_back()
        source.comes_to({"id of the session", "key of the session"})
        source.leave()
        source.comes_to(AFTERWARDS)
        comes_to(made.processes.pid("mailroom"), source.needles, ())


def test_nothing_is_left_when_the_time_of_a_session_is_over(made: Server) -> None:
    with visit(made, "--idle", "5") as source:
        source.report(source.draw())
        assert source.scan() >= set(WHILE_OPEN)
        source.comes_to(AFTERWARDS)


def test_a_site_that_keeps_all_shows_that_each_thing_would_be_found(made: Server) -> None:
    with visit(made, "--broken", "keeps-all") as source:
        source.everything()
        source.leave()
        assert source.scan() == set(source.needles)


def test_with_the_usual_allocator_much_is_left(made: Server) -> None:
    with visit(made, environment={}) as source:
        source.report(source.draw())
        source.leave()
        assert source.scan() & {"codename", "codename as it was typed"}


def test_when_rings_are_left_much_is_left(made: Server) -> None:
    with visit(made, "--broken", "leaves-rings") as source:
        source.report(source.draw())
        source.leave()
        assert source.scan() >= {"root", "cookie"}


@pytest.mark.parametrize(("threads", "left"), [("FreshThreads", set()), ("ThreadPoolExecutor", {"root"})])
def test_a_stack_goes_with_its_thread(made: Server, threads: str, left: set[str]) -> None:
    """Argon2id leaves its result on the stack; a pool keeps the thread, as gunicorn's own would."""
    codename, instance = secrets.token_hex(16), bytes(16)
    command = [sys.executable, "-c", _DERIVES, threads, codename]
    asked = subprocess.Popen(
        command, env=made.environment, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with asked as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"derived\n"
        comes_to(process.pid, {"root": of_key(derive_root(codename, instance, KDF))}, left)


def test_the_mailroom_holds_no_key_that_was_erased(made: Server) -> None:
    mailroom = made.processes.pid("mailroom")
    needles = {"key of a bank": of_key(_newest(made.run / "mailroom" / "bank.key", 40))}
    comes_to(mailroom, needles, needles)
    made.take_in(made.export())
    needles["key that opens a release"] = of_key(_newest(made.store / "transfer", 64))
    comes_to(mailroom, needles, {"key that opens a release"})
    made.bring_release()
    made.take_in(made.export())
    made.bring_release()  # acknowledges an export with a newer public key
    comes_to(mailroom, needles, ())


def _newest(file: Path, size: int) -> bytes:
    """The key of the highest serial among entries of this size: serial 8 || key 32 || zeros."""
    data = file.read_bytes()
    entries = [data[at : at + 40] for at in range(0, len(data), size)]
    return max(entry for entry in entries if entry[:8] != b"\xff" * 8)[8:]


def test_of_an_operator_who_signed_out_neither_passphrase_nor_session_is_left(made: Server) -> None:
    made.begin_journalist()
    operator = made.add_operator()
    made.wait_for("journalist")
    site = serving(made, "journalist")
    page = operator.sign_in()
    (cookie,) = operator.person.cookies.values()
    needles = {
        "passphrase": of_text(PASSPHRASE),
        "cookie": of_mark(cookie),
        "secret of the one-time codes": of_text(operator._secrets.totp_secret),
    }
    comes_to(site, needles, {*OF_AN_OPERATOR, "cookie"})
    operator.person.press(page, "signout-form")
    comes_to(site, needles, OF_AN_OPERATOR)
    made.processes.stop("journalist")


def test_of_a_workstation_that_is_locked_nothing_is_left(made: Server) -> None:
    with visit(made) as source:
        source.report(source.draw())
    made.take_in(made.export())
    made.office.close()
    folder, socket = made.folder / "office", made.run / "workstation"
    key = database_key(Folder(folder), PASSPHRASE)
    places = ("--folder", str(folder), "--media", str(made.media), "--socket", str(socket))
    made.start("workstation", "workstation", "serve", *places, "--allow-network-for-development")
    made.processes.wait_for("workstation", socket.exists)
    station = serving(made, "workstation")
    counsellor = Person("localhost", lambda: UnixConnection(socket))
    page = counsellor.press(counsellor.open("/en/unlock"), "unlock-form", {"passphrase": PASSPHRASE})
    links = [link.attributes["href"] for link in page.root.all("a")]
    page = next(thread for link in links if source.text in (thread := counsellor.open(link)).text)
    (cookie,) = counsellor.cookies.values()
    needles = {
        "passphrase": of_text(PASSPHRASE),
        "key of the database": of_key(key),
        "text of a case": of_mark(source.text),
        "cookie": of_mark(cookie),
    }
    # The text may be there as well, while SQLite keeps its page.
    assert found(station, needles).keys() >= {"key of the database", "cookie"}
    counsellor.press(page, "lock-form")
    comes_to(station, needles, ())
    made.processes.stop("workstation")


def test_each_request_has_a_thread_of_its_own_and_no_more_run_at_once_than_may() -> None:
    threads, gate, running = FreshThreads(2), threading.Event(), threading.Semaphore(0)

    def work() -> int:
        running.release()
        assert gate.wait(10)
        return threading.get_native_id()

    futures = [threads.submit(work) for _ in range(5)]
    for _ in range(2):
        assert running.acquire(timeout=10)
    assert not running.acquire(blocking=False)
    gate.set()
    assert len({future.result(10) for future in futures}) == 5
    with pytest.raises(ZeroDivisionError):
        threads.submit(lambda: 1 // 0).result(10)


def test_who_is_started_otherwise_does_not_serve() -> None:
    with pytest.raises(ConfigError, match="PYTHONMALLOC=malloc"):
        require_erasing({**ERASING, "PYTHONMALLOC": "pymalloc"})
    with pytest.raises(ConfigError, match="tcache_count=0"):
        require_erasing({"PYTHONMALLOC": "malloc"})
    require_erasing(ERASING)


@pytest.mark.parametrize("unit", ["sluis-mailroom", "sluis-source", "sluis-journalist", "sluis-workstation"])
def test_each_service_is_started_so(unit: str) -> None:
    (file,) = (ROOT / "securedrop_config" / "templates").rglob(f"{unit}.service")
    lines = file.read_text("utf-8").splitlines()
    assert {f"Environment={name}={value}" for name, value in ERASING.items()} <= set(lines)
    (start,) = (line.split() for line in lines if line.startswith("ExecStart="))
    assert start[1:3] == ["-P", "-s"]
    assert not {"-I", "-E"} & set(start)
