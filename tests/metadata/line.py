"""A server in use, for experiments at the reporters' site: real processes, sources with and without answers.

Made once for all experiments of a run, since its stores take a while; each measurement starts a site of its
own on it, as it is shipped or broken.
"""

from __future__ import annotations

import atexit
import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from demo.acts import OperatorAtWork, draw_codename, report
from demo.person import Person
from demo.unix_http import circuit_line
from securedrop_config.lexicon import load_lexicon
from sluis.codename import Lexicon
from sluis.limits import MAX_LIVE_ROWS, REPLY_TEXT_MAX, ROWS_PER_THREAD_AND_RELEASE
from tests.metadata.weighing import Weighed, WeighingConnection
from tests.support.server_processes import HOST, ROOT, Plan, Server, server, wait_until
from workstation.records import Message

ANSWERED = (0, 1, 8, MAX_LIVE_ROWS)
"""Each of these numbers of answers waits for a source."""

DELETED = 12
"""As many answers wait for one more source, to be deleted."""

_ALSO_DELETED = 15  # and for another one: each measurement of experiments 6 and 8 deletes an answer

CHEAP_KIB = 1_024
_CHILD = "tests.metadata.source_child"
_MAILROOM = "tests.metadata.mailroom_child"
_LONGEST = "y" * REPLY_TEXT_MAX
_BROKEN: list[str] = []
_ENDS = ExitStack()


class Line:
    """A server whose mailroom runs; `codenames` are those of sources, by the number of their answers."""

    def __init__(self, made: Server) -> None:
        self.server = made
        self.codenames: dict[int, str] = {}
        self._to_delete = (count for count in (_ALSO_DELETED, DELETED) for _ in range(count))
        self._circuits = itertools.count(1 << 16)
        self._operator: OperatorAtWork | None = None

    @property
    def instance_id(self) -> bytes:
        """16 bytes."""
        return bytes.fromhex(self.server.office.info.instance_id)

    def with_operator(self) -> None:
        """From now on the operators' site runs as well, and an operator is signed in."""
        if self._operator is None:
            self.server.begin_journalist()
            self.server.wait_for("journalist")
            self._operator = self.server.add_operator()
            self._operator.sign_in()

    def make_room(self) -> None:
        """An export and a release: what was sent so far leaves the server."""
        self.server.take_in(self.server.export())
        self.server.bring_release()

    @contextmanager
    def ticking_on_demand(self) -> Iterator[Callable[[], tuple[int, int]]]:
        """Meanwhile the mailroom ticks only when the function is called.

        It gives when the tick began and ended, in nanoseconds since 1970.
        """
        made = self.server
        ticks = made.run / "ticks"
        ticks.write_bytes(b"")

        def tick() -> tuple[int, int]:
            before, begun = ticks.stat().st_size, time.time_ns()
            os.kill(made.processes.pid("mailroom"), signal.SIGUSR1)
            wait_until(lambda: ticks.stat().st_size > before, "a tick")
            return begun, time.time_ns()

        made.processes.stop("mailroom")
        options = ("--config", str(made.config), "--banks", str(made.plan.banks), "--ticks", str(ticks))
        made.start("mailroom", _MAILROOM, *options)
        try:
            made.wait_for("mailroom")
            yield tick
        finally:
            made.processes.stop("mailroom")
            made.begin_mailroom()
            made.wait_for("mailroom")

    @contextmanager
    def site(self, *options: str, around: Sequence[str] = ()) -> Iterator[Server]:
        """The reporters' site with these options of source_child; see `broken_site`."""
        made = self.server
        options += tuple(f"--broken={name}" for name in _BROKEN)
        made.start("source", _CHILD, "serve", "--config", str(made.config), *options, around=around)
        try:
            made.wait_for("source")
            yield made
        finally:
            made.processes.stop("source")

    def work(self, given: str, *options: str) -> str:
        """What `source_child work` prints."""
        made = self.server
        options += tuple(f"--broken={name}" for name in _BROKEN)
        command = [sys.executable, "-m", _CHILD, "work", "--config", str(made.config), *options]
        ended = subprocess.run(
            command, input=given, env=made.environment, cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    def person(self, note: Callable[[Weighed], None] = lambda _: None) -> Person:
        """Somebody on a circuit of their own; `note` is told of every answer."""
        path, line = self.server.source_socket, circuit_line(next(self._circuits))
        return Person(HOST, lambda: WeighingConnection(path, proxy_line=line, note=note))

    def with_an_answer_to_delete(self) -> str:
        """The codename of a source with an answer that this caller is to delete; raises StopIteration."""
        return self.codenames[next(self._to_delete)]

    def unused(self) -> str:
        """A codename that nobody ever used."""
        return _lexicon().draw("en")


@cache
def _lexicon() -> Lexicon:
    return load_lexicon(("en",))


def _answer(line: Line) -> None:
    """Sources write, the office answers each as often as it should; all answers are on the server."""
    made = line.server
    with line.site("--kdf-memory-kib", str(CHEAP_KIB)):
        for count in (*ANSWERED, DELETED, _ALSO_DELETED):
            person = line.person()
            line.codenames[count], page = draw_codename(person)
            report(person, page, f"please answer {count}", [])
    made.take_in(made.export())
    for summary in made.office.conversations.all(made.office.actor):
        view = made.office.conversations.view(made.office.actor, summary.thread_id)
        (text,) = [entry.text for entry in view.entries if isinstance(entry, Message)]
        for _ in range(int(text.split()[-1])):
            made.office.answers.approve(
                made.office.actor,
                made.office.answers.draft(made.office.actor, summary.thread_id, _LONGEST, "en"),
            )
    for _ in range(MAX_LIVE_ROWS // ROWS_PER_THREAD_AND_RELEASE):
        made.bring_release()
        made.take_in(made.export())  # without it the office cannot know that the release arrived
    assert made.office.releases.queued() == 0


@contextmanager
def opened(plan: Plan) -> Iterator[Line]:
    """A server with a mailroom and its first release, and nobody's report."""
    with TemporaryDirectory() as folder, server(Path(folder), plan) as made:
        made.make_store()
        made.begin_mailroom()
        made.wait_for("mailroom")
        made.bring_release()
        yield Line(made)


@cache
def answered_line() -> Line:
    """The line that experiments of one process share; it ends with the process."""
    atexit.register(_ENDS.close)
    line = _ENDS.enter_context(opened(Plan(banks=3, answer_after_s=0.1)))
    _answer(line)
    return line


def end_line() -> None:
    """Whoever asks next gets a new line, with answers to delete; this process has used those of the last."""
    _ENDS.close()
    answered_line.cache_clear()


@contextmanager
def broken_site(name: str) -> Iterator[None]:
    """Meanwhile the site of every line is broken in this way, one of variants/site.py."""
    answered_line().with_operator()  # made by the site as it is shipped; now it has accounts as well
    _BROKEN.append(name)
    try:
        yield
    finally:
        _BROKEN.remove(name)
