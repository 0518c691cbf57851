"""How long the site works for a login before the answer waits for its deadline, one login at a time.

Processor time of the thread that serves: what else the machine does does not disturb it, so that a tenth of a
millisecond shows. The time that the mailroom takes is in what is measured at the socket.
"""

from __future__ import annotations

import gc
import re
import time
from collections.abc import Sequence
from dataclasses import replace

from flask import Flask
from werkzeug.test import Client

from source_interface.context import EXTENSION
from source_interface.deadline import Answer, Deadline

_CIRCUIT = "fc00:dead:beef:4dad::{:x}:{:x}"
_TOKEN = re.compile(r'name="token" value="([^"]+)"')
_WARM_UP = 20


class _Measured(Deadline):
    """A deadline that notes how long the work took, and lets the answer leave at once."""

    def __init__(self) -> None:
        super().__init__(1.0, 10.0, time.thread_time)
        self.taken: list[float] = []

    def start(self) -> Answer:
        return _MeasuredAnswer(self)


class _MeasuredAnswer(Answer):
    def __init__(self, rule: _Measured) -> None:
        super().__init__(rule, time.thread_time, time.sleep)
        self._note = rule.taken.append

    def wait(self) -> None:
        self._note(time.thread_time() - self._started)


def work_of_logins(app: Flask, logins: Sequence[tuple[str, str]]) -> dict[str, list[float]]:
    """Seconds of work of each login, by its kind: the form with the codename, then the mailbox."""
    deadline = _Measured()
    app.extensions[EXTENSION] = replace(app.extensions[EXTENSION], deadline=deadline)
    token = _TOKEN.search(Client(app).get("/en/return").text)
    assert token
    found: dict[str, list[float]] = {kind: [] for kind, _ in logins}
    gc.disable()  # what a collection takes falls on whoever comes by; here it would only be noise
    for number, (kind, codename) in enumerate([*logins[:_WARM_UP], *logins]):
        deadline.taken.clear()
        visitor = Client(app)
        circuit = {"REMOTE_ADDR": _CIRCUIT.format(number >> 16, number & 0xFFFF)}
        form = {"token": token[1], "codename": codename}
        answer = visitor.post("/en/return", data=form, environ_overrides=circuit)
        mailbox = visitor.get(answer.headers["Location"], environ_overrides=circuit)
        assert 'id="replies"' in mailbox.text
        if number >= _WARM_UP:
            found[kind].append(sum(deadline.taken))
        if number % 100 == 0:
            gc.collect()
    return found
