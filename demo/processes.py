"""The demo's own processes: each under its own user and session, ended by pid, dead with its parent."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)  # loaded before any fork
STOP_DEADLINE_S = 20.0
LOG_TAIL_LINES = 15


class ProcessFailed(Exception):
    """A part of the demo ended or did not come up; the text ends with the last lines of its log."""


@dataclass(frozen=True)
class Account:
    """The numeric user and groups of one process; no account of that number needs to exist."""

    uid: int
    gid: int
    groups: tuple[int, ...] = ()


def _die_with_parent() -> None:
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class Processes:
    """Starts processes and ends all of them, last started first; use as a context manager."""

    def __init__(self, logs: Path) -> None:
        """`logs` is a folder that exists; each process writes what it prints to `logs/<name>.log`."""
        self._logs = logs
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(
        self,
        name: str,
        command: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        account: Account | None = None,
        folder: Path | None = None,
    ) -> subprocess.Popen[bytes]:
        """Starts one process, as another user when `account` is given (root only)."""
        with (self._logs / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=dict(environment) if environment is not None else None,
                cwd=folder,
                start_new_session=True,
                preexec_fn=_die_with_parent,
                umask=0o077,
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=account.groups if account else None,
            )
        self._running[name] = process
        return process

    def wait_for(self, name: str, ready: Callable[[], bool], deadline_s: float = 60.0) -> None:
        """Polls until `ready`; raises ProcessFailed when the process ends first, or at the deadline."""
        end = time.monotonic() + deadline_s
        while not ready():
            if self._running[name].poll() is not None:
                raise ProcessFailed(f"{name} ended\n{self.tail(name)}")
            if time.monotonic() > end:
                raise ProcessFailed(f"{name} was not ready within {deadline_s:g} s\n{self.tail(name)}")
            time.sleep(0.05)

    def finish(self, name: str, deadline_s: float = 300.0) -> None:
        """Waits for a process that ends by itself; raises ProcessFailed unless it ends well, and in time."""
        process = self._running.pop(name)
        try:
            status = process.wait(deadline_s)
        except subprocess.TimeoutExpired:
            process.kill()
            status = process.wait()
        if status != 0:
            raise ProcessFailed(f"{name} failed\n{self.tail(name)}")

    def check(self) -> None:
        """Raises ProcessFailed when one of the processes has ended by itself."""
        for name, process in self._running.items():
            if process.poll() is not None:
                raise ProcessFailed(f"{name} ended\n{self.tail(name)}")

    def pid(self, name: str) -> int:
        """The process id of a running part."""
        return self._running[name].pid

    def kill(self, name: str) -> None:
        """Ends one process and its children at once (SIGKILL), as a power cut would."""
        process = self._running.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self, name: str) -> None:
        """Ends one process: SIGTERM, and SIGKILL to its session when that takes too long."""
        process = self._running.pop(name)
        process.terminate()
        try:
            process.wait(STOP_DEADLINE_S)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def tail(self, name: str) -> str:
        """The last lines that the process printed."""
        text = (self._logs / f"{name}.log").read_text("utf-8", "replace")
        return "\n".join(text.splitlines()[-LOG_TAIL_LINES:])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for name in reversed(list(self._running)):
            self.stop(name)
