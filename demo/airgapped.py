"""The demo's workstation: every command in a network namespace of its own, with loopback only."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from securedrop_config.erasing import ERASING

_ENTER = 'ip link set lo up && exec "$@"'


class CommandFailed(Exception):
    """A command of the workstation ended with an error; the text is what it printed."""


def namespaced(command: Sequence[str]) -> list[str]:
    """The command in a fresh network namespace, which is gone when the command ends."""
    own_user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    return ["unshare", *own_user, "--net", "--", "sh", "-c", _ENTER, "sh", *command]


class AirGapped:
    """Runs `python -m workstation` and `python -m keys` for one office, cut off from every network."""

    def __init__(self, program: Path, folder: Path, passphrase: str) -> None:
        """`program` is the folder with the packages, `folder` the office's own."""
        self.folder = folder
        self.passphrase = passphrase
        self._environment = {
            "PATH": os.environ.get("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"),
            "PYTHONPATH": str(program),
            "PYTHONDONTWRITEBYTECODE": "1",
            "LANG": "C.UTF-8",
            "TERM": "dumb",
            "COLUMNS": "160",
            **ERASING,
        }

    @property
    def environment(self) -> dict[str, str]:
        """What its processes see of the environment: nothing of the person who started the demo."""
        return dict(self._environment)

    def create(self, name: str, root_passphrase: str, *, training: bool) -> None:
        """Makes the instance with all its keys."""
        options = ["--name", name, *(["--training"] if training else [])]
        self._run("workstation", "create", options, {"--root-passphrase-fd": root_passphrase})

    def run(self, command: str, *arguments: str, text: str = "") -> str:
        """One command of the workstation; `text` goes to its standard input. Returns what it printed."""
        return self._run("workstation", command, list(arguments), {}, text)

    def keys(self, command: str, *arguments: str) -> str:
        """One command of `python -m keys`."""
        return self._spawn([sys.executable, "-m", "keys", command, *arguments], {}, "")

    def interfaces(self) -> str:
        """The interfaces that are up where the workstation runs, as the kernel lists them."""
        listed = self._spawn(["ip", "-oneline", "link", "show", "up"], {}, "")
        return ", ".join(line.split(":")[1].strip() for line in listed.splitlines())

    def serve_command(self, media: Path, socket: Path) -> list[str]:
        """The command that serves the pages."""
        serve = ["serve", "--folder", str(self.folder), "--media", str(media), "--socket", str(socket)]
        return namespaced([sys.executable, "-m", "workstation", *serve])

    def _run(
        self, module: str, command: str, arguments: list[str], secrets: dict[str, str], text: str = ""
    ) -> str:
        base = [sys.executable, "-m", module, *command.split(), "--folder", str(self.folder)]
        return self._spawn([*base, *arguments], {"--passphrase-fd": self.passphrase, **secrets}, text)

    def _spawn(self, command: list[str], secrets: dict[str, str], text: str) -> str:
        readers = []
        for option, secret in secrets.items():
            reader, writer = os.pipe()
            os.write(writer, secret.encode("utf-8") + b"\n")
            os.close(writer)
            readers.append(reader)
            command += [option, str(reader)]
        try:
            done = subprocess.run(
                namespaced(command),
                input=text,
                text=True,
                capture_output=True,
                check=False,
                cwd="/",
                env=self._environment,
                pass_fds=readers,
            )
        finally:
            for reader in readers:
                os.close(reader)
        if done.returncode != 0:
            raise CommandFailed(f"{' '.join(command[2:4])}: {done.stderr.strip()}")
        return done.stdout
