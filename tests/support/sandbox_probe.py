"""What a program that has taken over a converter would look for, and what is left of it afterwards."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from workstation.previews.limits import Limits
from workstation.previews.sandbox import Sandbox
from workstation.previews.walls import Isolation

PROBE = rb"""
import ctypes, glob, json, os, socket, sys
folder, port, parent = sys.argv[1:4]
found = []

def reached(name, attempt):
    try:
        if attempt():
            found.append(name)
    except OSError:
        pass

def connect():
    with socket.socket(socket.AF_INET) as made:
        made.settimeout(2)
        made.connect(("127.0.0.1", int(port)))
        return True

def write_outside():
    for place in ("/", "/usr", "/etc", "/dev", "/sluis", "/var/tmp", "/home"):
        with open(place + "/sluis-probe", "w"):
            return True

reached("office", lambda: os.listdir(folder))
reached("parent", lambda: b"python" in open("/proc/" + parent + "/cmdline", "rb").read())
reached("network", connect)
reached("environment", lambda: "SLUIS_PROBE" in os.environ or any(
    b"SLUIS_PROBE" in open(one, "rb").read() for one in glob.glob("/proc/[0-9]*/environ")))
reached("written", write_outside)
reached("home", lambda: os.listdir("/home") or os.listdir("/root"))
reached("namespace", lambda: ctypes.CDLL(None).unshare(0x10000000) == 0)
reached("interfaces", lambda: len(open("/proc/net/dev").read().split("\n")) > 4)
reached("root", lambda: os.getuid() == 0)
reached("descriptors", lambda: any(
    not os.readlink("/proc/self/fd/" + one).startswith(("pipe:", "/dev/null", "/proc/")) for one in
    os.listdir("/proc/self/fd") if os.path.lexists("/proc/self/fd/" + one)))
print(json.dumps(found))
"""


def probe(
    isolation: Isolation | None, folder: Path, listener: socket.socket, parent: int, seconds: float = 20
) -> set[str]:
    """What the probe reaches from a sandbox."""
    port = listener.getsockname()[1]
    command = ["/usr/bin/python3", "-I", "/sluis/probe.py", str(folder), str(port), str(parent)]
    sandbox = Sandbox(Limits(seconds=seconds), isolation)
    with sandbox.running(command, scripts={"probe.py": PROBE}) as blocks:
        return set(json.loads(b"".join(blocks)))


def still_running(mark: str) -> list[str]:
    """The command lines of all processes of this machine that hold `mark`."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            line = path.read_bytes()
            if mark.encode() in line:
                found.append(line.replace(b"\0", b" ").decode("utf-8", "replace"))
    return found


def left_running(mark: str, within_s: float = 5.0) -> list[str]:
    """What of it still runs after a while: a busy kernel takes a moment to bury the dead."""
    end = time.monotonic() + within_s
    while (found := still_running(mark)) and time.monotonic() < end:
        time.sleep(0.01)
    return found


def without(isolation: Sequence[str], left_out: str) -> tuple[str, ...]:
    """The arguments without one."""
    assert left_out in isolation
    return tuple(one for one in isolation if one != left_out)
