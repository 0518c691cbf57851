"""Experiment 7: what a source sends is on no file of the server in the clear, and takes little memory.

Every write of the site and of GnuPG is watched (strace) while a file of 600 kB, over the size from which
stock form parsers spool, and one of the largest size go through, all of it full of a mark. Afterwards the
mark is looked for in every file of the store and in the logs as well. Memory is that of the site's process,
without GnuPG, from after the login on, so without its key derivation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from demo.acts import draw_codename, report
from tests.metadata.experiment import Experiment, Outcome, Scale
from tests.metadata.line import CHEAP_KIB, Line, answered_line, opened
from tests.support.marked_upload import MARK
from tests.support.memory import Growth, worker
from tests.support.server_processes import Plan, received, wait_until
from tests.support.watched_writes import Watched, read_trace, strace

_MIB = 1_048_576
_MOST_GROWTH = 64 * _MIB
_OVER_SPOOLING = 600_000
_PIECE = MARK * (_MIB // len(MARK))
# What is written to files at all is so little that the beginning of each write is enough to see.
_SHOWN = 64


def _marked(path: Path, size: int) -> Path:
    with path.open("wb") as file:
        for at in range(0, size, len(_PIECE)):
            file.write(_PIECE[: size - at])
    return path


def _send(line: Line, folder: Path, largest: int) -> int:
    """Sends both files; how many bytes the site's process grew by while they came in."""
    person = line.person()
    _, page = draw_codename(person)
    files = [_marked(folder / f"{MARK.decode()}{size}.bin", size) for size in (_OVER_SPOOLING, largest)]
    growth = Growth(worker(line.server.processes.pid("source")))
    page = report(person, page, MARK.decode() * 100, files)
    assert len(received(page)) == 3
    return growth.most()


def _files_with_mark(line: Line) -> Iterator[str]:
    """Names of files of the server that hold the mark."""
    made = line.server
    for path in [*made.store.iterdir(), *(made.folder / "logs").iterdir()]:
        tail = b""
        with path.open("rb") as file:
            while piece := file.read(_MIB):
                if MARK in tail + piece:
                    yield path.name
                    break
                tail = piece[-len(MARK) :]


def _judge(line: Line, watched: Watched, growth: int, largest: int) -> Outcome:
    run, logs = line.server.run, line.server.folder / "logs"
    # Each message has a copy of the public certificate; the log is what the site prints when it starts.
    known = re.compile(rf"{run}/gnupg/g\w+/to|{logs}/source\.log")
    strange = {path for path in watched.files_written if not known.fullmatch(path)}
    marked = len(watched.marks_in_files) + len(list(_files_with_mark(line)))
    seen = watched.marks_in_pipes > (largest // 65_536)
    return Outcome(
        f"600 kB and {largest // _MIB} MiB: {marked} marks in files, {len(strange)} files written besides "
        f"certificates, {len(watched.shared_maps)} files mapped; memory grows by {growth / _MIB:.0f} MiB",
        "no mark, no other file; less than 64 MiB",
        seen and not marked and not strange and not watched.shared_maps and growth < _MOST_GROWTH,
    )


def _watch(line: Line) -> Outcome:
    largest = line.server.office.info.servers[0].site.largest_file
    with TemporaryDirectory() as name:
        folder = Path(name)
        trace = folder / "trace"
        watching = strace(trace, _SHOWN, "-D", "--seccomp-bpf")
        options = ("--kdf-memory-kib", str(CHEAP_KIB), "--answer-after", "0.1")
        with line.site(*options, around=watching) as made:
            arbiter = made.processes.pid("source")
            growth = _send(line, folder, largest)
        ended = re.compile(rf"^{arbiter} +\+\+\+ exited", re.MULTILINE)
        wait_until(lambda: bool(ended.search(trace.read_text(errors="replace"))), "strace has written all")
        return _judge(line, read_trace(trace, MARK.decode()), growth, largest)


def _measure(scale: Scale) -> Outcome:
    """In the full form with the largest file of the largest site."""
    if not scale.full:
        return _at_a_small_site(scale)
    with opened(Plan("large", banks=2)) as line:
        line.make_room()
        return _watch(line)


def _at_a_small_site(_scale: Scale) -> Outcome:
    line = answered_line()
    line.make_room()
    return _watch(line)


EXPERIMENT = Experiment(
    7,
    "Nothing that a source sends reaches a file in the clear, however large it is",
    _measure,
    {"form-parser": _at_a_small_site},
    alone=True,
)
