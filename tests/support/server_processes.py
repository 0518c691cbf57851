"""One server as real processes (mailroom, both sites under gunicorn), and the office that it belongs to.

No Tor: people reach the sites' unix sockets with the PROXY line that tor would send.
"""

from __future__ import annotations

import itertools
import os
import shutil
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from demo.acts import OperatorAtWork
from demo.person import Page, Person
from demo.processes import Processes
from demo.stage import Operator
from demo.unix_http import UnixConnection, circuit_line
from keys.operators import make_operator
from mailroom.operator_client import OperatorClient
from securedrop_config.clock import today
from securedrop_config.erasing import ERASING
from sluis.keytree import KdfProfile
from tests.support.counsellor_key import tmpfs_folder
from workstation.office import Office
from workstation.records import ImportReport, Message

ROOT = Path(__file__).resolve().parents[2]
CHEAP = KdfProfile(8_192, 1)
PASSPHRASE, ROOT_PASSPHRASE = "walls have ears", "roots go deep"
HOST = "line.onion"
_DAY_S = 86_400
_CHUNK = 1_048_576
DEADLINE_S = 60.0
AT_ONCE = 4
"""Sources that may draw codenames at the same time: the queue of a machine with one core."""


@dataclass(frozen=True)
class Plan:
    """How to set a server up; without `banks` and with `kdf` None everything runs as it is shipped."""

    site: str = "demo"
    banks: int | None = None
    kdf: KdfProfile | None = CHEAP
    tick_s: float = 0.02
    answer_after_s: float = 0.1
    around_source: tuple[str, ...] = ()
    around_mailroom: tuple[str, ...] = ()


