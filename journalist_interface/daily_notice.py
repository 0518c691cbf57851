"""The daily notice to the operators: an export is due. The same bytes each day, whatever arrived.

Nothing here asks the mailroom, the accounts or the clock. A notice that came only when something had arrived
would tell everybody on its way, day by day, whether somebody had reported: docs/runbooks/operator.md,
"The daily notice".
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

TEXT = """\
An export is due. Sign in, make one and carry it, also when you expect nothing in it.
This notice has the same words every day, whatever arrived.

Het is tijd voor een export. Meld u aan, maak er een en breng hem weg, ook als u er niets in verwacht.
Dit bericht heeft elke dag dezelfde woorden, wat er ook is binnengekomen.
"""
"""ASCII, so that as mail it needs no header of its own. No date, name, count or address."""

DEADLINE_S = 300.0
"""Tor may take minutes to build its circuits; after this the command is given up."""

_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}


class NotSent(Exception):
    """The notice did not go out; the text says why, without a word of the command or an address."""


def notice_bytes(headers: Sequence[str]) -> bytes:
    """What the command is given: the headers, an empty line and the text; without headers the text alone."""
    head = "".join(f"{header}\n" for header in headers)
    return (f"{head}\n{TEXT}" if head else TEXT).encode("ascii")


def send(command: Sequence[str], headers: Sequence[str], deadline_s: float = DEADLINE_S) -> None:
    """Runs the command without a shell, the notice on its standard input; what it says is thrown away.

    The command gets a small, fixed environment and the root folder, so that nothing of this process comes
    with it. Raises NotSent when it cannot be started, fails, or is not done after `deadline_s`.
    """
    try:
        done = subprocess.run(
            command,
            input=notice_bytes(headers),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=_ENVIRONMENT,
            cwd="/",
            timeout=deadline_s,
            check=False,
        )
    except OSError as error:
        raise NotSent(f"the command cannot be started ({error.strerror})") from None
    except subprocess.TimeoutExpired:
        raise NotSent("the command took too long") from None
    if done.returncode:
        raise NotSent(f"the command ended with status {done.returncode}")
