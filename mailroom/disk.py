"""All writes of the mailroom to files go through this one small class, so that tests can cut the power.

What is assumed of the machine: `fdatasync` and `fsync` return only when the data is on the medium, a rename
within a folder is atomic, and a sector of 512 bytes is written whole or not at all. Nothing is assumed of
writes that were not synced: they may be lost, torn between sectors, and reach the medium in any order.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from threading import Lock

SECTOR = 512
_NEW = ".new"
# Without O_NOATIME a file would keep the time at which somebody's login made us read it.
_FLAGS = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NOATIME


class StoreBusy(Exception):
    """Another process holds this folder; two mailrooms on one store would destroy it."""


class Disk:
    """Files of one folder, by name: positioned reads and writes, and the two composite steps that erase.

    Every method may raise OSError. Methods may be called from several threads.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._handles: dict[str, int] = {}
        self._guard = Lock()
        self._folder_handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)

    def hold(self) -> None:
        """Keeps every other process out of the folder until this one ends; raises StoreBusy."""
        try:
            fcntl.flock(self._folder_handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StoreBusy("another mailroom uses this folder") from error

    def close(self) -> None:
        """Closes all files; the object is of no use afterwards."""
        with self._guard:
            for handle in self._handles.values():
                os.close(handle)
            self._handles.clear()
            os.close(self._folder_handle)

    def _handle(self, name: str) -> int:
        with self._guard:
            handle = self._handles.get(name)
            if handle is None:
                handle = self._handles[name] = os.open(self._folder / name, _FLAGS)
            return handle

    def _forget(self, name: str) -> None:
        with self._guard:
            handle = self._handles.pop(name, None)
            if handle is not None:
                os.close(handle)

    def names(self) -> set[str]:
        """Names of the files that are there."""
        return set(os.listdir(self._folder))

    def size(self, name: str) -> int:
        """Bytes of a file."""
        return os.fstat(self._handle(name)).st_size

    def create(self, name: str) -> None:
        """An empty file that only this user can read, in place of any other of that name."""
        self._forget(name)
        handle = os.open(self._folder / name, _FLAGS | os.O_CREAT | os.O_TRUNC, 0o600)
        with self._guard:
            self._handles[name] = handle

    def read(self, name: str, offset: int, length: int) -> bytes:
        """`length` bytes from `offset`, fewer only at the end of the file."""
        parts = []
        while length:
            part = os.pread(self._handle(name), length, offset)
            if not part:
                break
            parts.append(part)
            offset += len(part)
            length -= len(part)
        return b"".join(parts)

    def write(self, name: str, offset: int, data: bytes) -> None:
        """Writes all of `data` at `offset`; on the medium only after sync()."""
        view = memoryview(data)
        while view:
            count = os.pwrite(self._handle(name), view, offset)
            view = view[count:]
            offset += count

    def sync(self, name: str) -> None:
        """Returns when all that was written to the file is on the medium."""
        os.fdatasync(self._handle(name))

    def rename(self, old: str, new: str) -> None:
        """Puts a file in the place of another; on the medium only after sync_folder()."""
        self._forget(old)
        self._forget(new)
        os.rename(self._folder / old, self._folder / new)

    def unlink(self, name: str) -> None:
        """Removes a file; on the medium only after sync_folder()."""
        self._forget(name)
        os.unlink(self._folder / name)

    def sync_folder(self) -> None:
        """Returns when names that were made, changed or removed are on the medium."""
        os.fsync(self._folder_handle)

    def replace(self, name: str, data: bytes) -> None:
        """The file has either its old content or all of the new one, whenever the power goes."""
        self.create(name + _NEW)
        self.write(name + _NEW, 0, data)
        self.sync(name + _NEW)
        self.rename(name + _NEW, name)
        self.sync_folder()

    def erase(self, name: str) -> None:
        """Overwrites with zeros and removes a file; against flash forensics this promises nothing."""
        self.write(name, 0, bytes(self.size(name)))
        self.sync(name)
        self.unlink(name)
        self.sync_folder()

    def sweep(self) -> None:
        """Erases what an interrupted replace() left behind."""
        for name in self.names():
            if name.endswith(_NEW):
                self.erase(name)
