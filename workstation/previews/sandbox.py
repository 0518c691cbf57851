"""A disposable sandbox around a converter: bubblewrap, limits of its own, and a deadline.

Inside there is a read-only part of /usr, an empty /tmp in memory, and what was handed in; no network, no
other process, no file of this machine's people, no environment, no capability, no way to make a namespace. As
root, the sandbox is started as nobody, so that it is no more than an ordinary user's. Nothing is run when any
of this cannot be had.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

from workstation.previews.bubblewrap import Started, readable, start
from workstation.previews.limits import Limits, Refusal, Refused
from workstation.previews.memory_file import memory_file
from workstation.previews.processes import memory_of
from workstation.previews.walls import SCRIPTS, STARTED, Isolation, limited, walls

_BLOCK = 65_536
_TICK_S = 0.05


def _never() -> bool:
    return False


class Sandbox:
    """Makes sandboxes within `limits`; each lives for one command."""

    def __init__(self, limits: Limits, isolation: Isolation | None = None) -> None:
        self.limits = limits
        self._isolation = isolation or Isolation()

    @contextmanager
    def running(
        self,
        command: Sequence[str],
        *,
        stdin: int = subprocess.DEVNULL,
        scripts: Mapping[str, bytes] | None = None,
        stopped: Callable[[], bool] = _never,
    ) -> Iterator[Iterator[bytes]]:
        """Runs `command` and gives what it prints, in blocks; at the end nothing of it is left.

        `stdin` is a descriptor; each of `scripts` lies under its name in /sluis, read-only. Raises Refused:
        NO_SANDBOX, TOO_LONG, TOO_MUCH_MEMORY, TOO_LARGE (more than `output_bytes`) or STOPPED.
        """
        if self._isolation.call_filter is None:
            raise Refused(Refusal.NO_SANDBOX)
        deadline = time.monotonic() + self.limits.seconds
        with ExitStack() as stack:
            inherited: list[int] = []

            def hand_in(data: bytes) -> str:
                inherited.append(stack.enter_context(memory_file([data], len(data))))
                return str(inherited[-1])

            arguments = walls(self._isolation, self.limits)
            for name, content in (scripts or {}).items():
                arguments += ["--perms", "0444", "--ro-bind-data", hand_in(content), f"{SCRIPTS}/{name}"]
            # The root and /dev are memory without a bound: they are closed for writing last.
            arguments += ["--remount-ro", "/dev", "--remount-ro", "/"]
            if self._isolation.call_filter:
                arguments += ["--seccomp", hand_in(self._isolation.call_filter)]
            # The first process inside is bubblewrap's own, and it keeps what it was started with.
            environment: dict[str, str] | None = {} if self._isolation.environment_cleared else None
            arguments += ["--", *limited(self.limits, command)]
            started = start(arguments, environment, stdin, inherited, self.limits.seconds)
            try:
                yield self._blocks(started, deadline, stopped)
            finally:
                started.end()

    def _blocks(self, started: Started, deadline: float, stopped: Callable[[], bool]) -> Iterator[bytes]:
        head, size, looked = b"", 0, 0.0
        while True:
            ready = readable(started.output, _TICK_S)
            now = time.monotonic()
            if now - looked >= _TICK_S:
                looked = now
                self._look(started.process.pid, stopped)
            if now > deadline:
                raise Refused(Refusal.TOO_LONG)
            if not ready:
                continue
            block = os.read(started.output, _BLOCK)
            if len(head) < len(STARTED):
                head += block
                if not STARTED.startswith(head[: len(STARTED)]) or not block:
                    raise Refused(Refusal.NO_SANDBOX)
                rest = head[len(STARTED) :]
                if not rest:
                    continue
                block = rest
            if not block:
                return
            size += len(block)
            if size > self.limits.output_bytes:
                raise Refused(Refusal.TOO_LARGE)
            yield block

    def _look(self, pid: int, stopped: Callable[[], bool]) -> None:
        if memory_of(pid) > self.limits.memory:
            raise Refused(Refusal.TOO_MUCH_MEMORY)
        if stopped():
            raise Refused(Refusal.STOPPED)
