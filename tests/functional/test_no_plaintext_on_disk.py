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
from pathlib import Path

import pytest

from tests.support.counsellor_key import CounsellorKey, tmpfs_folder
from tests.support.marked_upload import DAY, MARK
from tests.support.watched_writes import Watched, read_trace, strace

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder() -> Iterator[Path]:
    made = tmpfs_folder()
    with CounsellorKey(DAY) as key:
        (made / "certificate").write_bytes(key.certificate)
    yield made
    shutil.rmtree(made)


def watch(folder: Path, trace: Path, how: str) -> Watched:
    # Longer than any write of ours, so that strace shows all of what is written.
    watching = strace(trace, 200_000)
    program = [sys.executable, "-B", "-m", "tests.support.marked_upload", str(folder), how]
    environment = {**os.environ, "LC_ALL": "C"}
    subprocess.run([*watching, *program], cwd=ROOT, check=True, timeout=120, env=environment)
    return read_trace(trace, MARK.decode())


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
