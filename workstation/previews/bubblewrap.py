"""Starts bubblewrap so that its end is certain: the first process inside is held before it runs anything."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from workstation.previews.limits import Refusal, Refused
from workstation.previews.walls import NOBODY

_CLEANUP_S = 10.0
_TOLD_MAX = 4_096


@dataclass(frozen=True)
class Started:
    """bubblewrap, and a descriptor of the first process inside."""

    process: subprocess.Popen[bytes]
    first: int

    @property
    def output(self) -> int:
        """The descriptor of what is printed inside."""
        assert self.process.stdout is not None
        return self.process.stdout.fileno()

    def end(self) -> None:
        """Kills everything inside and waits until it is gone."""
        with suppress(OSError):
            signal.pidfd_send_signal(self.first, signal.SIGKILL)
        _end(self.process)
        # The kernel reaps every process of a namespace before its first one counts as ended.
        readable(self.first, _CLEANUP_S)
        os.close(self.first)


def readable(descriptor: int, seconds: float) -> bool:
    """Whether there is something to read, or the process has ended, within this time."""
    waiting = select.poll()
    waiting.register(descriptor, select.POLLIN)
    return bool(waiting.poll(max(0.0, seconds) * 1_000))


def start(
    arguments: Sequence[str],
    environment: dict[str, str] | None,
    stdin: int,
    inherited: Sequence[int],
    seconds: float,
) -> Started:
    """Starts bubblewrap, as nobody when this is root; raises Refused NO_SANDBOX, also after `seconds`."""
    program = shutil.which("bwrap")
    if program is None:
        raise Refused(Refusal.NO_SANDBOX)
    told, telling = os.pipe()
    waiting, go = os.pipe()
    try:
        command = [program, "--info-fd", str(telling), "--block-fd", str(waiting), *arguments]
        try:
            process = _popen(command, environment, stdin, (*inherited, telling, waiting))
        finally:
            os.close(telling)
            os.close(waiting)
        try:
            first = os.pidfd_open(_first_inside(told, seconds))
            os.write(go, b"1")
        except BaseException:
            _end(process)
            raise
    finally:
        os.close(told)
        os.close(go)
    return Started(process, first)


def _first_inside(told: int, seconds: float) -> int:
    """The number of the process, which bubblewrap prints as JSON before it lets it run."""
    text = b""
    while readable(told, seconds) and len(text) < _TOLD_MAX:
        block = os.read(told, _TOLD_MAX)
        text += block
        with suppress(ValueError):
            return int(json.loads(text)["child-pid"])
        if not block:
            break
    raise Refused(Refusal.NO_SANDBOX)


def _popen(
    command: list[str], environment: dict[str, str] | None, stdin: int, inherited: tuple[int, ...]
) -> subprocess.Popen[bytes]:
    as_root = os.geteuid() == 0
    try:
        return subprocess.Popen(
            command,
            env=environment,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=inherited,
            cwd="/",
            start_new_session=True,
            umask=0o077,
            user=NOBODY if as_root else None,
            group=NOBODY if as_root else None,
            extra_groups=[] if as_root else None,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise Refused(Refusal.NO_SANDBOX) from error


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert process.stdout is not None
    process.stdout.close()
