"""The sandbox of previews: what a hostile program inside finds, does and leaves behind."""

import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.sandbox_probe import probe, still_running, without
from workstation.previews.limits import MIB, Limits, Refusal, Refused
from workstation.previews.memory_file import memory_file
from workstation.previews.sandbox import Sandbox
from workstation.previews.seccomp import filter_program
from workstation.previews.walls import NAMESPACES, Isolation

DEADLINE_S = 1.0
# How long after its deadline a machine that is busy with other tests may need to kill everything.
GRACE_S = 8.0
SMALL = Limits(
    seconds=DEADLINE_S,
    memory=192 * MIB,
    address_space=512 * MIB,
    tmp_bytes=8 * MIB,
    file_bytes=4 * MIB,
    output_bytes=4 * MIB,
    processes=24,
)


ROOT = Path(__file__).resolve().parents[2]
_START = """
import sys
from workstation.previews.limits import Limits
from workstation.previews.sandbox import Sandbox
command = ["/usr/bin/python3", "-c", "import time; print('inside', flush=True); time.sleep(600)", sys.argv[1]]
with Sandbox(Limits(seconds=600)).running(command) as blocks:
    for block in blocks:
        print(block.decode(), end="", flush=True)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    # Not pytest's own, into which nobody but its user may look: here only the sandbox may stand in between.
    made = Path(tempfile.mkdtemp(prefix="office-", dir="/var/tmp"))
    made.chmod(0o755)
    (made / "cases.db").write_text("secret", "ascii")
    yield made
    shutil.rmtree(made)


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as made:
        yield made


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLUIS_PROBE", "secret")


def test_a_probe_finds_nothing(folder: Path, listener: socket.socket) -> None:
    assert probe(None, folder, listener, os.getpid()) == set()


@pytest.mark.parametrize(
    ("broken", "found"),
    [
        (Isolation(namespaces=without(NAMESPACES, "--unshare-net"), call_filter=b""), {"network"}),
        (Isolation(namespaces=without(NAMESPACES, "--unshare-pid")), {"parent"}),
        (Isolation(environment_cleared=False), {"environment"}),
        (Isolation(namespaces=without(NAMESPACES, "--disable-userns"), call_filter=b""), {"namespace"}),
    ],
    ids=["network", "processes", "environment", "namespaces"],
)
def test_each_wall_that_is_left_out_is_missed(
    folder: Path, listener: socket.socket, broken: Isolation, found: set[str]
) -> None:
    assert found <= probe(broken, folder, listener, os.getpid())


def test_a_folder_that_is_shown_is_found(folder: Path, listener: socket.socket) -> None:
    usual = Isolation()
    shown = replace(usual, shown=(*usual.shown, str(folder)))
    assert "office" in probe(shown, folder, listener, os.getpid())


def test_the_call_filter_alone_keeps_the_network_away(folder: Path, listener: socket.socket) -> None:
    open_net = Isolation(namespaces=without(NAMESPACES, "--unshare-net"))
    assert "network" not in probe(open_net, folder, listener, os.getpid())


def run(limits: Limits, script: str, mark: str, isolation: Isolation | None = None) -> bytes:
    command = ["/usr/bin/python3", "-I", "/sluis/hostile.py", mark]
    with Sandbox(limits, isolation).running(command, scripts={"hostile.py": script.encode()}) as blocks:
        return b"".join(blocks)


@pytest.mark.parametrize(
    ("script", "refusal"),
    [
        ("while True: pass", Refusal.TOO_LONG),
        ("import time; time.sleep(600)", Refusal.TOO_LONG),
        ("import os\nwhile True:\n    try: os.fork()\n    except OSError: pass", Refusal.TOO_LONG),
        (
            "import os, time\nfor _ in range(5):\n    if not os.fork(): break\n"
            "held = b'x' * 60_000_000\ntime.sleep(600)",
            Refusal.TOO_MUCH_MEMORY,
        ),
        ("import sys\nwhile True: sys.stdout.write('x' * 65536)", Refusal.TOO_LARGE),
        (
            "import os, signal, time\nfor one in range(1, 32):\n    try: signal.signal(one, signal.SIG_IGN)\n"
            "    except (OSError, ValueError): pass\nif os.fork(): os.setsid() if os.getpgid(0) != "
            "os.getpid() else None\ntime.sleep(600)",
            Refusal.TOO_LONG,
        ),
    ],
    ids=["loops", "sleeps", "forks", "eats memory by many", "prints without end", "ignores signals"],
)
def test_a_hostile_program_ends_by_name_and_leaves_nothing(script: str, refusal: Refusal) -> None:
    mark, descriptors, began = secrets.token_hex(8), len(os.listdir("/proc/self/fd")), time.monotonic()
    with pytest.raises(Refused) as told:
        run(SMALL, script, mark)
    assert told.value.refusal is refusal
    assert time.monotonic() - began < DEADLINE_S + GRACE_S
    assert still_running(mark) == []
    assert len(os.listdir("/proc/self/fd")) == descriptors


def test_what_runs_on_behind_a_closed_output_is_killed_too() -> None:
    mark = secrets.token_hex(8)
    script = "import os, time\nif os.fork(): os._exit(0)\nos.setsid(); os.close(1); time.sleep(600)"
    assert run(SMALL, script, mark) == b""
    assert still_running(mark) == []


def test_memory_of_one_process_and_room_on_disk_are_bounded() -> None:
    mark = secrets.token_hex(8)
    script = f"""
