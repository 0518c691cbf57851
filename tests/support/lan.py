"""Machines on a LAN of their own: network namespaces that hang on one bridge, with nothing else in them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

SUBNET = "10.20.0.0/24"
DATABASE = "10.20.0.2"
INTERFACE = "lan0"
# Without IPv6, which gives every interface an address; and with no resolver, whatever this machine has.
_ALONE = """
echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6
ip link set lo up
mount --bind "$1" "$(readlink -f /etc/resolv.conf)"
echo ready
exec cat
"""


class Machine:
    """One namespace; `run` and `popen` start programs in it."""

    def __init__(self, pid: int) -> None:
        self._enter = ["nsenter", f"--target={pid}", "--net", "--mount", f"--wd={os.getcwd()}"]
        if os.getuid():
            self._enter += ["--user", "--preserve-credentials"]
        self.pid = pid

    def command(self, *arguments: object) -> list[str]:
        """How to start it from outside."""
        return [*self._enter, "--", *map(str, arguments)]

    def run(self, *arguments: object, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Runs it to its end."""
        done = subprocess.run(
            self.command(*arguments), capture_output=True, text=True, check=False, timeout=60
        )
        assert not check or done.returncode == 0, done.stderr
        return done

    def ip(self, line: str) -> None:
        """`ip` with these arguments."""
        self.run("ip", *line.split())


class Lan:
    """`database` and `seats`: each has one interface, one address, and one route."""

    def __init__(self, switch: Machine, database: Machine, seats: tuple[Machine, ...]) -> None:
        self.switch, self.database, self.seats = switch, database, seats
        switch.ip("link add bridge type bridge")
        switch.ip("link set bridge up")
        self._plug(database, 0, DATABASE)
        for number, seat in enumerate(seats, 1):
            self._plug(seat, number, f"10.20.0.{10 + number}")
            seat.ip(f"route add {DATABASE}/32 dev {INTERFACE} scope link")
            database.ip(f"route add 10.20.0.{10 + number}/32 dev {INTERFACE} scope link")

    def _plug(self, machine: Machine, number: int, address: str) -> None:
        self.switch.ip(f"link add port{number} type veth peer name {INTERFACE} netns {machine.pid}")
        self.switch.ip(f"link set port{number} master bridge")
        self.switch.ip(f"link set port{number} up")
        machine.ip(f"addr add {address}/32 dev {INTERFACE}")
        machine.ip(f"link set {INTERFACE} up")

    def pull(self, number: int, *, out: bool = True) -> None:
        """Pulls the cable of a seat (1, 2, ...) at the switch, or puts it in again."""
        self.switch.ip(f"link set port{number} {'down' if out else 'up'}")


@contextmanager
def lan(folder: Path, seats: int = 2) -> Iterator[Lan]:
    """A switch, the machine of the database, and so many seats."""
    (folder / "resolv.conf").write_bytes(b"")
    with ExitStack() as ends:
        first = ends.enter_context(_machine(folder, None))
        others = [ends.enter_context(_machine(folder, first)) for _ in range(seats + 1)]
        yield Lan(first, others[0], tuple(others[1:]))


@contextmanager
def _machine(folder: Path, beside: Machine | None) -> Iterator[Machine]:
    """A namespace; under the same user namespace as `beside`, where one is needed at all."""
    apart = ["unshare", "--net", "--mount"]
    if beside is None and os.getuid():
        apart += ["--user", "--map-root-user"]
    command = [*apart, "--", "sh", "-ec", _ALONE, "sh", str(folder / "resolv.conf")]
    if beside is not None and os.getuid():
        command = beside.command(*command)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        try:
            yield Machine(process.pid)
        finally:
            process.stdin.close()  # it ends by itself
