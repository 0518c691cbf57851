"""The three users of a server, by number: none of them needs to exist on the machine of the demo.

On a real server they are system users (securedrop_config/templates). The demo gives its three processes
numbers of their own, when it may and when another user can read the program at all.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from demo.processes import Account

_MAILROOM, _SOURCE, _JOURNALIST = 61_201, 61_202, 61_203
_PROBE = "import cryptography, flask, gunicorn, mailroom, source_interface"


@dataclass(frozen=True)
class Accounts:
    """Who runs what; all None when the processes cannot be kept apart, and then `reason` says why."""

    mailroom: Account | None = None
    source: Account | None = None
    journalist: Account | None = None
    reason: str = ""

    @property
    def socket_groups(self) -> tuple[int, int] | None:
        """The groups that may open the mailroom's two sockets."""
        if self.source is None or self.journalist is None:
            return None
        return self.source.gid, self.journalist.gid


def choose(program: Path) -> Accounts:
    """Three users when this is root and others can read `program` (the folder with the packages)."""
    if os.geteuid() != 0:
        return Accounts(reason="not started as root: the three processes share one user")
    source = Account(_SOURCE, _SOURCE)
    probe = subprocess.run(
        [sys.executable, "-c", _PROBE],
        cwd="/",
        env={"PYTHONPATH": str(program), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        check=False,
        user=source.uid,
        group=source.gid,
        extra_groups=(),
    )
    if probe.returncode != 0:
        return Accounts(reason="other users cannot read this folder: the three processes share one user")
    mailroom = Account(_MAILROOM, _MAILROOM, (_SOURCE, _JOURNALIST))
    return Accounts(mailroom, source, Account(_JOURNALIST, _JOURNALIST))
