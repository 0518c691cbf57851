"""The workstation's folder: what lies where, and one program at a time in it.

`cases.key` (the database's key under the founding passphrase), `people/` (the same key once more for each
person, see badges.py), `cases.db` (SQLCipher), `cases.db-journal` (overwritten after each import, so that no
erased seed stays in it), `vault/` (sealed files), `gnupg/` (the OpenPGP key, under a passphrase kept in the
database), `root.key` (the instance root under a passphrase of its own; to be moved to an offline medium),
`instance.record` (public: the locked pages read from it whether this is for training), `office.lock`,
and, while somebody who searched has the office open, `search.db`, under a key that is on no disk
(casework/search_index.py). With several seats there are `seats.toml` and `erasing.key` (erasing.py) in place
of `cases.db`, and the lock and the search lie on each seat's own disk (seats_file.py).
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from workstation.errors import AlreadyExists, InUse


class Folder:
    """Paths in a workstation folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.key = path / "cases.key"
        self.database = path / "cases.db"
        self.search = path / "search.db"
        self.seats = path / "seats.toml"
        self.erasing = path / "erasing.key"
        self.vault = path / "vault"
        self.gnupg = path / "gnupg"
        self.people = path / "people"
        self.root_key = path / "root.key"
        self.record = path / "instance.record"
        self._lock_path = path / "office.lock"
        self._lock: int | None = None

    def use_scratch(self, scratch: Path) -> None:
        """With several seats the folder is theirs together, and `scratch` the seat's own; raises OSError."""
        scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.search = scratch / self.search.name
        self._lock_path = scratch / self._lock_path.name

    def make(self) -> None:
        """A new folder for this user alone; raises AlreadyExists unless there is none, or an empty one."""
        if self.path.exists() and any(self.path.iterdir()):
            raise AlreadyExists("the workstation folder is not empty")
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path.chmod(0o700)
        self.vault.mkdir(mode=0o700)

    def lock(self) -> None:
        """Raises InUse when another program holds it."""
        descriptor = os.open(self._lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(descriptor)
            raise InUse("another program has this workstation folder open") from error
        self._lock = descriptor

    def unlock(self) -> None:
        """Lets the next program in."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def write_private(path: Path, data: bytes) -> None:
    """A new file (0600), flushed to the disk; raises AlreadyExists."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise AlreadyExists(f"{path.name} is there already") from error
    with open(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
