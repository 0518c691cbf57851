"""All processes die at random moments while sources write; what was called received is never lost."""

import hashlib
import http.client
import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from demo.acts import ActFailed, come_back, draw_codename, report
from demo.person import Page
from tests.support.server_processes import AT_ONCE, DEADLINE_S, Server, messages, received, server, wait_until

_SEED = 1_953
_REPORTS = 52
_PARTS = ("mailroom", "source", "journalist")
# True: the power goes, and the run folder with it. False: the processes die, and the run folder stays.
_KILLS = [True, False] * 4
_BROKEN = (OSError, http.client.HTTPException, ActFailed, LookupError)

pytestmark = pytest.mark.slow


@dataclass
class Work:
    """What the sources have done so far; `up` is set while the server is, as far as the test knows."""

    folder: Path
    up: threading.Event = field(default_factory=threading.Event)
    begun: int = 0
    broken: int = 0
    received: dict[str, str] = field(default_factory=dict)  # text to SHA-256 of its file, "" without one
    lock: threading.Lock = field(default_factory=threading.Lock)


class Source:
    """Writes its reports one after the other, each again until a page calls it received."""

    def __init__(self, site: Server, work: Work, number: int) -> None:
        self._site = site
        self._work = work
        self._number = number
        self._random = random.Random(_SEED + number)
        self._codename = ""

    def run(self) -> None:
        """All reports of this source."""
        for count in range(_REPORTS // AT_ONCE):
            text = f"report {count} of source {self._number}\n" + "word " * self._random.randrange(4_000)
            file = self._file(count) if count % 3 == 2 else None
            with self._work.lock:
                self._work.begun += 1
            while not self._try(text, file):
                self._work.broken += 1
                assert self._work.up.wait(DEADLINE_S)
            digest = hashlib.sha256(file.read_bytes()).hexdigest() if file else ""
            with self._work.lock:
                self._work.received[text] = digest

    def _file(self, count: int) -> Path:
        path = self._work.folder / f"file-{self._number}-{count}.bin"
        path.write_bytes(self._random.randbytes(self._random.randrange(3_000_000)))
        return path

    def _try(self, text: str, file: Path | None) -> bool:
        try:
            visitor = self._site.visitor()
            if self._codename:
                come_back(visitor, self._codename)
                page = visitor.open("/en/write")
            else:
                self._codename, page = draw_codename(visitor)
            page = report(visitor, page, text, [file] if file else [])
            return self._is_received(page, file)
        except _BROKEN:
            return False

    @staticmethod
    def _is_received(page: Page, file: Path | None) -> bool:
        told = [entry.split(" ✓")[0] for entry in received(page)]
        return told == ["Your text", *([file.name] if file else [])]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Server]:
    with server(tmp_path) as made:
        made.open(journalist=True)
        yield made


def kill_and_start(site: Server, work: Work, *, power_off: bool) -> None:
    work.up.clear()
    for part in _PARTS:
        site.processes.kill(part)
    if power_off:
        site.forget_run_folders()
    site.begin_mailroom()
    site.begin_source()
    site.begin_journalist()
    site.wait_for(*_PARTS)
    work.up.set()


def test_every_report_that_was_called_received_arrives(site: Server, tmp_path: Path) -> None:
    chance = random.Random(_SEED)
    work = Work(tmp_path)
    work.up.set()
    idle = threading.Event()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        sources = [pool.submit(Source(site, work, number).run) for number in range(AT_ONCE)]
        for turn, power_off in enumerate(_KILLS):
            enough = 1 + turn * (_REPORTS - AT_ONCE) // len(_KILLS)
            wait_until(lambda enough=enough: work.begun >= enough, "more reports are being written")
            idle.wait(chance.uniform(0.0, 0.7))
            kill_and_start(site, work, power_off=power_off)
        for one in sources:
            one.result(DEADLINE_S)
    assert work.broken >= len(_KILLS), "the moments were all between two reports"
    assert len(work.received) == _REPORTS

    site.operator.make_export()
    closed = site.operator.status().closed
    assert len(closed) == 1 + sum(_KILLS)
    for bank in closed:
        taken_in = site.take_in(site.fetch(bank.serial))
        assert (taken_in.state, taken_in.missing_serials, taken_in.damaged_slots) == ("taken-in", (), ())
        assert {refusal.code for refusal in taken_in.refused} <= {"incomplete-set"}
    arrived = {
        (message.text, file.sha256 if file else "")
        for message in messages(site.office)
        for file in message.files or (None,)
    }
    assert set(work.received.items()) <= arrived