class Server:
    """The processes of one server, by name: mailroom, source, journalist. Made by `server()`."""

    def __init__(self, folder: Path, run: Path, plan: Plan, processes: Processes, office: Office) -> None:
        self.folder = folder
        self.run = run
        self.plan = plan
        self.processes = processes
        self.office = office
        self.store = folder / "store"
        self.media = folder / "media"
        self.config = folder / "sluis.toml"
        self.accounts = folder / "accounts.sqlite"
        self.operator = OperatorClient(run / "mailroom" / "operator.sock", timeout_s=180)
        self._circuits = itertools.count(1)
        self.media.mkdir()
        self.make_run_folders()
        (folder / "instance.record").write_bytes(office.info.record)
        self.config.write_text(self._toml(), "utf-8")

    def make_run_folders(self) -> None:
        """What systemd makes at a start of the machine."""
        for name in ("mailroom", "source", "journalist", "gnupg"):
            (self.run / name).mkdir(mode=0o700, exist_ok=True)

    def forget_run_folders(self) -> None:
        """What the end of the machine's power does to a tmpfs; the parts must be dead."""
        shutil.rmtree(self.run)
        self.run.mkdir(mode=0o700)
        self.make_run_folders()

    def _toml(self) -> str:
        return f"""\
[instance]
name = "The Line"
record = "instance.record"
languages = ["en"]

[site]
profile = "{self.plan.site}"

[mailroom]
store = "{self.store}"
run = "{self.run / "mailroom"}"
tick_seconds = {self.plan.tick_s}

[source]
bind = "{self.source_socket}"
gnupg = "{self.run / "gnupg"}"
answer_after_seconds = {self.plan.answer_after_s}

[journalist]
bind = "{self.journalist_socket}"
database = "sqlite:///{self.accounts}"
"""

    @property
    def source_socket(self) -> Path:
        """Where the reporters' site listens."""
        return self.run / "source" / "s"

    @property
    def journalist_socket(self) -> Path:
        """Where the operators' site listens."""
        return self.run / "journalist" / "s"

    @property
    def environment(self) -> dict[str, str]:
        """What the processes see; nothing of who runs the tests."""
        return {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "PYTHONPATH": str(ROOT),
            "PYTHONDONTWRITEBYTECODE": "1",
            "LANG": "C.UTF-8",
            "SLUIS_CONFIG": str(self.config),
            **ERASING,
        }

    def start(self, name: str, *arguments: str, around: Sequence[str] = ()) -> None:
        """Starts `python -m ...` in the background."""
        command = [*around, sys.executable, "-m", *arguments]
        self.processes.start(name, command, environment=self.environment, folder=Path("/"))

    def command(self, name: str, *arguments: str, around: Sequence[str] = ()) -> str:
        """Runs `python -m ...` to its end; what it printed. Raises ProcessFailed, which tells that too."""
        self.start(name, *arguments, around=around)
        self.processes.finish(name)
        return self.processes.tail(name)

    @property
    def _config_option(self) -> tuple[str, str]:
        return "--config", str(self.config)

    def _mailroom(self, shipped: str, smaller: str) -> tuple[str, ...]:
        if self.plan.banks is None:
            return "mailroom", shipped, *self._config_option
        child = "tests.support.server_child"
        return child, smaller, *self._config_option, "--banks", str(self.plan.banks)

    def make_store(self, seen: Path | None = None) -> None:
        """The stores, and the enrolment of the server; `seen` is where a test sees a store in a namespace."""
        self.command("init", *self._mailroom("init", "make-store"), around=self.plan.around_mailroom)
        self.office.enrol_server(((seen or self.store) / "enrol.request").read_bytes(), "server")

    def begin_mailroom(self) -> None:
        """Starts the mailroom; `wait_for` it afterwards."""
        self.start("mailroom", *self._mailroom("serve", "mailroom"), around=self.plan.around_mailroom)

    def begin_source(self) -> None:
        """Starts the reporters' site."""
        command: tuple[str, ...] = ("source_interface.wsgi",)
        if (kdf := self.plan.kdf) is not None:
            cost = ("--kdf-memory-kib", str(kdf.memory_kib), "--kdf-passes", str(kdf.passes))
            command = ("tests.support.server_child", "source", *self._config_option, *cost)
        self.start("source", *command, around=self.plan.around_source)

    def begin_journalist(self) -> None:
        """Starts the operators' site."""
        self.start("journalist", "journalist_interface", "serve", *self._config_option)

    def wait_for(self, *names: str) -> None:
        """Until these parts answer; raises ProcessFailed."""
        sockets = {
            "mailroom": self.run / "mailroom" / "operator.sock",
            "source": self.source_socket,
            "journalist": self.journalist_socket,
        }
        for name in names:
            self.processes.wait_for(name, lambda path=sockets[name]: _answers(path), DEADLINE_S)

    def open(self, *, journalist: bool = False, seen: Path | None = None) -> None:
        """Everything up, with the first release: the site takes reports in."""
        self.make_store(seen)
        self.begin_mailroom()
        self.begin_source()
        if journalist:
            self.begin_journalist()
        self.wait_for("mailroom", "source", *(["journalist"] if journalist else []))
        self.bring_release()

    def bring_release(self) -> bytes:
        """A release, from the office to the mailroom."""
        (made,) = self.office.releases.make(self.office.actor)
        self.operator.import_release(made.data)
        return made.data

    def visitor(self) -> Person:
        """Somebody on a circuit of their own, with a browser without script."""
        line = circuit_line(next(self._circuits))
        return Person(HOST, lambda: UnixConnection(self.source_socket, proxy_line=line))

    def add_operator(self) -> OperatorAtWork:
        """An operator as the key ceremony makes one, with the account installed; not signed in yet."""
        made = make_operator("desk-one", PASSPHRASE)
        record = self.folder / "operator.record"
        record.write_bytes(made.record)
        self.command(
            "add-operator",
            *("journalist_interface", "add-operator", *self._config_option, "--record", str(record)),
        )
        line = circuit_line(next(self._circuits))
        person = Person(HOST, lambda: UnixConnection(self.journalist_socket, proxy_line=line))
        return OperatorAtWork(person, Operator(made.alias, PASSPHRASE, made.totp_secret, ""))

    def fetch(self, serial: int) -> Path:
        """Downloads an export onto the medium."""
        path = self.media / f"export-{serial}.sluis"
        size = self.operator.export_size()
        with path.open("wb") as file:
            for at in range(0, size, _CHUNK):
                file.write(self.operator.read_export(serial, at, min(_CHUNK, size - at)))
        return path

    def export(self) -> Path:
        """Makes an export and downloads it."""
        return self.fetch(self.operator.make_export())

    def take_in(self, path: Path) -> ImportReport:
        """The workstation imports an export."""
        return self.office.imports.take_in(self.office.actor, path, lambda done, total: None)


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(os.fspath(path))
        except OSError:
            return False
        return True


@contextmanager
def server(folder: Path, plan: Plan | None = None, **office: bool) -> Iterator[Server]:
    """A server in `folder`, nothing of it started; at the end, also a bad one, all of it is gone."""
    run = tmpfs_folder()
    made = [folder / name for name in ("store", "media", "office", "logs")]
    try:
        made[-1].mkdir()
        with (
            Processes(made[-1]) as processes,
            Office.create(
                folder / "office",
                PASSPHRASE,
                ROOT_PASSPHRASE,
                instance_name="The Line",
                training=False,
                today=today,
                kdf=CHEAP,
            ) as opened,
        ):
            yield Server(folder, run, plan or Plan(), processes, opened)
    finally:
        for path in (*made, run):
            shutil.rmtree(path, ignore_errors=True)


def wait_until(ready: Callable[[], bool], what: str, deadline_s: float = DEADLINE_S) -> None:
    """Polls; raises AssertionError at the deadline."""
    end = time.monotonic() + deadline_s
    while not ready():
        assert time.monotonic() < end, f"not within {deadline_s:g} s: {what}"
        time.sleep(0.02)


def received(page: Page) -> list[str]:
    """The entries that a page calls received, in its own words."""
    return [item.text for item in page.root.all("#received-list li") if "✓ received" in item.text]


def messages(office: Office) -> list[Message]:
    """Every text in the office."""
    views = [
        office.conversations.view(office.actor, summary.thread_id)
        for summary in office.conversations.all(office.actor)
    ]
    return [entry for view in views for entry in view.entries if isinstance(entry, Message)]
