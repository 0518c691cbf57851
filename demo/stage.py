"""Everything on one machine: a server with its three processes, two onions, a workstation, a medium.

Used by `make run`, `make demo` and the story tests. Nothing here is part of the product: each piece is
started as its runbook says, with its own command line and configuration file.
"""

from __future__ import annotations

import os
import secrets
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from demo.accounts import Accounts, choose
from demo.airgapped import AirGapped
from demo.processes import Account, Processes
from demo.tor_node import TorNode
from demo.tornet import TorNetwork, tor_network
from securedrop_config.erasing import ERASING
from securedrop_config.lexicon import load_lexicon
from securedrop_config.onion import OnionControl
from source_interface.openpgp import CannotReceive, require_tmpfs

PROGRAM = Path(__file__).resolve().parents[1]
INSTANCE_NAME = "Listening line (demo)"
OPERATOR_ALIAS = "desk-one"
_TMPFS = (Path("/run"), Path("/dev/shm"))  # noqa: S108  # a fresh folder of its own is made in it
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Operator:
    """What the operator of the demo took home."""

    alias: str
    passphrase: str
    totp_secret: str
    client_key: str


@dataclass
class Onions:
    """Both addresses, and a visitor's tor for each kind of person."""

    source: str
    journalist: str
    visitor: TorNode
    operator_visitor: TorNode


