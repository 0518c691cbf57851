"""A packet for an organisation: the sheet and files in one tar that tells nothing of its making (pure)."""

from __future__ import annotations

import io
import re
import tarfile
from collections.abc import Mapping
from pathlib import PurePosixPath

SHEET = "notes.pdf"
_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}\Z")


def name_of(number: int, source_name: str) -> str:
    """What the file `number` (from 1) is called: what the source called it can tell who that is."""
    suffix = PurePosixPath(source_name.replace("\\", "/")).suffix.lower()
    return f"file-{number:02d}{suffix if _SUFFIX.match(suffix) else ''}"


def pack(files: Mapping[str, bytes]) -> bytes:
    """A tar (POSIX.1-1988 ustar): sorted names, no owner, no time, nothing else."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name in sorted(files):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime, entry.mode = len(files[name]), 0, 0o644
            tar.addfile(entry, io.BytesIO(files[name]))
    return made.getvalue()
