"""Tor networks for the demo and the tests: a private one on loopback, or the real one.

`PrivateTorNetwork` runs one directory authority and a few relays as real `tor` processes on
127.0.0.1. Nothing of it is anonymous and nothing of it leaves the machine. `RealTorNetwork` has the
same methods, for a machine with a way to the Internet; `tor_network` chooses by one setting.

The lines of the configuration follow tor(1), "TESTING NETWORK OPTIONS".
"""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from demo.tor_authority import (
    authority_lines,
    directory_authority_line,
    free_ports,
    wait_consensus,
)
from demo.tor_node import TorFailed, TorNode, stop_all, wait_until

Progress = Callable[[str], None]

# The first voting interval of each try. A first consensus misses a relay only on a busy machine; then a new
# network is quicker than the next consensus, and its longer interval gives the relays more time to start.
FIRST_INTERVALS_S = (8, 20, 40)
RELAY_DEADLINE_S = 40.0
RELOAD_EVERY_S = 2.0


class TorNetwork:
    """Tors of ours in one folder. As a context manager it stops them and removes what it made."""

    directory_lines: tuple[str, ...] = ()
    """The torrc lines that join another tor to this network."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.nodes: dict[str, TorNode] = {}
        # The kernel ends a child when the *thread* that forked it ends, so one thread, which lives as
        # long as the network, starts them all. It also ends, and they with it, when the interpreter does.
        self._launcher = ThreadPoolExecutor(max_workers=1, thread_name_prefix="tor-launcher")

    def start(self, progress: Progress) -> None:
        """Bring the network up; `progress` is told each step in plain words."""
        progress("using the real Tor network")

    def start_client(
        self,
        name: str,
        *,
        extra_lines: Sequence[str] = (),
        control: bool = True,
        socks: bool = True,
        client_auth_dir: Path | None = None,
    ) -> TorNode:
        """Start a tor that uses this network, for a visitor or for an onion service.

        `client_auth_dir` is a folder (0700) of `*.auth_private` files. Returns once the listeners
        are open; circuits need `wait_bootstrapped`. Raises TorFailed, ValueError for a name in use.
        """
        # ExtendedErrors: a visitor is told why an onion did not answer, instead of "general failure".
        lines = [
            "ClientOnly 1",
            # On loopback a circuit takes a second. One that got stuck is given up long before whoever waits
            # for it, and not after the minute that suits the world's network.
            "LearnCircuitBuildTimeout 0",
            "CircuitBuildTimeout 15",
            "CookieAuthentication 1",
            f"SocksPort {'127.0.0.1:auto ExtendedErrors' if socks else '0'}",
            f"ControlPort {'127.0.0.1:auto' if control else '0'}",
            *([f"ClientOnionAuthDir {client_auth_dir}"] if client_auth_dir else []),
            *self.directory_lines,
            *extra_lines,
        ]
        node = self._add(name, lines)
        node.start()
        return node

    def wait_bootstrapped(self, node: TorNode, deadline_s: float = 60.0) -> None:
        """Wait until `node` can build circuits; raise TorFailed at the deadline."""
        node.wait_bootstrapped(deadline_s)

    def stop(self) -> None:
        """End every tor of this network and remove their folders; nothing can be started afterwards."""
        try:
            self._clear()
        finally:
            self._launcher.shutdown()
            with contextlib.suppress(OSError):  # it holds something of somebody else, or never was
                self.folder.rmdir()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _add(self, name: str, lines: Sequence[str]) -> TorNode:
        if name in self.nodes:
            raise ValueError(f"a tor called {name} is there already")
        node = TorNode(name, self.folder / name, lines, self._launcher)
        self.nodes[name] = node
        return node

    def _clear(self) -> None:
        try:
            stop_all(self.nodes.values())
        finally:
            for node in self.nodes.values():
                shutil.rmtree(node.data_directory, ignore_errors=True)
            self.nodes.clear()


class RealTorNetwork(TorNetwork):
    """Tors that join the real Tor network; tor knows its directory authorities itself."""


class PrivateTorNetwork(TorNetwork):
    """A whole Tor network on loopback: one authority and `relays` relays (at least four)."""

    def __init__(self, folder: Path, relays: int = 4) -> None:
        if relays < 4:
            raise ValueError("onion services need four relays beside the authority")
        super().__init__(folder)
        self._relays = [f"relay{number}" for number in range(relays)]

    def start(self, progress: Progress) -> None:
        """Bring the network up in about 12 s; raises TorFailed when the third try fails too."""
        for first in FIRST_INTERVALS_S:
            try:
                self._try_start(progress, first)
                return
            except TorFailed:
                self._clear()
                if first == FIRST_INTERVALS_S[-1]:
                    raise
                progress("the private Tor network did not come up: once more")

    def _try_start(self, progress: Progress, first: int) -> None:
        progress("private Tor network: starting its directory authority")
        or_port, dir_port = free_ports(2)
        authority = self._add("authority", ())
        self.directory_lines = (
            "TestingTorNetwork 1",
            directory_authority_line(authority.data_directory, or_port, dir_port),
            # All relays share one address and one bandwidth; this limit is for the real network.
            "PathsNeededToBuildCircuits 0.25",
        )
        authority.lines = (
            *self._relay_lines("authority", str(or_port)),
            *authority_lines(dir_port, first),
        )
        authority.start()

        # The relays after the authority: an upload that fails at first is tried again only much later.
        relays = [self._add(name, self._relay_lines(name, "auto")) for name in self._relays]
        for relay in relays:
            relay.start()
        members = len(relays) + 1
        progress(f"private Tor network: {members} relays wait for their first consensus")
        wait_consensus(authority, dir_port, members, first)
        _wait_relays([authority, *relays])
        progress("private Tor network: up")

    def _relay_lines(self, nickname: str, or_port: str) -> tuple[str, ...]:
        return (
            f"Nickname {nickname}",
            "Address 127.0.0.1",
            f"ORPort 127.0.0.1:{or_port} IPv4Only",
            f"ContactInfo {nickname}@localhost.invalid",
            "AssumeReachable 1",
            "AddressDisableIPv6 1",
            "ExitRelay 0",
            "ExitPolicy reject *:*",
            "SocksPort 0",
            *self.directory_lines,
        )


def tor_network(kind: Literal["private", "real"], folder: Path) -> TorNetwork:
    """The network that the setting names; not started. `folder` is made, and emptied at the end."""
    return PrivateTorNetwork(folder) if kind == "private" else RealTorNetwork(folder)


def _wait_relays(relays: Sequence[TorNode]) -> None:
    """Wait until every relay knows the consensus; those that asked too early are told to ask again."""
    reload_at = time.monotonic()

    def all_up() -> bool:
        nonlocal reload_at
        late = [relay for relay in relays if not relay.bootstrapped]
        if late and time.monotonic() >= reload_at:
            for relay in late:
                relay.reload()
            reload_at = time.monotonic() + RELOAD_EVERY_S
        return not late

    wait_until(all_up, RELAY_DEADLINE_S, "relays")
