"""A disk in memory that remembers what was synced, and can show what a power cut would leave.

A sector of 512 bytes that was written since the last sync may hold, after a cut, what it held then or what
any of the writes since gave it, each sector for itself: so writes are lost, torn and reordered. Names that
were made or changed since the folder was synced survive up to some moment, in order.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

from mailroom.disk import SECTOR, Disk


class _File:
    def __init__(self, content: bytes = b"") -> None:
        self.content = bytearray(content)
        self.shared = False
        self.synced_size = len(content)
        self.versions: dict[int, list[bytes]] = {}  # sector -> what it may hold, the synced version first

    def write(self, offset: int, data: bytes) -> None:
        if self.shared:
            self.content, self.shared = bytearray(self.content), False
        end = offset + len(data)
        touched = range(offset // SECTOR, -(-end // SECTOR))
        for sector in touched:
            if sector not in self.versions:
                self.versions[sector] = [self._sector(sector)]
        if end > len(self.content):
            self.content += bytes(end - len(self.content))
        self.content[offset:end] = data
        for sector in touched:
            self.versions[sector].append(self._sector(sector))

    def _sector(self, sector: int) -> bytes:
        return bytes(self.content[sector * SECTOR : (sector + 1) * SECTOR])

    def sync(self) -> None:
        self.versions.clear()
        self.synced_size = len(self.content)

    def copy(self) -> _File:
        """The same bytes, all on the medium; copied only when one of the two is written."""
        twin = _File()
        twin.content, twin.synced_size = self.content, len(self.content)
        self.shared = twin.shared = True
        return twin

    def survivor(self, choose: Callable[[list[bytes]], bytes]) -> _File:
        twin = self.copy()
        if self.versions:
            twin.content, twin.shared = bytearray(self.content[: self.synced_size]), False
            for sector, versions in sorted(self.versions.items()):
                chosen = choose(versions)
                end = sector * SECTOR + len(chosen)
                if chosen and end > len(twin.content):
                    twin.content += bytes(end - len(twin.content))
                twin.content[sector * SECTOR : end] = chosen
            twin.synced_size = len(twin.content)
        return twin


class RamDisk(Disk):
    """Files in memory; `before_step` is called before each operation that changes anything."""

    def __init__(self) -> None:
        self._files: dict[str, _File] = {}
        self._synced: dict[str, _File] = {}
        self._moves: list[dict[str, _File]] = []
        self.before_step: Callable[[str], None] = lambda _what: None

    @classmethod
    def load(cls, folder: Path) -> RamDisk:
        """The files of a real folder."""
        disk = cls()
        disk._files = {path.name: _File(path.read_bytes()) for path in folder.iterdir()}
        disk._synced = dict(disk._files)
        return disk

    def dump(self, folder: Path) -> None:
        """All files, into a real folder."""
        for name, file in self._files.items():
            (folder / name).write_bytes(file.content)

    def image(self) -> dict[str, bytes]:
        """All files as a process sees them."""
        return {name: bytes(file.content) for name, file in sorted(self._files.items())}

    def copy(self) -> RamDisk:
        """The same files, all synced."""
        disk = RamDisk()
        disk._files = {name: file.copy() for name, file in self._files.items()}
        disk._synced = dict(disk._files)
        return disk

    def killed(self) -> RamDisk:
        """What a process finds that starts after another was killed: the page cache, synced or not."""
        disk = RamDisk()
        twins: dict[int, _File] = {}
        for name, file in [*self._files.items(), *self._synced.items()]:
            del name
            twin = file.copy()
            twin.synced_size = file.synced_size
            twin.versions = {sector: list(versions) for sector, versions in file.versions.items()}
            twins[id(file)] = twin
        for move in self._moves:
            for file in move.values():
                twins.setdefault(id(file), file.copy())
        disk._files = {name: twins[id(file)] for name, file in self._files.items()}
        disk._synced = {name: twins[id(file)] for name, file in self._synced.items()}
        disk._moves = [{name: twins[id(file)] for name, file in move.items()} for move in self._moves]
        return disk

    def after_power_cut(self, chance: random.Random, keep: float | None = None) -> RamDisk:
        """What a power cut now would leave; `keep` 0.0 loses all that can be lost, None anything."""

        def choose(versions: list[bytes]) -> bytes:
            if keep is not None and chance.random() >= keep:
                return versions[0]
            return chance.choice(versions)

        moments = [self._synced, *self._moves]
        names = moments[0] if keep == 0.0 else chance.choice(moments)
        disk = RamDisk()
        disk._files = {name: file.survivor(choose) for name, file in names.items()}
        disk._synced = dict(disk._files)
        return disk

    def hold(self) -> None:
        """Nobody else can have it."""

    def close(self) -> None:
        """Nothing to close."""

    def names(self) -> set[str]:
        return set(self._files)

    def size(self, name: str) -> int:
        return len(self._files[name].content)

    def create(self, name: str) -> None:
        self.before_step("create " + name)
        self._files[name] = _File()
        self._moves.append(dict(self._files))

    def read(self, name: str, offset: int, length: int) -> bytes:
        return bytes(self._files[name].content[offset : offset + length])

    def write(self, name: str, offset: int, data: bytes) -> None:
        self.before_step("write " + name)
        self._files[name].write(offset, data)

    def sync(self, name: str) -> None:
        self.before_step("sync " + name)
        self._files[name].sync()

    def rename(self, old: str, new: str) -> None:
        self.before_step("rename " + new)
        self._files[new] = self._files.pop(old)
        self._moves.append(dict(self._files))

    def unlink(self, name: str) -> None:
        self.before_step("unlink " + name)
        del self._files[name]
        self._moves.append(dict(self._files))

    def sync_folder(self) -> None:
        self.before_step("sync folder")
        self._synced = dict(self._files)
        self._moves.clear()
