"""A real PostgreSQL of a test's own, on a unix socket in its own folder, as an unprivileged user."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.lan import Machine
from workstation.lan_files import DATABASE, RIGHTS, SAFE_SETTINGS, USER
from workstation.seats_file import Shared

_BIN = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
_OWNER = "postgres"


class Cluster:
    """A running server; `data` is all that it keeps, with the write-ahead log.

    `machine` is where it runs: this one, when none is given.
    """

    def __init__(self, path: Path, machine: Machine | None = None) -> None:
        self.path = path
        self.data = path / "data"
        self.machine = machine
        self._made = 0

    def make(self) -> None:
        """Makes its files."""
        self.run("initdb", "-D", self.data, "-U", _OWNER, "-A", "trust", "-E", "UTF8", "--no-locale")

    def write(self, name: str, data: bytes) -> Path:
        """A file that only the server can read."""
        path = self.path / name
        path.write_bytes(data)
        path.chmod(0o600)
        if os.getuid() == 0:
            os.chown(path, *_nobody())
        return path

    def start(self, settings: str = f"listen_addresses = ''\n{SAFE_SETTINGS}") -> None:
        """Waits until the server answers; `settings` are lines of its postgresql.conf."""
        self.write("data/postgresql.auto.conf", settings.encode())
        # Nothing is worth keeping when the machine goes down; the tests' own database is on the socket.
        options = f"-c unix_socket_directories={self.path} -c fsync=off"
        self.run("pg_ctl", "-D", self.data, "-w", "-l", self.path / "log", "-o", options, "start")

    def stop(self) -> None:
        """At once; what was not committed is lost."""
        self.run("pg_ctl", "-D", self.data, "-w", "-m", "immediate", "stop")

    def shared(self, scratch: Path) -> Shared:
        """A database of its own with the rights of an office, and where a seat finds it."""
        self._made += 1
        name = f"sluis{self._made}"
        rights = RIGHTS.replace(DATABASE, name)
        if self._made > 1:
            rights = rights.split("\n", 1)[1]  # there is such a user already
        self.psql("-f", self.write("rights.sql", rights.encode()))
        return Shared(host=str(self.path), database=name, user=USER, scratch=str(scratch))

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Every file of the server, once what it holds in memory is written out."""
        self.sql("CHECKPOINT")
        for path in sorted(self.data.rglob("*")):
            if path.is_file():
                yield str(path.relative_to(self.data)), path.read_bytes()

    def sql(self, statement: str, database: str = "postgres") -> str:
        """What it answers, to whoever may do everything."""
        return self.psql("-At", "-d", database, "-c", statement).strip()

    def wait_for(self, statement: str, answer: str) -> None:
        """Until the server answers so."""
        deadline = time.monotonic() + 20
        while self.sql(statement) != answer:
            assert time.monotonic() < deadline, statement

    def psql(self, *arguments: object) -> str:
        """PostgreSQL's own terminal; the first error ends it."""
        return self.run("psql", "-h", self.path, "-U", _OWNER, "-X", "-v", "ON_ERROR_STOP=1", *arguments)

    def run(self, program: str, *arguments: object) -> str:
        """One of PostgreSQL's programs, where the server runs; it refuses to be run by root."""
        command = [str(_BIN[-1] / program), *map(str, arguments)]
        if os.getuid() == 0:
            command = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--", *command]
        elif self.machine is not None:  # where this user is called root
            command = ["unshare", "--user", "--map-user=65534", "--map-group=65534", "--", *command]
        if self.machine is not None:
            command = self.machine.command(*command)
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.path), "LC_ALL": "C", "TZ": "UTC"}
        # A server that was started keeps its end of a pipe.
        with tempfile.TemporaryFile() as said:
            done = subprocess.run(
                command, check=False, cwd=self.path, env=environment, stdout=said, stderr=subprocess.STDOUT
            )
            said.seek(0)
            answer = said.read().decode(errors="replace")
        assert done.returncode == 0, answer
        return answer


def settings_of(shared: Shared) -> bytes:
    """The text of seats.toml for a server on a unix socket."""
    names = ("host", "database", "user", "scratch")
    return "".join(f'{name} = "{getattr(shared, name)}"\n' for name in names).encode()


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A server for as long as the block runs."""
    with stopped_cluster() as made:
        made.start()
        try:
            yield made
        finally:
            made.stop()


@contextmanager
def stopped_cluster(machine: Machine | None = None) -> Iterator[Cluster]:
    """Its files, in a folder of their own, removed at the end."""
    # A socket's path has at most 107 bytes, and whoever runs the server must get there.
    path = Path(tempfile.mkdtemp(prefix="pg-"))
    path.chmod(0o711)
    if os.getuid() == 0:
        os.chown(path, *_nobody())
    made = Cluster(path, machine)
    try:
        made.make()
        yield made
    finally:
        shutil.rmtree(path)


def _nobody() -> tuple[int, int]:
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid
