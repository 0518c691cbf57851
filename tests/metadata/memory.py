"""Looks for secrets in the memory of a process, as somebody does who takes the running machine.

Reads /proc/PID/maps, pagemap and mem (proc(5)): every page that is there and that the program may have
written to. So only a process of the same user can be read that this one started, or any one by root.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote_plus

import numpy as np
import numpy.typing as npt

_PAGE = os.sysconf("SC_PAGE_SIZE")
_PIECE_PAGES = 1_024
_PRESENT, _SWAPPED = np.uint64(1 << 63), np.uint64(1 << 62)
_LINE = re.compile(r"([0-9a-f]+)-([0-9a-f]+) (....) \S+ (\S+) (\d+)\s*(.*)")
_WINDOW, _STEP = 8, 4
"""A piece of a key that is at least `_WINDOW + _STEP - 1` bytes long is found, wherever it begins."""

Needles = Mapping[str, frozenset[bytes]]
"""What to look for, by the name of the secret: any one of these byte strings is a piece of it."""


def of_key(key: bytes) -> frozenset[bytes]:
    """Pieces of a random value, raw and in hexadecimal digits; each is too long to be there by chance."""
    raw = {key[at : at + _WINDOW] for at in range(0, len(key) - _WINDOW + 1, _STEP)}
    return frozenset(raw) | {key.hex().encode()}


def of_text(*texts: str) -> frozenset[bytes]:
    """Texts as CPython keeps them (1, 2 or 4 bytes a character) and as a form sends them."""
    kinds = ("utf-8", "utf-16-le", "utf-32-le")
    return frozenset(text.encode(kind) for one in texts for text in (one, quote_plus(one)) for kind in kinds)


def of_mark(mark: str) -> frozenset[bytes]:
    """Pieces of a random mark in a text."""
    return of_text(*(mark[at : at + 12] for at in range(0, len(mark) - 11, _STEP)))


def of_words(codename: str) -> frozenset[bytes]:
    """Each run of three words: one word alone is in the word list, and so in memory always."""
    words = codename.split()
    return of_text(*(" ".join(words[at : at + 3]) for at in range(len(words) - 2)))


def found(pid: int, needles: Needles) -> dict[str, int]:
    """How often a piece of each secret is in the memory of this process; names without a hit are left out."""
    search = _Search(needles)
    counts: dict[str, int] = {}
    for piece in _pieces(pid, search.longest - 1):
        for name in search.names_in(piece):
            counts[name] = counts.get(name, 0) + 1
    return counts


class _Search:
    """Many byte strings at once. Two tables, of the first two bytes and of the next, leave few places."""

    def __init__(self, needles: Needles) -> None:
        self._by_head: dict[bytes, list[tuple[bytes, str]]] = {}
        self._first = np.zeros(1 << 16, dtype=bool)
        self._second = np.zeros(1 << 16, dtype=bool)
        for name, pieces in needles.items():
            for piece in pieces:
                assert len(piece) >= _WINDOW, name
                assert len(set(piece)) > 3, f"{name}: a piece that may be anywhere"
                self._by_head.setdefault(piece[:4], []).append((piece, name))
        for head in self._by_head:
            self._first[int.from_bytes(head[:2], "little")] = True
            self._second[int.from_bytes(head[2:], "little")] = True
        self.longest = max(len(piece) for pieces in needles.values() for piece in pieces)

    def names_in(self, data: bytes) -> Iterator[str]:
        """The name of the secret at each place that holds a piece of one."""
        for odd in (0, 1):
            pairs: npt.NDArray[np.uint16] = np.frombuffer(data, "<u2", (len(data) - odd) // 2, odd)
            here = self._first[pairs[:-1]] & self._second[pairs[1:]]
            for at in np.flatnonzero(here).tolist():
                place = odd + 2 * at
                for piece, name in self._by_head.get(data[place : place + 4], ()):
                    if data.startswith(piece, place):
                        yield name


def _pieces(pid: int, overlap: int) -> Iterator[bytes]:
    """The present pages that may have been written, in pieces of a few megabytes that overlap."""
    folder = Path("/proc", str(pid))
    with (
        (folder / "mem").open("rb", buffering=0) as memory,
        (folder / "pagemap").open("rb", buffering=0) as pages,
    ):
        for start, end in _areas((folder / "maps").read_text()):
            for low, high in _present(pages.fileno(), start, end):
                for at in range(low, high, _PIECE_PAGES * _PAGE):
                    size = min(high, at + _PIECE_PAGES * _PAGE + overlap) - at
                    try:
                        yield os.pread(memory.fileno(), size, at)
                    except OSError:  # unmapped since it was listed
                        continue


def _areas(maps: str) -> Iterable[tuple[int, int]]:
    for line in maps.splitlines():
        start, end, access, _, inode, name = _LINE.fullmatch(line).groups()  # type: ignore[union-attr]
        if name.startswith(("[vv", "[vs", "[vd")) or (inode != "0" and access[1] != "w"):
            continue  # the kernel's, or a file as it is on the disk
        yield int(start, 16), int(end, 16)


def _present(pagemap: int, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Runs of pages that hold something; a thread's stack is mostly promised, not there."""
    count = (end - start) // _PAGE
    entries = np.frombuffer(os.pread(pagemap, count * 8, start // _PAGE * 8), np.uint64)
    there = (entries & (_PRESENT | _SWAPPED)) != 0
    edges = np.flatnonzero(np.diff(np.concatenate(([False], there, [False])).astype(np.int8)))
    for low, high in list(pairwise(edges.tolist()))[::2]:
        yield start + low * _PAGE, start + high * _PAGE
