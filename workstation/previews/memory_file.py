"""A file that is in memory only, has no name, and can no longer be changed once it is made."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from workstation.previews.limits import Refusal, Refused

_SEALS = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE


def _never() -> bool:
    return False


@contextmanager
def memory_file(chunks: Iterable[bytes], most: int, stopped: Callable[[], bool] = _never) -> Iterator[int]:
    """A descriptor at the beginning of what `chunks` hold; raises Refused over `most` bytes."""
    descriptor = os.memfd_create("sluis", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        size = 0
        for chunk in chunks:
            size += len(chunk)
            if size > most:
                raise Refused(Refusal.TOO_LARGE)
            if stopped():
                raise Refused(Refusal.STOPPED)
            view = memoryview(chunk)
            while view:
                view = view[os.write(descriptor, view) :]
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, _SEALS)
        os.lseek(descriptor, 0, os.SEEK_SET)
        yield descriptor
    finally:
        os.close(descriptor)
