"""Experiment 6: nothing that a source does changes the SQL database of the server by one byte.

It holds the operators' accounts. Both sites run, an operator is signed in; sources open pages, draw
codenames, write, send files, come back, delete answers and leave. Bytes, time of change and place of the
database are compared, and whether a journal of it lies beside it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory

from demo.acts import come_back, draw_codename, report
from demo.person import Person
from tests.metadata.experiment import Experiment, Outcome, Scale
from tests.metadata.line import CHEAP_KIB, Line, answered_line
from tests.metadata.weighing import Weighed
from tests.support.server_processes import AT_ONCE, received

_ACTIONS_OF_ONE = 11


def _state(database: Path) -> dict[str, tuple[str, int, int]]:
    """Hash, time of change and inode of the database and of whatever lies beside it."""
    found = {}
    for path in sorted(database.parent.glob(f"{database.name}*")):
        stat = path.stat()
        found[path.name] = (hashlib.sha256(path.read_bytes()).hexdigest(), stat.st_mtime_ns, stat.st_ino)
    return found


def _one_source(person: Person, files: Sequence[Path]) -> None:
    """Eleven requests of somebody who writes, comes back, and leaves."""
    codename, page = draw_codename(person)
    assert len(received(report(person, page, "What I saw", files))) == 1 + len(files)
    page = come_back(person, codename)
    person.press(page, "leave-form")


def _delete(line: Line, person: Person) -> None:
    page = come_back(person, line.with_an_answer_to_delete())
    page = person.press(page, page.root.one(".delete-form"))
    assert page.root.all("#deleted")


def _measure(scale: Scale) -> Outcome:
    line = answered_line()
    line.with_operator()
    line.make_room()
    weighed: list[Weighed] = []
    with (
        TemporaryDirectory() as folder,
        line.site("--kdf-memory-kib", str(CHEAP_KIB), "--answer-after", "0.05"),
    ):
        file = Path(folder, "photo.bin")
        file.write_bytes(b"p" * 100_000)
        before = _state(line.server.accounts)
        people = [line.person(weighed.append) for _ in range(scale.n(1_000, 60) // _ACTIONS_OF_ONE + 1)]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            # Every second one sends a file: as many as the site takes in at once.
            list(pool.map(_one_source, people, cycle(([file], []))))
        _delete(line, line.person(weighed.append))
        after = _state(line.server.accounts)
    return Outcome(
        f"{len(weighed)} actions of sources: the database is {'as it was' if after == before else 'another'}",
        "the same bytes, times and files",
        after == before,
    )


EXPERIMENT = Experiment(
    6,
    "Nothing that a source does changes the SQL database",
    _measure,
    {"accounts-apart": _measure},
    alone=True,
)
