"""A disk that is really full: a tmpfs with a bound, in a mount namespace that only its own processes see."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

_MOUNT = 'mount -t tmpfs -o "size=$1,mode=700" sluis-test "$2" && echo mounted && exec cat'
_FILLER = "filler"
_CHUNK = 65_536


class SmallDisk:
    """A context around the namespace: its processes see the disk at `place`, a test sees it at `outside`."""

    def __init__(self, place: Path, size: int) -> None:
        """`place` is a folder that does not exist yet; `size` in bytes."""
        self.place = place
        self._size = size

    def __enter__(self) -> Self:
        self.place.mkdir(mode=0o700)
        own_user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
        command = [
            "unshare",
            *own_user,
            "--mount",
            "sh",
            "-c",
            _MOUNT,
            "sh",
            str(self._size),
            str(self.place),
        ]
        self._holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._holder.stdout is not None
        try:
            assert self._holder.stdout.readline() == b"mounted\n"
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def _end(self) -> None:
        self._holder.communicate()  # the end of its input ends it

    @property
    def outside(self) -> Path:
        """The disk as a process outside of the namespace reaches it."""
        return Path(f"/proc/{self._holder.pid}/root{self.place}")

    @property
    def around(self) -> tuple[str, ...]:
        """What to put before a command so that it sees the disk."""
        own_user = () if os.geteuid() == 0 else ("--user", "--preserve-credentials")
        return ("nsenter", f"--target={self._holder.pid}", *own_user, "--mount", "--")

    def resize(self, size: int) -> None:
        """Makes it larger, or smaller down to what is on it."""
        remount = ["mount", "-o", f"remount,size={size}", str(self.place)]
        subprocess.run([*self.around, *remount], check=True)

    def fill(self) -> None:
        """Takes all the room that is left."""
        with (self.outside / _FILLER).open("ab", buffering=0) as file:
            for piece in (_CHUNK, 1):
                try:
                    while file.write(bytes(piece)):
                        continue
                except OSError:
                    continue

    def empty(self) -> None:
        """Gives back what fill() took."""
        (self.outside / _FILLER).unlink()
