"""An executor whose threads serve once: what a request left on its stack goes back to the kernel with it.

C code under Python copies keys to the stack, and a thread that waits for the next request keeps them there.
When a thread ends, glibc keeps its stack for the next one but lets the kernel have its pages, all but the
first 16 KiB (PTHREAD_STACK_MIN, in `advise_stack_range` of nptl). So the work is done deeper down than that.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import ParamSpec, TypeVar

T = TypeVar("T")
P = ParamSpec("P")

_LEVELS = 64
"""Calls through C, each of which takes more than 256 bytes of the stack; from Python to Python takes none."""


class FreshThreads(Executor):
    """At most `most` threads at once; what comes beyond waits for its turn, in order."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._running = 0
        self._waiting: deque[Callable[[], None]] = deque()
        self._lock = threading.Lock()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """As concurrent.futures: the future of `fn(*args, **kwargs)`."""
        future: Future[T] = Future()

        def work() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = fn(*args, **kwargs)
            except BaseException as error:  # noqa: BLE001  # it belongs to whoever asks for the result
                future.set_exception(error)
            else:
                future.set_result(result)

        with self._lock:
            if self._running == self._most:
                self._waiting.append(work)
                return future
            self._running += 1
        if not self._started(work):
            with self._lock:
                self._running -= 1
                if not self._running:
                    raise RuntimeError("no thread can be started")
                self._waiting.append(work)
        return future

    def _started(self, work: Callable[[], None]) -> bool:
        try:
            threading.Thread(target=self._run, args=(work,), name="request").start()
        except RuntimeError:  # the system gives no more threads now
            return False
        return True

    def _run(self, work: Callable[[], None]) -> None:
        while True:
            _deep_down(work, _LEVELS)
            with self._lock:
                if not self._waiting:
                    self._running -= 1
                    return
                work = self._waiting.popleft()
            if self._started(work):
                return


def _deep_down(work: Callable[[], None], levels: int) -> None:
    if levels:
        deque(map(_deep_down, (work,), (levels - 1,)), 0)
    else:
        work()
