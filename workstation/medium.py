"""Writes to a medium that leaves the room: whole, flushed, read back, with no clock time."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from sluis.primitives import sha256
from workstation.errors import AlreadyExists, MediumMismatch

_DAY = 86_400


def write_checked(folder: Path, name: str, data: bytes, today: int) -> Path:
    """Writes `name` into `folder`; returns only after what the medium gives back is what was written.

    The very same file already there is left as it is. Raises AlreadyExists for another one,
    MediumMismatch, OSError.
    """
    path = folder / name
    expected = sha256(data)
    if path.exists():
        if sha256(path.read_bytes()) != expected:
            raise AlreadyExists(f"{name} is there already, with another content")
        return path
    part = folder / (name + ".part")
    try:
        with open(part, "wb") as file:
            file.write(data)
            file.flush()
            # File times on the medium tell the day, no more.
            os.utime(file.fileno(), (today * _DAY, today * _DAY))
            os.fsync(file.fileno())
            # Without this the page cache would be read back, not the medium.
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        if sha256(part.read_bytes()) != expected:
            raise MediumMismatch("the medium gives back another content than was written")
        part.rename(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    _sync_folder(folder)
    return path


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def save_stream(path: Path, chunks: Iterable[bytes]) -> Path:
    """Writes a new file (0600) from chunks; nothing remains when they fail. Raises AlreadyExists, OSError."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise AlreadyExists(f"{path.name} is there already") from error
    try:
        with open(descriptor, "wb") as file:
            for chunk in chunks:
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path
