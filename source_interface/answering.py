"""Answers that leave at fixed moments (docs/protocol.md, "Pages")."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from math import inf

from flask import Flask, Response, g, request

from sluis.errors import SluisError
from source_interface.context import site
from source_interface.deadline import Answer, Deadline
from source_interface.failures import failed
from source_interface.forms import read_small_form
from source_interface.permits import Busy

View = Callable[[], Response]
PAGE_STEP_S = 0.1
"""Pages without a deadline of their own leave at multiples of this; to make one takes a fifth of it."""


def on_deadline(view: View) -> View:
    """Reads the small form of the request, makes the whole answer, and lets it leave on the deadline."""

    @wraps(view)
    def timed() -> Response:
        read_small_form()
        answer = site().deadline.start()
        try:
            response = view()
        except SluisError as error:
            response = failed(error)
        return leave_in_time(answer, response)

    return timed


def late_but_true(view: View) -> View:
    """As `on_deadline`, but a late answer leaves too: "busy" would say that nothing was done."""

    @wraps(view)
    def timed() -> Response:
        read_small_form()
        answer = site().deadline.start()
        return leave_late(answer, view())

    return timed


def keep_pace(app: Flask, clock: Callable[[], float], sleep: Callable[[float], None]) -> None:
    """Makes every other page leave at fixed moments: one takes longer to make than another."""
    pace = Deadline(PAGE_STEP_S, inf, clock, sleep, step_s=PAGE_STEP_S)

    def start() -> None:
        if request.method == "GET" and request.endpoint != "static":
            g.pace = pace.start()

    def wait(response: Response) -> Response:
        answer: Answer | None = g.pop("pace", None)
        if answer is not None:
            answer.wait()
        return response

    app.before_request(start)
    app.after_request(wait)


def leave_late(answer: Answer, response: Response) -> Response:
    """Waits for the moment at which `response` may leave; too late for it, it leaves all the same."""
    g.pop("pace", None)
    with suppress(Busy):
        answer.wait()
    return response


def leave_in_time(answer: Answer, response: Response) -> Response:
    """Waits for the moment at which `response` may leave; too late for it, the answer is "busy"."""
    g.pop("pace", None)
    try:
        answer.wait()
    except Busy as error:
        return failed(error)
    return response
