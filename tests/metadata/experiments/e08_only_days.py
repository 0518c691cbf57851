"""Experiment 8: no time that is written down is finer than a day, and no file's own time tells of a source.

Sources open pages, write, send a file, come back, delete an answer and leave, while the mailroom ticks only
when this experiment says so. Then (a) all files of the server that are not made of seals alone, its logs, the
signed head of an export and every OpenPGP packet in it, decrypted, are searched for clock times; (b) each
file and folder on its disks has the times of a start, an operator's act or a tick: of change, of its inode's
change, and of the last reading. What is in folders in memory (sockets, GnuPG's homes) is gone when the power
is, and left out.

The times of reading of the system's own files (GnuPG, its libraries, Python) are not looked at: here they are
those of the machine on which this runs. That a server does not write them down is assumed of its mounts, and
shown elsewhere: the units see the system read-only and the runbook mounts it with `noatime`, either of which
is enough (tests/unit/test_mounts.py); `python -m securedrop_config` looks on the server.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from demo.acts import come_back, draw_codename, report
from mailroom.disk import Disk
from mailroom.released import FILE as RELEASE_FILE
from mailroom.released import Released
from sluis.bank import BankHeader
from sluis.envelope import EnvelopeReader
from sluis.errors import SluisError
from sluis.export import ExportHeader
from sluis.limits import BANK_PREFIX_SIZE, HEADER_BLOCK_SIZE, SIGNATURE_SIZE
from tests.metadata.clock_times import DAY_S, Window
from tests.metadata.experiment import Experiment, Outcome, Scale
from tests.metadata.line import CHEAP_KIB, Line, answered_line
from tests.metadata.packets import Opened, opened_messages
from tests.support.server_processes import received

_NS = 1_000_000_000
# The kernel dates files by a clock that moves a few hundred times a second.
_COARSE_NS = _NS // 50
_BETWEEN_TICKS_S = 0.5
_SEALS = ("ring-", "scratch")
_CREATED = re.compile(r"\b(?:created|timestamp)[ =](\d+)")


@dataclass
class _Ticks:
    """The ticks of a run, and the moment before which everything was a start or an operator's act."""

    tick: Callable[[], tuple[int, int]]
    begun: int = field(default_factory=time.time_ns)
    spans: list[tuple[int, int]] = field(default_factory=list)

    def until(self, finished: Callable[[], bool]) -> None:
        """Ticks from time to time."""
        pause = threading.Event()
        while not finished():
            self.once()
            pause.wait(_BETWEEN_TICKS_S)

    def once(self) -> None:
        """One tick."""
        self.spans.append(self.tick())

    def allow(self, moment: int) -> bool:
        """Whether a file may have this time."""
        inside = any(first - _COARSE_NS <= moment <= last for first, last in self.spans)
        return moment < self.begun or inside


def _disk(line: Line) -> list[Path]:
    """Every file and folder of the server that is on a disk."""
    made = line.server
    folders = [made.store, made.folder / "logs"]
    beside = [made.config, made.folder / "instance.record", *made.folder.glob(f"{made.accounts.name}*")]
    return [*folders, *beside, *(path for folder in folders for path in folder.iterdir())]


def _one_source(line: Line, file: Path) -> None:
    person = line.person()
    codename, page = draw_codename(person)
    assert len(received(report(person, page, "What I saw", [file]))) == 2
    page = come_back(person, codename)
    person.press(page, "leave-form")


def _delete(line: Line) -> None:
    person = line.person()
    page = come_back(person, line.with_an_answer_to_delete())
    assert person.press(page, page.root.one(".delete-form")).root.all("#deleted")


def _act(line: Line, ticks: _Ticks, sources: int) -> None:
    """Sources do what they do while the mailroom ticks; the last one comes back and leaves between two ticks.

    So the last act of all falls upon no tick: a file tells only of the last time at which it was changed.
    """
    file = line.server.media / "photo.bin"
    file.write_bytes(b"p" * 100_000)
    with ThreadPoolExecutor(4) as pool:
        work = [pool.submit(_one_source, line, file) for _ in range(sources)]
        work.append(pool.submit(_delete, line))
        ticks.until(lambda: all(one.done() for one in work))
    for one in work:
        one.result()
    pause = threading.Event()
    pause.wait(_BETWEEN_TICKS_S)
    person = line.person()
    person.press(come_back(person, line.codenames[1]), "leave-form")
    pause.wait(_BETWEEN_TICKS_S)
    ticks.once()


