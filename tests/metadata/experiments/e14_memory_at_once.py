"""Experiment 14: fifty logins at once neither fill the memory nor tell anybody more than "busy".

The key derivation is the real one: 64 MiB each. Whoever is turned away gets one page of one length.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from demo.acts import come_back
from demo.person import Person
from source_interface.permits import Permits
from tests.metadata.experiment import Experiment, Outcome, Scale
from tests.metadata.line import Line, answered_line
from tests.metadata.weighing import Weighed
from tests.support.memory import Growth, worker

_MIB = 1_048_576
_CORES = 2


def _all_at_once(line: Line, many: int) -> list[Weighed]:
    """All of them press the button at the same moment; the answers."""
    weighed: list[Weighed] = []
    together = threading.Barrier(many)

    def one(person: Person) -> None:
        page = person.open("/en/return")
        codename = line.unused()
        together.wait()
        person.press(page, "return-form", {"codename": codename})

    with ThreadPoolExecutor(many) as pool:
        list(pool.map(one, [line.person(weighed.append) for _ in range(many)]))
    return [answer for answer in weighed if answer.request == "POST /en/return"]


def _measure(scale: Scale) -> Outcome:
    line = answered_line()
    many = scale.n(50, 24)
    seats = Permits(_CORES, time.monotonic).seats
    most = (seats + 1) * 64 * _MIB
    with line.site("--cores", str(_CORES)) as made:
        come_back(line.person(), line.unused())
        growth = Growth(worker(made.processes.pid("source")))
        answers = _all_at_once(line, many)
        grown = growth.most()
    busy = {answer.size for answer in answers if answer.status == 503}
    others = {answer.status for answer in answers} - {503}
    away = sum(answer.status == 503 for answer in answers)
    lengths = f"one length ({busy.copy().pop():,} B)" if len(busy) == 1 else f"{len(busy)} lengths"
    return Outcome(
        f"{many} logins at once: {grown / _MIB:.0f} MiB more, {away} are told that it is busy, in {lengths}",
        f"less than 64 MiB x {seats} permits + 64 MiB = {most // _MIB} MiB; the busy page has one length",
        grown < most and len(busy) == 1 and others == {303},
    )


EXPERIMENT = Experiment(
    14,
    "Many logins at once take no more memory than there are permits for",
    _measure,
    {"permits": _measure},
    alone=True,
)
