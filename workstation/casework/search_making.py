"""The index of the search is made beside the pages: some cases at a time, until it has all of them."""

from __future__ import annotations

import threading
from collections.abc import Callable

# Between two steps whoever waits for the office has it; without a pause the same thread would take it again.
_PAUSE_S = 0.02


class Making:
    """A thread that asks for one step after the other until there is none left.

    A step gives (cases done, cases in all). What goes wrong ends it and is not told here: the next search
    does the rest itself, and meets the same.
    """

    def __init__(self, step: Callable[[], tuple[int, int]]) -> None:
        self._step = step
        self._stopped = threading.Event()
        self.ended = threading.Event()
        self.done = self.total = 0
        threading.Thread(target=self._run, name="search-index", daemon=True).start()

    def stop(self) -> None:
        """No further step begins; the one that is running is not waited for."""
        self._stopped.set()

    def _run(self) -> None:
        try:
            while not self._stopped.is_set():
                self.done, self.total = self._step()
                if self.done >= self.total:
                    return
                self._stopped.wait(_PAUSE_S)
        except Exception:  # noqa: BLE001, S110 - the search that follows says what it is
            pass
        finally:
            self.ended.set()