def _file_times(line: Line, ticks: _Ticks) -> Iterator[str]:
    for path in _disk(line):
        stat = path.stat()
        moments = {"change": stat.st_mtime_ns, "inode": stat.st_ctime_ns}
        if not path.is_dir():  # a folder is read by whoever lists it, and so by this experiment
            moments["reading"] = stat.st_atime_ns
        yield from (f"{name} of {path.name}" for name, moment in moments.items() if not ticks.allow(moment))


def _texts_and_numbers(line: Line, export: Path, window: Window) -> Iterator[str]:
    """Clock times in everything that is not made of seals alone."""
    keys = Released.load(Disk(line.server.store))
    assert keys is not None
    for path in [*_disk(line), export]:
        if path.is_dir() or path.name.startswith(_SEALS):
            continue
        with path.open("rb") as file:
            data = file.read(BANK_PREFIX_SIZE if path == export or path.name.startswith("bank-") else -1)
        if path.name == RELEASE_FILE:
            data = _without(data, keys.epoch_keys)
        elif len(data) == BANK_PREFIX_SIZE:
            data = _without(data, _keys_in_a_bank(data, line.instance_id))
        for found in [*window.numbers(data), *window.texts(data)]:
            yield f"{found} of {path.name}"


def _without(data: bytes, values: Iterable[bytes]) -> bytes:
    """The data without values that are random: among so many bytes some hit a moment by chance."""
    for value in values:
        data = data.replace(value, b"")
    return data


def _keys_in_a_bank(prefix: bytes, instance_id: bytes) -> Iterator[bytes]:
    """The large random values of a bank's two blocks; a bank that was never closed has only the second."""
    with suppress(SluisError):
        yield BankHeader.parse(prefix[HEADER_BLOCK_SIZE:], instance_id).sealed_key
        yield ExportHeader.parse(prefix[:HEADER_BLOCK_SIZE], instance_id).transfer_public


def _keys_in_an_envelope(plaintext: bytes, instance_id: bytes) -> Iterator[bytes]:
    reader = EnvelopeReader(instance_id)
    for _ in reader.feed(plaintext):
        pass
    head = reader.header
    assert head is not None
    yield from (head.thread, head.reply_public, head.sign_public, head.k_tag, head.message_id)
    yield plaintext[-SIGNATURE_SIZE:]


def _packet_times(line: Line, messages: list[Opened], window: Window) -> Iterator[str]:
    for message in messages:
        plaintext = _without(message.plaintext, _keys_in_an_envelope(message.plaintext, line.instance_id))
        created = [int(moment) for moment in _CREATED.findall(message.packets)]
        assert created
        yield from (f"{moment} in a packet" for moment in created if moment % DAY_S)
        yield from (f"{found} in an envelope" for found in window.numbers(plaintext))


def _measure(scale: Scale) -> Outcome:
    line = answered_line()
    line.with_operator()
    line.make_room()
    first = time.time()
    options = ("--kdf-memory-kib", str(CHEAP_KIB), "--answer-after", "0.1")
    with line.ticking_on_demand() as tick, line.site(*options):
        ticks = _Ticks(tick)
        _act(line, ticks, scale.n(50, 4))
        dates = sorted(_file_times(line, ticks))
    with opened_messages() as messages:
        export = line.server.export()
        line.server.take_in(export)
    window = Window(first, time.time())
    written = [*_texts_and_numbers(line, export, window), *_packet_times(line, messages, window)]
    return Outcome(
        f"{len(messages)} messages, {len(_disk(line))} files and folders: {_some(written)} inside; "
        f"{_some(dates)} of files that are no tick's",
        "no clock time inside, no time of a file but of ticks, starts and operators",
        bool(messages) and not written and not dates,
    )


def _some(found: list[str]) -> str:
    return f"{len(found)} times" + (f" ({', '.join(found[:2])})" if found else "")


EXPERIMENT = Experiment(
    8,
    "No time that is written down is finer than a day, and no time of a file is that of a source's act",
    _measure,
    {"gpg-options": _measure, "no-access-log": _measure},
    alone=True,
)
