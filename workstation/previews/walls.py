"""What the walls of a sandbox are made of, as bubblewrap's and prlimit's arguments (bwrap(1), prlimit(1))."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from workstation.previews.limits import Limits
from workstation.previews.seccomp import filter_program

NOBODY = 65_534
SCRIPTS = "/sluis"
STARTED = b"SLUIS-SANDBOX\n"
"""Printed once the walls stand; without it there was no sandbox."""

NAMESPACES = (
    *("--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts"),
    *("--unshare-cgroup", "--disable-userns", "--cap-drop", "ALL"),
)
_SYSTEM = (
    *("/usr/bin", "/usr/lib", "/usr/lib64", "/usr/share"),
    *("/etc/alternatives", "/etc/fonts", "/etc/ld.so.cache", "/etc/libreoffice", "/etc/mime.types"),
)
_TMP = "/tmp"  # noqa: S108 - the sandbox's own, in memory
_SHARED = 1_048_576


@dataclass(frozen=True)
class Isolation:
    """The walls. Tests leave one out, to show that it is missed."""

    namespaces: Sequence[str] = NAMESPACES
    call_filter: bytes | None = field(default_factory=filter_program)
    """None where no filter is known for the machine: then nothing is run."""
    shown: Sequence[str] = _SYSTEM
    """Paths that can be read inside, where they exist."""
    environment_cleared: bool = True


def walls(isolation: Isolation, limits: Limits) -> list[str]:
    """bubblewrap's arguments up to what is handed in."""
    arguments = [*isolation.namespaces, "--die-with-parent", "--new-session", "--hostname", "preview"]
    if "--unshare-user" in isolation.namespaces:
        arguments += ["--uid", str(NOBODY), "--gid", str(NOBODY)]
    if isolation.environment_cleared:
        arguments.append("--clearenv")
    for path in isolation.shown:
        arguments += ["--ro-bind-try", path, path]
    for name in ("bin", "lib", "lib64"):
        arguments += ["--symlink", f"usr/{name}", f"/{name}"]
    return [
        *arguments,
        *("--proc", "/proc", "--dev", "/dev"),
        # Semaphores of mat2 lie there, nothing large.
        *("--size", str(_SHARED), "--tmpfs", "/dev/shm"),  # noqa: S108 - in the sandbox
        *("--perms", "0700", "--size", str(limits.tmp_bytes), "--tmpfs", _TMP),
        *("--setenv", "PATH", "/usr/bin", "--setenv", "LC_ALL", "C.UTF-8", "--setenv", "HOME", _TMP),
        *("--setenv", "TZ", "UTC", "--chdir", _TMP),
    ]


def limited(limits: Limits, command: Sequence[str]) -> list[str]:
    """The command under limits for each of its processes, the first to go when the machine lacks memory."""
    return [
        *("/usr/bin/prlimit", f"--cpu={math.ceil(limits.seconds)}", f"--as={limits.address_space}"),
        *(f"--fsize={limits.file_bytes}", f"--nofile={limits.open_files}", f"--nproc={limits.processes}"),
        *("--core=0", "--memlock=0", "--", "/bin/sh", "-c"),
        f'echo 1000 >/proc/self/oom_score_adj; echo {STARTED.decode("ascii").strip()}; exec "$@"',
        *("sh", *command),
    ]
