"""A real PostgreSQL of a test's own, on a unix socket in its own folder, as an unprivileged user."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workstation.seats_file import Shared

_BIN = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
USER = "office"


class Cluster:
    """A running server; `data` is all that it keeps, with the write-ahead log."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.data = path / "data"
        self._made = 0

    def start(self) -> None:
        """Makes the files, and waits until the server answers."""
        _run(self.path, "initdb", "-D", self.data, "-U", USER, "-A", "trust", "-E", "UTF8", "--no-locale")
        # Nothing is worth keeping when the machine goes down, and only the socket is listened on.
        options = f"-c listen_addresses='' -c unix_socket_directories={self.path} -c fsync=off"
        _run(self.path, "pg_ctl", "-D", self.data, "-w", "-l", self.path / "log", "-o", options, "start")

    def stop(self) -> None:
        """At once; what was not committed is lost."""
        _run(self.path, "pg_ctl", "-D", self.data, "-w", "-m", "immediate", "stop")

    def shared(self, scratch: Path) -> Shared:
        """A database of its own, and where a seat finds it."""
        self._made += 1
        name = f"sluis{self._made}"
        _run(self.path, "createdb", "-h", self.path, "-U", USER, name)
        return Shared(host=str(self.path), database=name, user=USER, scratch=str(scratch))

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Every file of the server, once what it holds in memory is written out."""
        _run(self.path, "psql", "-h", self.path, "-U", USER, "-d", "postgres", "-c", "CHECKPOINT")
        for path in sorted(self.data.rglob("*")):
            if path.is_file():
                yield str(path.relative_to(self.data)), path.read_bytes()


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A server for as long as the block runs."""
    # A socket's path has at most 107 bytes, and whoever runs the server must get there.
    path = Path(tempfile.mkdtemp(prefix="pg-"))
    path.chmod(0o711)
    if os.getuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(path, nobody.pw_uid, nobody.pw_gid)
    made = Cluster(path)
    try:
        made.start()
        try:
            yield made
        finally:
            made.stop()
    finally:
        shutil.rmtree(path)


def _run(home: Path, program: str, *arguments: object) -> None:
    """PostgreSQL refuses to be run by root."""
    command = [str(_BIN[-1] / program), *map(str, arguments)]
    if os.getuid() == 0:
        command = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--", *command]
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C", "TZ": "UTC"}
    done = subprocess.run(
        command, check=False, cwd=home, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert done.returncode == 0, done.stdout.decode(errors="replace")
