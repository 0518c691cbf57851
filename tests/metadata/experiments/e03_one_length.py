"""Experiment 3: whoever counts bytes between tor and the site can not tell what a codename leads to.

Every byte of every answer counts, status and headers too. Codenames that were never used, and those with 0,
1, 8 and 16 answers of the greatest length, log in in random order. A mistyped codename, a page that is not
there, a form that is too old and a site that is busy give pages of the one size of error pages.
"""

from __future__ import annotations

import random
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor

from demo.acts import answers, come_back
from demo.person import Person
from tests.metadata.experiment import Experiment, Outcome, Scale
from tests.metadata.line import ANSWERED, CHEAP_KIB, Line, answered_line
from tests.metadata.weighing import Weighed

_AT_ONCE = 24
# A derivation of some tenths of a second, so that those who come at the same time meet a full queue.
_SLOW_KIB = 262_144


def _logins(line: Line, rounds: int, sizes: dict[str, set[int]]) -> int:
    """Every kind of codename logs in `rounds` times; gives the number of logins."""
    kinds = [-1, *ANSWERED] * rounds
    random.shuffle(kinds)
    for kind in kinds:
        weighed: list[Weighed] = []
        page = come_back(line.person(weighed.append), line.unused() if kind < 0 else line.codenames[kind])
        assert len(answers(page)) == max(kind, 0)
        for one in weighed:
            sizes[one.request].add(one.size)
    return len(kinds)


def _errors(line: Line, sizes: dict[str, set[int]]) -> None:
    """Mistakes of one visitor: each of them ends in a plain page."""
    weighed: list[Weighed] = []
    person = line.person(weighed.append)
    page = person.open("/en/return")
    person.press(page, "return-form", {"codename": "no codename at all"})
    person.press(page, "return-form", {"codename": "", "token": "old"})
    person.open("/en/no-such-page")
    person.open("/en/delete")
    person.open("/en/mailbox")
    assert {one.status for one in weighed} == {200, 404, 405}
    sizes["an error"] |= {one.size for one in weighed}


def _busy(line: Line, sizes: dict[str, set[int]]) -> int:
    """Many at once; gives how many were told that the site is busy."""
    weighed: list[Weighed] = []

    def one(person: Person) -> None:
        page = person.open("/en/return")
        person.press(page, "return-form", {"codename": line.unused()})

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(one, [line.person(weighed.append) for _ in range(_AT_ONCE)]))
    busy = [answer.size for answer in weighed if answer.status == 503]
    sizes["an error"] |= set(busy)
    return len(busy)


def _measure(scale: Scale) -> Outcome:
    line = answered_line()
    sizes: dict[str, set[int]] = defaultdict(set)
    with line.site("--kdf-memory-kib", str(CHEAP_KIB), "--answer-after", "0.1"):
        logins = _logins(line, scale.n(50, 3), sizes)
        _errors(line, sizes)
    with line.site("--kdf-memory-kib", str(_SLOW_KIB), "--answer-after", "0.1"):
        busy = _busy(line, sizes)
    lengths = {name: sorted(found) for name, found in sizes.items()}
    shown = ", ".join(
        f"{name}: {found[0]} B" if len(found) == 1 else f"{name}: {len(found)} lengths"
        for name, found in sorted(lengths.items())
    )
    return Outcome(
        f"{logins} logins, {busy} times busy; {shown}",
        "one length for each action, one for all pages of mistakes and of a busy site",
        busy > 0 and all(len(found) == 1 for found in lengths.values()),
    )


EXPERIMENT = Experiment(
    3,
    "The number of bytes on the socket does not tell whether a codename was used, nor how many answers wait",
    _measure,
    {"no-compression": _measure},
    alone=True,
)
