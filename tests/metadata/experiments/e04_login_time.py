"""Experiment 4: the time of a login does not tell whether its codename was ever used.

Used is a codename for which 16 answers of the greatest length wait, the most that can be; unused is a fresh
one each time. They come in random order. Twice they are timed: (a) the work until the answer could leave, as
processor time, one login at a time; (b) at the socket, through gunicorn, with many at once, as an attacker
would. In the full form the machine is busy with something else as well.

Key derivation is cheap here: it is the same work for every codename, and would only hide the rest.
"""

from __future__ import annotations

import json
import random
from contextlib import ExitStack
from math import sqrt

import numpy as np

from sluis.limits import MAX_LIVE_ROWS
from tests.metadata.bounds import auc, auc_upper, mean_difference_bound
from tests.metadata.experiment import Experiment, Outcome, Scale, both
from tests.metadata.line import CHEAP_KIB, Line, answered_line
from tests.metadata.logins import Stopwatch, loaded

_MARGIN_S = 0.005
_AUC_FULL = 0.53
# Chance finds more in fewer logins. Both one-sided bounds stand 1.64 errors above what was found, and in the
# fast form 3.75 more are left, so that a false alarm of the whole row is rarer than 1 in 1,000, on a busy
# machine too: 4 bounds, 1 in 5,700 each. The error of an AUC of 0.5 is 1/sqrt(6 n).
_ROOM = 5.4
_HOGS = 2
_CHEAP = ("--kdf-memory-kib", str(CHEAP_KIB))


def _logins(line: Line, each: int) -> list[tuple[str, str]]:
    kinds = ["used", "unused"] * each
    random.shuffle(kinds)
    used = line.codenames[MAX_LIVE_ROWS]
    return [(kind, used if kind == "used" else line.unused()) for kind in kinds]


def _judge(what: str, times: dict[str, list[float]], scale: Scale) -> Outcome:
    used, unused = times["used"], times["unused"]
    margin, most = _MARGIN_S, _AUC_FULL
    if not scale.full:
        error = sqrt(np.var(used, ddof=1) / len(used) + np.var(unused, ddof=1) / len(unused))
        margin, most = max(margin, _ROOM * error), 0.5 + _ROOM / sqrt(6 * len(used))
    difference = mean_difference_bound(used, unused)
    above = auc_upper(used, unused)
    return Outcome(
        f"{what}: {len(used)} each, median {np.median(unused) * 1_000:.1f} ms; means differ by at most "
        f"{difference * 1_000:.2f} ms; AUC {auc(used, unused):.3f}, at most {above:.3f}",
        f"means within {margin * 1_000:.1f} ms, AUC <= {most:.3f}",
        difference <= margin and above <= most,
    )


def _work(scale: Scale, each: int) -> Outcome:
    line = answered_line()
    given = "\n".join(f"{kind} {codename}" for kind, codename in _logins(line, each))
    with ExitStack() as ends:
        if scale.full:
            ends.enter_context(loaded(line.server.processes, _HOGS // 2))
        found = json.loads(line.work(given, *_CHEAP))
    return _judge("work before the deadline", found, scale)


def _socket(scale: Scale, each: int, at_once: int) -> Outcome:
    line = answered_line()
    after = 1.0 if scale.full else 0.4
    # So many seats that nobody is told to come back later: here it is the time that counts.
    with line.site(*_CHEAP, "--answer-after", str(after), "--cores", "32"), ExitStack() as ends:
        token = line.person().open("/en/return").form("return-form").one("input").attributes["value"]
        watch = Stopwatch(line.server.source_socket, token)
        if scale.full:
            ends.enter_context(loaded(line.server.processes, _HOGS))
        found = watch.many(_logins(line, each), at_once, 2 * after)
    return _judge("time at the socket", found, scale)


def _measure(scale: Scale) -> Outcome:
    return both(_work(scale, scale.n(5_000, 300)), _socket(scale, scale.n(5_000, 100), scale.n(64, 12)))


EXPERIMENT = Experiment(
    4,
    "The time of a login does not tell whether its codename was used",
    _measure,
    {
        "dummies": lambda scale: _work(scale, scale.n(1_000, 300)),
        # One at a time, as whoever tells them apart by their time would do it.
        "deadline": lambda scale: _socket(scale, scale.n(1_000, 300), at_once=1),
    },
    alone=True,
)
