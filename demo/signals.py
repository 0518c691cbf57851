"""Ends of a program that arrive as signals, turned into exceptions, so that `with` blocks clean up."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

ENDING = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def exit_on_signals() -> Iterator[None]:
    """Within the block SIGTERM and SIGHUP raise SystemExit(128 + number) in the main thread.

    Only the first does: the clean-up that it starts is not to be broken off by a second.
    """

    def leave(number: int, _: FrameType | None) -> None:
        for ending in ENDING:
            signal.signal(ending, signal.SIG_IGN)
        raise SystemExit(128 + number)

    before = {ending: signal.signal(ending, leave) for ending in ENDING}
    try:
        yield
    finally:
        for ending, handler in before.items():
            signal.signal(ending, handler)
