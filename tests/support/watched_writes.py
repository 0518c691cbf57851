"""Where a program and its children write, as strace saw it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

WRITING = (
    "write,writev,pwrite64,pwritev,pwritev2,sendfile,splice,vmsplice,copy_file_range,"
    "openat,open,creat,memfd_create,mmap"
)
_WRITTEN = re.compile(r"\b(?:p?writev?2?|pwrite64)\(\d+<(?P<target>[^>]*)>")
_OPENED = re.compile(r"\b(?:openat|open|creat)\(.*?\"(?P<path>[^\"]*)\", (?P<flags>[A-Z_|]+)")
_SHARED_WRITABLE = re.compile(r"\bmmap\([^)]*PROT_WRITE[^)]*MAP_SHARED[^)]*<(?P<target>/[^>]*)>")
_NO_FILE = re.compile(r"(?:pipe|socket|anon_inode|TCP|UNIX|UDP)\b|/dev/(?:null|tty|pts/)")


@dataclass
class Watched:
    """How often marked bytes went where, which files were written at all, and how they were opened."""

    marks_in_pipes: int = 0
    marks_in_files: list[str] = field(default_factory=list)
    files_written: set[str] = field(default_factory=set)
    opened_for_writing: set[str] = field(default_factory=set)
    shared_maps: list[str] = field(default_factory=list)


def strace(trace: Path, shown: int, *more: str) -> tuple[str, ...]:
    """What to put before a command; strace shows this many bytes of each write."""
    return ("strace", "-f", "-y", "-q", "-s", str(shown), "-e", f"trace={WRITING}", "-o", str(trace), *more)


def read_trace(trace: Path, mark: str) -> Watched:
    """What is in a trace; `mark` stands all over the plaintext."""
    watched = Watched()
    with trace.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            _sort_in(line, mark, watched)
    return watched


def _sort_in(line: str, mark: str, watched: Watched) -> None:
    if written := _WRITTEN.search(line):
        is_file = not _NO_FILE.match(written["target"])
        if is_file:
            watched.files_written.add(written["target"])
        if mark in line:
            if is_file:
                watched.marks_in_files.append(written["target"])
            else:
                watched.marks_in_pipes += line.count(mark)
    elif opened := _OPENED.search(line):
        if re.search(r"O_WRONLY|O_RDWR|O_CREAT|O_TMPFILE", opened["flags"]):
            watched.opened_for_writing.add(opened["path"])
    elif mapped := _SHARED_WRITABLE.search(line):
        watched.shared_maps.append(mapped["target"])
