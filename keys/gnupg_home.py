"""A GnuPG home for as long as it is needed, and no agent left behind.

gpg-agent listens on a socket inside the home, and a socket's path may have at most 107 bytes. So gpg is
given a short symbolic link in a fresh folder (on tmpfs when there is one) that leads to the real home.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from keys.errors import GpgMissing

_TMPFS = Path("/dev/shm")  # noqa: S108  # a private folder is made in it by mkdtemp
_DAY = 86_400
# The key's passphrase has 160 random bits, so nothing is gained by stretching it, and each message would pay.
_AGENT_CONF = "s2k-count 65536\ndefault-cache-ttl 600\nno-allow-external-cache\n"


def find_gpg() -> str:
    """The path of gpg; raises GpgMissing unless gpg and gpgconf are on the PATH."""
    gpg = shutil.which("gpg")
    if gpg is None or shutil.which("gpgconf") is None:
        raise GpgMissing("gpg and gpgconf are not on the PATH")
    return gpg


def midnight(day: int) -> str:
    """gpg's notation for the first second of a day, standing still."""
    return datetime.fromtimestamp(day * _DAY, UTC).strftime("%Y%m%dT%H%M%S!")


class GnupgHome:
    """A context: `.path` is the short way to `folder` (made with 0700); on leaving, the agent is stopped."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.gpg = find_gpg()
        self.path = folder
        self._short: Path | None = None

    def __enter__(self) -> GnupgHome:
        self.folder.mkdir(mode=0o700, exist_ok=True)
        conf = self.folder / "gpg-agent.conf"
        if not conf.exists():
            conf.write_text(_AGENT_CONF, "ascii")
        parent = _TMPFS if _TMPFS.is_dir() and os.access(_TMPFS, os.W_OK) else None
        self._short = Path(tempfile.mkdtemp(prefix="gh-", dir=parent))
        self.path = self._short / "h"
        self.path.symlink_to(self.folder.resolve(), target_is_directory=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        subprocess.run(
            ["gpgconf", "--homedir", str(self.path), "--kill", "all"], check=False, capture_output=True
        )
        for socket in self.folder.glob("S.*"):
            with contextlib.suppress(FileNotFoundError):  # the agent removes its own, a moment after
                socket.unlink()
        if self._short is not None:
            with contextlib.suppress(FileNotFoundError):
                self.path.unlink()
            with contextlib.suppress(FileNotFoundError):
                self._short.rmdir()
            self._short = None
