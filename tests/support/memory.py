"""How much memory a process has, as the kernel counts it."""

import re
from pathlib import Path


def worker(arbiter: int) -> int:
    """The process of gunicorn that serves."""
    (child,) = Path(f"/proc/{arbiter}/task/{arbiter}/children").read_text().split()
    return int(child)


def _memory(pid: int, field: str) -> int:
    """VmRSS (resident memory now) or VmHWM (the most since it was reset), in bytes."""
    found = re.search(rf"^{field}:\s+(\d+) kB$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    assert found
    return int(found[1]) * 1_024


class Growth:
    """What the memory of a process grows by from now on."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        Path(f"/proc/{pid}/clear_refs").write_text("5")  # VmHWM begins again at VmRSS (proc(5))
        self._before = _memory(pid, "VmRSS")

    def most(self) -> int:
        """The most that there was, above what there was at first, in bytes."""
        return _memory(self._pid, "VmHWM") - self._before
