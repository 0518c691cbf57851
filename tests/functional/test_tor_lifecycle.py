"""However the parent ends, no tor and no file of it is left."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DEADLINE_S = 20

# DisableNetwork: this tor never looks for the network that its default configuration names.
PARENT = """
import pathlib, signal, sys
from demo.signals import exit_on_signals
from demo.tornet import tor_network

with exit_on_signals(), tor_network("real", pathlib.Path(sys.argv[1])) as network:
    node = network.start_client("client", extra_lines=["DisableNetwork 1"], control=False, socks=False)
    print(node.process.pid, flush=True)
    signal.pause()
"""

pytestmark = pytest.mark.tor


@contextmanager
def parent_of_a_tor(folder: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A Python process with one tor, and a file descriptor that becomes readable when that tor has ended."""
    command = [sys.executable, "-c", PARENT, str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        tor = os.pidfd_open(int(parent.stdout.readline()))
        try:
            yield parent, tor
        finally:
            os.close(tor)
            parent.kill()


def has_ended(tor: int) -> bool:
    return bool(select.select([tor], [], [], DEADLINE_S)[0])


@pytest.mark.parametrize(
    ("number", "status"),
    [
        (signal.SIGINT, -signal.SIGINT),
        (signal.SIGTERM, 128 + signal.SIGTERM),
        (signal.SIGHUP, 128 + signal.SIGHUP),
    ],
)
def test_a_signal_to_the_parent_ends_tor_and_removes_its_folder(
    number: signal.Signals, status: int, tmp_path: Path
) -> None:
    with parent_of_a_tor(tmp_path / "tor") as (parent, tor):
        parent.send_signal(number)
        assert parent.wait(DEADLINE_S) == status
        assert has_ended(tor)
    assert not list(tmp_path.iterdir())


def test_a_killed_parent_takes_its_tor_with_it(tmp_path: Path) -> None:
    with parent_of_a_tor(tmp_path / "tor") as (parent, tor):
        parent.kill()
        assert has_ended(tor)
