"""Every write of the site and of GnuPG is watched while a text and 5 MiB of marked plaintext go through.

Experiment 7 of docs/protocol.md, for the way from an open upload to the store: the mark goes through pipes,
and no file on any disk ever gets it.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.counsellor_key import CounsellorKey, tmpfs_folder
from tests.support.marked_upload import DAY, MARK

ROOT = Path(__file__).resolve().parents[2]
_WRITING = (
    "write,writev,pwrite64,pwritev,pwritev2,sendfile,splice,vmsplice,copy_file_range,"
    "openat,open,creat,memfd_create,mmap"
)
_WRITTEN = re.compile(r"\b(?:p?writev?2?|pwrite64)\(\d+<(?P<target>[^>]*)>")
_OPENED = re.compile(r"\b(?:openat|open|creat)\(.*?\"(?P<path>[^\"]*)\", (?P<flags>[A-Z_|]+)")
_SHARED_WRITABLE = re.compile(r"\bmmap\([^)]*PROT_WRITE[^)]*MAP_SHARED[^)]*<(?P<target>/[^>]*)>")
_NO_FILE = re.compile(r"(?:pipe|socket|anon_inode|TCP|UNIX|UDP)\b|/dev/(?:null|tty|pts/)")


@dataclass
class Watched:
    """How often marked bytes went where, and which files were opened for writing."""

    marks_in_pipes: int
    marks_in_files: list[str]
    opened_for_writing: set[str]
    shared_maps: list[str]


@pytest.fixture
def folder() -> Iterator[Path]:
    made = tmpfs_folder()
    with CounsellorKey(DAY) as key:
        (made / "certificate").write_bytes(key.certificate)
    yield made
    shutil.rmtree(made)


def watch(folder: Path, trace: Path, how: str) -> Watched:
    # -s: longer than any write of ours, so that strace shows all of what is written.
    strace = ["strace", "-f", "-y", "-qq", "-s", "200000", "-e", f"trace={_WRITING}", "-o", str(trace)]
    program = [sys.executable, "-B", "-m", "tests.support.marked_upload", str(folder), how]
    subprocess.run([*strace, *program], cwd=ROOT, check=True, timeout=120, env={**os.environ, "LC_ALL": "C"})
    watched = Watched(0, [], set(), [])
    with trace.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            _sort_in(line, watched)
    return watched


def _sort_in(line: str, watched: Watched) -> None:
    if written := _WRITTEN.search(line):
        if MARK.decode() in line:
            if _NO_FILE.match(written["target"]):
                watched.marks_in_pipes += line.count(MARK.decode())
            else:
                watched.marks_in_files.append(written["target"])
    elif opened := _OPENED.search(line):
        if re.search(r"O_WRONLY|O_RDWR|O_CREAT|O_TMPFILE", opened["flags"]):
            watched.opened_for_writing.add(opened["path"])
    elif mapped := _SHARED_WRITABLE.search(line):
        watched.shared_maps.append(mapped["target"])


def test_no_marked_plaintext_reaches_a_file(folder: Path, tmp_path: Path) -> None:
    watched = watch(folder, tmp_path / "trace", "as-shipped")
    assert watched.marks_in_pipes > 100_000, "the trace does not show the upload itself"
    assert watched.marks_in_files == []
    assert watched.shared_maps == []
    # What is opened for writing at all: each stream's copy of the public certificate, and nothing else.
    homes = {path for path in watched.opened_for_writing if re.fullmatch(rf"{folder}/g\w+/to", path)}
    assert len(homes) == 3
    assert watched.opened_for_writing - homes <= {"/dev/null", "/dev/tty"}


def test_a_parser_that_spools_would_be_noticed(folder: Path, tmp_path: Path) -> None:
    watched = watch(folder, tmp_path / "trace", "spooled")
    assert watched.marks_in_files