class Stage:
    """A whole instance in temporary folders; as a context manager it ends and removes all it made."""

    def __init__(
        self,
        progress: Progress,
        *,
        site: str = "demo",
        tor: Literal["private", "real"] = "private",
        training: bool = True,
        tick_seconds: float = 1.0,
    ) -> None:
        self._say = progress
        self._site = site
        self._tor: Literal["private", "real"] = tor
        self._training = training
        self._tick_seconds = tick_seconds
        self._ends = ExitStack()
        self.accounts = Accounts()

    def __enter__(self) -> Self:
        try:
            self._make_folders()
            self.processes = self._ends.enter_context(Processes(self.folder / "logs"))
        except BaseException:
            self._ends.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ends.close()

    def _make_folders(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="sluis-demo-"))
        self._ends.callback(shutil.rmtree, self.folder, ignore_errors=True)
        tmpfs = next(folder for folder in _TMPFS if os.access(folder, os.W_OK) and _in_memory(folder))
        self.run_folder = Path(tempfile.mkdtemp(prefix="sluis-demo-", dir=tmpfs))
        self._ends.callback(shutil.rmtree, self.run_folder, ignore_errors=True)
        self.accounts = choose(PROGRAM)
        self.folder.chmod(0o711)
        self.run_folder.chmod(0o711)
        for name in ("logs", "tor-keys", "client-keys"):
            (self.folder / name).mkdir(mode=0o700)
        self.medium = self.folder / "medium"
        self.medium.mkdir(mode=0o700)
        self.server = self.folder / "server"
        self.server.mkdir(mode=0o711)
        owned = {
            self.server / "store": self.accounts.mailroom,
            self.server / "accounts": self.accounts.journalist,
            self.run_folder / "mailroom": self.accounts.mailroom,
            self.run_folder / "source": self.accounts.source,
            self.run_folder / "journalist": self.accounts.journalist,
            self.run_folder / "gnupg": self.accounts.source,
        }
        for folder, account in owned.items():
            folder.mkdir(mode=0o711 if folder.name in ("mailroom", "source", "journalist") else 0o700)
            if account is not None:
                os.chown(folder, account.uid, account.gid)
        self.config = self.server / "sluis.toml"
        self.record = self.server / "instance.record"

    @property
    def source_socket(self) -> Path:
        """Where the reporters' site listens."""
        return self.run_folder / "source" / "site.sock"

    @property
    def journalist_socket(self) -> Path:
        """Where the operators' site listens."""
        return self.run_folder / "journalist" / "site.sock"

    def _python(self, name: str, *arguments: str, account: Account | None) -> None:
        environment = {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "PYTHONPATH": str(PROGRAM),
            "PYTHONDONTWRITEBYTECODE": "1",
            "LANG": "C.UTF-8",
            "HOME": str(self.run_folder),
            "SLUIS_CONFIG": str(self.config),
            **ERASING,
        }
        command = [sys.executable, "-m", *arguments]
        self.processes.start(name, command, environment=environment, account=account, folder=Path("/"))

    def make_instance(self) -> None:
        """The workstation with its keys; the server's configuration and stores; enrolment; first release."""
        drawn = load_lexicon(["en"])
        self._say("the air-gapped workstation makes the instance and its keys")
        self.workstation = AirGapped(PROGRAM, self.folder / "workstation", drawn.draw("en"))
        self.workstation.create(INSTANCE_NAME, secrets.token_urlsafe(24), training=self._training)
        self.workstation.run("info", "--record", str(self.record))
        self.record.chmod(0o644)
        self.config.write_text(self._toml(), "utf-8")
        self.config.chmod(0o644)
        self._say("the server makes its stores")
        self._python(
            "mailroom-init", "mailroom", "init", "--config", str(self.config), account=self.accounts.mailroom
        )
        self.processes.finish("mailroom-init")
        self.start_mailroom()
        self._say("the workstation enrols the server and makes its first release")
        request = self.server / "store" / "enrol.request"
        self.workstation.run("enrol", str(request), "--label", "demo-server", "--yes")
        self.workstation.run("release", str(self.medium))
        self._make_operator()

    def _toml(self) -> str:
        groups = self.accounts.socket_groups
        owners = f"source_group = {groups[0]}\noperator_group = {groups[1]}\n" if groups else ""
        return f"""\
[instance]
name = "{INSTANCE_NAME}"
record = "instance.record"
answer_days = 5
languages = ["en", "nl"]

[site]
profile = "{self._site}"

[mailroom]
store = "store"
run = "{self.run_folder / "mailroom"}"
tick_seconds = {self._tick_seconds}
{owners}
[source]
bind = "{self.source_socket}"
gnupg = "{self.run_folder / "gnupg"}"

[journalist]
bind = "{self.journalist_socket}"
database = "sqlite:///{self.server / "accounts" / "accounts.sqlite"}"
"""

    def _make_operator(self) -> None:
        self._say("the workstation makes an operator: passphrase, second factor, client key of the onion")
        record, sheet = self.medium / "operator.record", self.folder / "operator.sheet"
        self.workstation.keys("operator", OPERATOR_ALIAS, "--record", str(record), "--handout", str(sheet))
        lines = dict(line.split(":", 1) for line in sheet.read_text("utf-8").splitlines())
        given = {key.strip(): value.strip() for key, value in lines.items()}
        secret = given["second step"].split("secret=")[1].split("&")[0]
        self.operator = Operator(OPERATOR_ALIAS, given["passphrase"], secret, given["client key"])
        sheet.unlink()
        installed = self.server / "accounts" / "operator.record"
        shutil.move(record, installed)
        account = self.accounts.journalist
        if account is not None:
            os.chown(installed, account.uid, account.gid)
        add = ("add-operator", "--config", str(self.config), "--record", str(installed))
        self._python("add-operator", "journalist_interface", *add, account=account)
        self.processes.finish("add-operator")
        self.client_line = next(
            line
            for line in self.processes.tail("add-operator").splitlines()
            if line.startswith("descriptor:")
        )
        installed.unlink()

    def start_mailroom(self) -> None:
        """Starts the process that alone writes the stores."""
        serve = ("mailroom", "serve", "--config", str(self.config))
        self._python("mailroom", *serve, account=self.accounts.mailroom)
        self.processes.wait_for("mailroom", (self.run_folder / "mailroom" / "operator.sock").exists)

    def start_sites(self) -> None:
        """Starts both web sites on their unix sockets."""
        self._say("both sites start")
        self.start_source()
        serve = ("journalist_interface", "serve", "--config", str(self.config))
        self._python("journalist", *serve, account=self.accounts.journalist)
        self.processes.wait_for("journalist", self.journalist_socket.exists)

    def start_source(self) -> None:
        """Starts the reporters' site."""
        self._python("source", "source_interface.wsgi", account=self.accounts.source)
        self.processes.wait_for("source", self.source_socket.exists)

    def start_workstation(self) -> Path:
        """Starts the workstation's pages in a network namespace of their own; gives their unix socket."""
        socket = self.run_folder / "workstation.sock"
        command = self.workstation.serve_command(self.medium, socket)
        self.processes.start("workstation", command, environment=self.workstation.environment)
        self.processes.wait_for("workstation", socket.exists)
        return socket

    def start_tor(self) -> Callable[[], Onions]:
        """Begins to start tor; call what is returned to wait for the onions to be reachable."""
        network = self._ends.enter_context(tor_network(self._tor, self.folder / "tor"))
        failed: list[BaseException] = []

        def start() -> None:
            try:
                network.start(lambda step: self._say(f"tor: {step}"))
            except BaseException as error:  # noqa: BLE001  # handed to the thread that waits
                failed.append(error)

        thread = threading.Thread(target=start, name="tor")
        thread.start()

        def wait() -> Onions:
            thread.join()
            if failed:
                raise failed[0]
            return self._publish(network)

        return wait

    def _publish(self, network: TorNetwork) -> Onions:
        self._say("tor: publishing both onions")
        host = network.start_client("host", socks=False)
        network.wait_bootstrapped(host)
        keys = self.folder / "tor-keys"
        with OnionControl.connect(host.control_port) as control:
            source = control.ensure_service("source", keys, self.source_socket)
            journalist = control.ensure_service(
                "journalist", keys, self.journalist_socket, client_auth_public_keys=[self.client_line]
            )
        client_keys = self.folder / "client-keys"
        line = f"{journalist.label}:descriptor:x25519:{self.operator.client_key}"
        (client_keys / "operator.auth_private").write_text(line + "\n", "ascii")
        visitor = network.start_client("visitor", control=False)
        operator_visitor = network.start_client("operator", control=False, client_auth_dir=client_keys)
        self.onions = Onions(str(source), str(journalist), visitor, operator_visitor)
        return self.onions


def _in_memory(folder: Path) -> bool:
    try:
        require_tmpfs(folder)
    except CannotReceive:
        return False
    return True
