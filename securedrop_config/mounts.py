"""Whether this machine's file systems date what is read; `python -m securedrop_config` says it.

Linux writes down when a file was last read; with `relatime`, at least once a day. So the first run of GnuPG
after a day without one would date a submission, in the inodes of /usr/bin/gpg and of its libraries. The units
let the services see the system read-only, and through a read-only view the kernel dates nothing; `noatime`
holds for what is started by hand, too. The folders that must be gone with the power are looked at as well.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from securedrop_config.model import ServerConfig

MOUNTINFO = Path("/proc/self/mountinfo")
_IN_MEMORY = frozenset({"tmpfs", "ramfs"})
_SYSTEM = ("/usr/lib", "/etc", sys.prefix)


@dataclass(frozen=True)
class Mount:
    """One mounted file system: where, of which type, and the options of this mount."""

    point: Path
    kind: str
    options: frozenset[str]

    @property
    def dates_reading(self) -> bool:
        """True when reading a file here changes what the disk says of it."""
        return self.kind not in _IN_MEMORY and not self.options & {"noatime", "ro"}


def read_mounts(text: str) -> list[Mount]:
    """The mounts in the text of a mountinfo file (proc(5)), in the order in which they were made."""
    found = []
    for line in text.splitlines():
        own, _, source = line.partition(" - ")
        fields = own.split(" ")
        point = re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), fields[4])
        found.append(Mount(Path(point), source.split(" ")[0], frozenset(fields[5].split(","))))
    return found


def mount_of(path: Path, mounts: Iterable[Mount]) -> Mount:
    """The mount that `path` is on, or will be; the newest of several at one place."""
    real = path.resolve()
    above = [mount for mount in mounts if real.is_relative_to(mount.point)]
    longest = max(len(mount.point.parts) for mount in above)
    return [mount for mount in above if len(mount.point.parts) == longest][-1]


def problems(config: ServerConfig, mounts: list[Mount]) -> Iterator[str]:
    """What is to be mended, in plain words, one for each file system and each folder."""
    gpg = shutil.which("gpg") or "/usr/bin/gpg"
    dated: dict[Path, Path] = {}
    for path in (config.mailroom.store, Path(gpg), *map(Path, _SYSTEM)):
        mount = mount_of(path, mounts)
        if mount.dates_reading:
            dated.setdefault(mount.point, path)
    for point, path in dated.items():
        yield (
            f"The file system on {point} writes down when its files are read, {path} among them: "
            "mount it with noatime."
        )
    for folder in (config.mailroom.run, config.source.gnupg):
        if mount_of(folder, mounts).kind not in _IN_MEMORY:
            yield f"{folder} is on a disk: put it on a tmpfs. What is in it must be gone with the power."
