"""The reply ring on disk: 30 files of 128 sealed rows, and the key slot of each (bytes: sluis/ring.py).

At position p lies the newest release r with r % 30 == p; a position that no release has reached yet counts as
release 0. All positions are full of rows from the first day on, and all rows are made alike.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from mailroom.disk import Disk
from sluis.errors import Unopenable
from sluis.limits import KEY_SIZE, RING_RELEASES, RING_ROW_SIZE, ROWS_PER_RELEASE
from sluis.primitives import random_key
from sluis.ring import Row, open_row, seal_row, unused_row

Place = tuple[int, int]  # position in the ring 0..29, row 0..127


@dataclass(frozen=True)
class RowWrite:
    """A sealed row (8,252 bytes), the release it belongs to, and its place."""

    position: int
    release: int
    row: int
    sealed: bytes


def ring_file(position: int) -> str:
    """The name of the file with a release's rows."""
    return f"ring-{position:02d}"


def key_file(position: int) -> str:
    """The name of a key slot: a file of 32 bytes, always overwritten in place."""
    return f"keyslot-{position:02d}"


def row_offset(row: int) -> int:
    """Where a row begins in its file."""
    return row * RING_ROW_SIZE


def release_at(position: int, newest: int) -> int:
    """The release that lies at this position when `newest` is the newest one."""
    return max(0, newest - (newest - position) % RING_RELEASES)


def positions(newest: int) -> list[int]:
    """The release at each of the 30 positions."""
    return [release_at(position, newest) for position in range(RING_RELEASES)]


@dataclass(frozen=True)
class RingFile:
    """A whole ring file, ready to be installed, with its fresh key."""

    release: int
    key: bytes
    data: bytes


def make_ring_file(release: int, rows: Sequence[Row]) -> RingFile:
    """128 rows sealed under a fresh key."""
    key = random_key()
    sealed = [seal_row(key, release, place, row) for place, row in enumerate(rows)]
    return RingFile(release, key, b"".join(sealed))


def unused_rows() -> list[Row]:
    """128 rows that nobody can open (about 0.1 s)."""
    return [unused_row() for _ in range(ROWS_PER_RELEASE)]


class Ring:
    """The rows, with an index of their tags in memory; all writes of rows go through the scratch."""

    def __init__(self, disk: Disk, newest: int) -> None:
        """Reads keys and tags; `damaged` names the rows that do not open."""
        self._disk = disk
        self.newest = newest
        self._keys = [disk.read(key_file(position), 0, KEY_SIZE) for position in range(RING_RELEASES)]
        self._tags: dict[bytes, Place] = {}
        self.damaged: list[Place] = []
        for position in range(RING_RELEASES):
            self._index(position)

    def _index(self, position: int) -> None:
        for row in range(ROWS_PER_RELEASE):
            try:
                self._tags[self.read((position, row)).tag] = (position, row)
            except Unopenable:
                self.damaged.append((position, row))

    def find(self, tag: bytes) -> Place | None:
        """Where the row with this tag lies."""
        return self._tags.get(tag)

    def random_place(self) -> Place:
        """Any row of the ring."""
        return secrets.randbelow(RING_RELEASES), secrets.randbelow(ROWS_PER_RELEASE)

    def read(self, place: Place) -> Row:
        """Raises Unopenable for a damaged row."""
        position, row = place
        sealed = self._disk.read(ring_file(position), row_offset(row), RING_ROW_SIZE)
        return open_row(self._keys[position], release_at(position, self.newest), row, sealed)

    def read_or_unused(self, place: Place) -> Row:
        """The row, or an unused one where a damaged row lies that nobody could read."""
        try:
            return self.read(place)
        except Unopenable:
            return unused_row()

    def release_of(self, place: Place) -> int:
        """The release that a row came with."""
        return release_at(place[0], self.newest)

    def sealed(self, place: Place, content: Row | None = None) -> RowWrite:
        """The row again under a fresh nonce, or `content` in its place."""
        position, row = place
        release = release_at(position, self.newest)
        content = self.read_or_unused(place) if content is None else content
        return RowWrite(position, release, row, seal_row(self._keys[position], release, row, content))

    def replaced(self, place: Place, content: Row) -> None:
        """Tells the index what was written at a place."""
        self._tags = {tag: at for tag, at in self._tags.items() if at != place}
        self._tags[content.tag] = place

    def install(self, files: Sequence[RingFile], newest: int) -> None:
        """Puts new releases in the place of those that leave the ring, and overwrites their keys.

        Cut short, it leaves rows that do not open at a place whose content is on its way out.
        """
        for file in files:
            position = file.release % RING_RELEASES
            self._disk.replace(ring_file(position), file.data)
            self._disk.write(key_file(position), 0, file.key)
            self._disk.sync(key_file(position))
            self._keys[position] = file.key
        self.newest = newest

    def reload(self, positions_changed: Sequence[int]) -> None:
        """Brings the index up to date after install()."""
        changed = set(positions_changed)
        self._tags = {tag: at for tag, at in self._tags.items() if at[0] not in changed}
        for position in changed:
            self._index(position)


def create_ring(disk: Disk) -> None:
    """A ring full of unused rows (about one second)."""
    for position in range(RING_RELEASES):
        file = make_ring_file(0, unused_rows())
        disk.replace(ring_file(position), file.data)
        disk.replace(key_file(position), file.key)
