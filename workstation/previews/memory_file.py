"""A file that is in memory only, has no name, and can no longer be changed once it is made."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import TracebackType

from workstation.previews.limits import Refusal, Refused

_PIECE = 65_536
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


class MemoryCopy:
    """What is written, kept in memory only until the block ends."""

    def __init__(self) -> None:
        self._descriptor = os.memfd_create("sluis", os.MFD_CLOEXEC)

    def __enter__(self) -> MemoryCopy:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._descriptor)

    def write(self, data: bytes) -> None:
        """Takes the next bytes."""
        view = memoryview(data)
        while view:
            view = view[os.write(self._descriptor, view) :]

    def pieces(self) -> Iterator[bytes]:
        """All of it, in pieces of at most 64 KiB."""
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        while piece := os.read(self._descriptor, _PIECE):
            yield piece