import errno, os
def tried(attempt):
    try: attempt()
    except MemoryError: return "memory"
    except OSError as error: return errno.errorcode[error.errno]
    return "done"
def fill():
    for number in range(99):
        with open(f"/tmp/{mark}{{number}}", "wb") as file: file.write(bytes(1 << 20))
def one():
    with open("/tmp/one", "wb", buffering=0) as file:
        while True: file.write(bytes(1 << 20))
import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
print(tried(lambda: bytes(600 << 20)), tried(one), tried(fill), tried(lambda: os.memfd_create("x")))
"""
    assert run(replace(SMALL, seconds=20), script, mark).split() == [b"memory", b"EFBIG", b"ENOSPC", b"EPERM"]
    assert not list(Path("/tmp").glob(f"{mark}*"))


def test_whoever_locks_the_office_ends_it() -> None:
    mark, asked = secrets.token_hex(8), []

    def stopped() -> bool:
        asked.append(True)
        return len(asked) > 2

    command = ["/usr/bin/python3", "-I", "-c", "import time; time.sleep(600)", mark]
    sandbox = Sandbox(replace(SMALL, seconds=60))
    with pytest.raises(Refused) as told, sandbox.running(command, stopped=stopped) as blocks:
        b"".join(blocks)
    assert told.value.refusal is Refusal.STOPPED
    assert still_running(mark) == []


def test_it_does_not_outlive_whoever_started_it() -> None:
    mark = secrets.token_hex(8)
    child = subprocess.Popen([sys.executable, "-c", _START, mark], cwd=ROOT, stdout=subprocess.PIPE)
    with child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"inside\n"
        assert still_running(mark)
        child.kill()
    deadline = time.monotonic() + GRACE_S
    while still_running(mark):
        assert time.monotonic() < deadline


@pytest.mark.parametrize(
    "isolation",
    [Isolation(namespaces=(*NAMESPACES, "--no-such-wall")), Isolation(call_filter=None)],
    ids=["a wall cannot be made", "no filter for this machine"],
)
def test_without_a_sandbox_nothing_is_run(isolation: Isolation) -> None:
    mark = secrets.token_hex(8)
    with pytest.raises(Refused) as told:
        run(SMALL, "print('ran')", mark, isolation)
    assert told.value.refusal is Refusal.NO_SANDBOX


def test_without_bubblewrap_nothing_is_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Refused) as told:
        run(SMALL, "print('ran')", "mark")
    assert told.value.refusal is Refusal.NO_SANDBOX


def test_what_is_handed_in_is_bounded_and_cannot_be_changed() -> None:
    with memory_file([b"abc", b"def"], 6) as descriptor:
        assert os.read(descriptor, 9) == b"abcdef"
        with pytest.raises(PermissionError):
            os.pwrite(descriptor, b"x", 0)
    with pytest.raises(Refused) as told, memory_file([b"abc", b"def"], 5):
        pass
    assert told.value.refusal is Refusal.TOO_LARGE


def test_the_filter_is_known_for_the_machines_that_are_promised() -> None:
    for machine in ("x86_64", "aarch64"):
        program = filter_program(machine)
        assert program is not None
        assert len(program) % 8 == 0
    assert filter_program("riscv64") is None
