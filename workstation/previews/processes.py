"""What a family of processes holds in memory, as /proc tells it (proc(5))."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

_PAGE = os.sysconf("SC_PAGE_SIZE")
_MOST = 4_096


def children_of(pid: int) -> list[int]:
    """The processes that `pid` started and that still run; none if it is gone."""
    found: list[int] = []
    with suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            text = Path(f"/proc/{pid}/task/{thread}/children").read_text("ascii")
            found += [int(one) for one in text.split()]
    return found


def memory_of(pid: int) -> int:
    """Bytes of memory of its own that `pid` and all below it hold, without what is mapped from files."""
    total, seen, waiting = 0, 0, [pid]
    while waiting and seen < _MOST:
        one = waiting.pop()
        seen += 1
        with suppress(OSError):
            _, resident, shared, *_ = Path(f"/proc/{one}/statm").read_text("ascii").split()
            total += (int(resident) - int(shared)) * _PAGE
        waiting += children_of(one)
    return total
