"""The medium that carries exports here and releases back: a folder where it is mounted."""

from __future__ import annotations

import errno
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from sluis.errors import SluisError
from workstation.errors import DiskFull

EXPORT = re.compile(r"export-.{1,60}\.sluis")
DIRECTORY = re.compile(r"directory-.{1,40}\.sluis")
_READ_ONLY = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class MediumGone(SluisError):
    """The medium cannot be read or written any more: pulled out, or broken."""

    code = "medium-gone"


class MediumReadOnly(SluisError):
    """The medium, or a file on it, may not be read or written by this user."""

    code = "medium-read-only"


def error_of(error: OSError) -> SluisError:
    """What an error of the operating system means to somebody with a medium in the hand."""
    if error.errno in _FULL:
        return DiskFull("no room")
    return MediumReadOnly("not allowed") if error.errno in _READ_ONLY else MediumGone("cannot be read")


@dataclass(frozen=True)
class FoundExport:
    """A file that is named like an export: `name` is relative to the media folder, `size` in bytes."""

    name: str
    path: Path
    size: int


def folders(media: Path) -> tuple[Path, ...]:
    """The media folder itself, and the folders in it that can be looked into; raises MediumGone."""
    try:
        inside = [Path(entry.path) for entry in os.scandir(media) if entry.is_dir(follow_symlinks=False)]
    except OSError as error:
        raise MediumGone("there is no such folder") from error
    return (media, *sorted(one for one in inside if not one.name.startswith(".") and _readable(one.name)))


def folder_choices(media: Path) -> list[tuple[str, str]]:
    """(name in a form, path) of each folder that can be written to; raises MediumGone."""
    return [("" if one == media else one.name, str(one)) for one in folders(media)]


def chosen_folder(media: Path, name: str) -> Path:
    """The folder with this name as the list has it, so that no path can lead elsewhere; raises MediumGone."""
    for folder in folders(media):
        if name == ("" if folder == media else folder.name):
            return folder
    raise MediumGone("the folder is no longer there")


def find_exports(media: Path, named: re.Pattern[str] = EXPORT) -> tuple[FoundExport, ...]:
    """The exports on all media, or what else is `named` like that, by number, lowest first.

    Raises MediumGone when there is no media folder.
    """
    found = []
    for folder in folders(media):
        try:
            entries = list(os.scandir(folder))
        except OSError:
            continue  # a medium that is just being pulled out; its files are not offered
        for entry in entries:
            size = _regular_size(entry)
            if size is not None and named.fullmatch(entry.name) and _readable(entry.name):
                path = Path(entry.path)
                found.append(FoundExport(path.relative_to(media).as_posix(), path, size))
    return tuple(sorted(found, key=_order))


def find_export(media: Path, name: str, named: re.Pattern[str] = EXPORT) -> FoundExport:
    """The file of this name as the list has it, so that no path can lead elsewhere; raises MediumGone."""
    for found in find_exports(media, named):
        if found.name == name:
            return found
    raise MediumGone("the file is no longer there")


def _regular_size(entry: os.DirEntry[str]) -> int | None:
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError:
        return None
    return status.st_size if stat.S_ISREG(status.st_mode) else None


def _readable(name: str) -> bool:
    return name.isprintable() and name.encode("utf-8", "replace").decode() == name


def _order(found: FoundExport) -> tuple[str, int, str]:
    numbers = re.findall(r"[0-9]{1,18}", found.path.stem)
    return str(found.path.parent), int(numbers[-1]) if numbers else 0, found.name
