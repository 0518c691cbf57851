"""When an answer leaves: at fixed moments, so that its time does not tell how much work it took.

An answer to a login leaves `after_s` after the last byte of the request was read, or at the next whole
second after that, at most at `max_s`; then it is the "busy" page (docs/protocol.md, "Pages"). Other pages
have a smaller step (`answering.keep_pace`).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from math import ceil

from source_interface.permits import Busy

_STEP_S = 1.0


class Deadline:
    """The rule; `start()` for each request. `clock` is monotonic, `sleep` waits that many seconds."""

    def __init__(
        self,
        after_s: float,
        max_s: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        *,
        step_s: float = _STEP_S,
    ) -> None:
        self.after_s = after_s
        self.max_s = max_s
        self.step_s = step_s
        self._clock = clock
        self._sleep = sleep

    def start(self) -> Answer:
        """Call it when the last byte of the request was read."""
        return Answer(self, self._clock, self._sleep)


class Answer:
    """One answer that is being made."""

    def __init__(self, rule: Deadline, clock: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._rule = rule
        self._clock = clock
        self._sleep = sleep
        self._started = clock()

    def remaining(self) -> float:
        """Seconds that work may still take before the answer can only be "busy"; never below zero."""
        return max(0.0, self._started + self._rule.max_s - self._clock())

    def moment(self) -> float:
        """The clock's reading at which an answer that is ready now leaves."""
        first = self._started + self._rule.after_s
        late = self._clock() - first
        step = self._rule.step_s
        return first if late <= 0 else first + ceil(late / step) * step

    def wait(self) -> None:
        """Waits until the answer may leave; raises Busy, at such a moment too, when it is too late for it.

        The page must be rendered before, for what is done afterwards shows in the time. Call it again for
        the busy page only if that is slow to make.
        """
        moment = self.moment()
        while (missing := moment - self._clock()) > 0:
            self._sleep(missing)
        if moment > self._started + self._rule.max_s:
            raise Busy("the work took longer than an answer may")
