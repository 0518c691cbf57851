"""One tor process of ours: started, watched through its own log, ended with its parent.

A node shares nothing with a tor that the system runs: own data directory, own torrc, no default
torrc, and ports that the kernel chooses (`auto`), which are read back from the log.
"""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from pathlib import Path

TOR = shutil.which("tor") or "/usr/sbin/tor"
POLL_S = 0.05
STOP_DEADLINE_S = 5.0
LISTEN_DEADLINE_S = 20.0
LOG_TAIL_LINES = 12

# The same for every node. The log goes to a file of ours by way of standard output, because tor
# opens its listeners before a log file; what it says once it runs is scrubbed of addresses and of
# times finer than a day.
_OWN_LINES = """\
DataDirectory {data}
Log notice stdout
SafeLogging 1
LogTimeGranularity 86400000
RunAsDaemon 0
ShutdownWaitLength 0
AvoidDiskWrites 1
NumCPUs 1
"""


class TorFailed(Exception):
    """A tor, or a network of them, did not come up; the text ends with the last lines of the log."""


def wait_until(condition: Callable[[], bool], deadline_s: float, what: str) -> None:
    """Poll `condition` until it holds; raise TorFailed naming `what` after `deadline_s` seconds."""
    end = time.monotonic() + deadline_s
    while not condition():
        if time.monotonic() > end:
            raise TorFailed(f"{what}: not within {deadline_s:g} s")
        time.sleep(POLL_S)


class TorNode:
    """A tor process with its data directory; it can be stopped and started again.

    `socks_port` and `control_port` are known once `start` has returned; each start may change them.
    Asking for a port that the torrc does not open raises LookupError. Control is by cookie: the
    file `cookie_file`.
    """

    def __init__(self, name: str, folder: Path, lines: Iterable[str], launcher: Executor) -> None:
        """`folder` becomes the data directory (0700); `launcher` has one thread which outlives the node."""
        self.name = name
        self.data_directory = folder.resolve()
        self.lines = tuple(lines)
        self.process: subprocess.Popen[bytes] | None = None
        self._launcher = launcher
        self._log = self.data_directory / "tor.log"
        self.data_directory.mkdir(mode=0o700, parents=True, exist_ok=True)

    @property
    def socks_port(self) -> int:
        """The port of the SOCKS listener on 127.0.0.1."""
        return self._port("Socks")

    @property
    def control_port(self) -> int:
        """The port of the control listener on 127.0.0.1."""
        return self._port("Control")

    @property
    def cookie_file(self) -> Path:
        """The file whose 32 bytes open the control port; tor writes a new one at each start."""
        return self.data_directory / "control_auth_cookie"

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self.process is not None and self.process.poll() is None

    @property
    def bootstrapped(self) -> bool:
        """Whether tor has said that circuits can be built."""
        return "Bootstrapped 100%" in self._log_text()

    def start(self) -> None:
        """Start tor and wait until its listeners are open; raise TorFailed when it ends instead."""
        if self.running:
            raise TorFailed(f"{self.name} is running already")
        own = _OWN_LINES.format(data=self.data_directory)
        torrc = self.data_directory / "torrc"
        torrc.write_text(own + "\n".join(self.lines) + "\n")
        # In the launcher's thread, which also notes the process: an interrupt here cannot lose it.
        self._launcher.submit(self._spawn, torrc).result()
        # Tor says this once all its listeners are open.
        self.wait_for(lambda: "Bootstrapped 0%" in self._log_text(), LISTEN_DEADLINE_S, "listeners")

    def wait_for(self, condition: Callable[[], bool], deadline_s: float, what: str) -> None:
        """Poll until `condition` holds; raise TorFailed when tor ends first, or at the deadline."""

        def holds_while_alive() -> bool:
            if condition():
                return True
            if not self.running:
                raise TorFailed(f"{self.name} ended\n{self.log_tail()}")
            return False

        try:
            wait_until(holds_while_alive, deadline_s, f"{self.name}: {what}")
        except TorFailed as failure:
            raise TorFailed(f"{failure}\n{self.log_tail()}") from None

    def wait_bootstrapped(self, deadline_s: float = 60.0) -> None:
        """Wait until this tor can build circuits; raise TorFailed at the deadline."""
        self.wait_for(lambda: self.bootstrapped, deadline_s, "bootstrap")

    def reload(self) -> None:
        """SIGHUP: read the torrc again; this also resets the back-off of a failed download."""
        if self.process is not None:
            self.process.send_signal(signal.SIGHUP)

    def stop(self) -> None:
        """End tor and wait for it; the data directory stays."""
        stop_all([self])

    def log_tail(self) -> str:
        """The last lines of what tor wrote."""
        return "\n".join(self._log_text().splitlines()[-LOG_TAIL_LINES:])

    def _spawn(self, torrc: Path) -> None:
        command = ["setpriv", "--pdeathsig", "TERM", "--"]
        command += [TOR, "--defaults-torrc", "/dev/null", "-f", str(torrc)]
        with self._log.open("wb") as log:
            # A session of its own: Ctrl-C reaches the parent only, which then ends tor in order.
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _log_text(self) -> str:
        try:
            return self._log.read_text(errors="replace")
        except FileNotFoundError:
            return ""

    def _port(self, kind: str) -> int:
        opened = rf"Opened {kind} listener connection \(ready\) on 127\.0\.0\.1:(\d+)"
        found = re.search(opened, self._log_text())
        if found is None:
            raise LookupError(f"{self.name} has opened no {kind} port")
        return int(found[1])


def stop_all(nodes: Iterable[TorNode]) -> None:
    """End all nodes at once and wait for them; what ignores SIGTERM is killed, also when interrupted."""
    processes = [node.process for node in nodes if node.process is not None]
    living = [process for process in processes if process.poll() is None]
    for process in living:
        process.terminate()
    end = time.monotonic() + STOP_DEADLINE_S
    try:
        for process in living:
            process.wait(max(0.0, end - time.monotonic()))
    except subprocess.TimeoutExpired:
        pass
    finally:
        for process in living:
            if process.poll() is None:
                process.kill()
                process.wait()
