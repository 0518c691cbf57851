"""The raw image of a server's disk, and what whoever has it can look for.

Files that were replaced or removed leave their blocks behind, with their last content; this disk keeps all of
them for ever. What is overwritten in place is gone, as it is on a disk that turns; flash may keep copies, so
without a TPM nothing is claimed of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import ChaCha20

from mailroom import scratch
from mailroom.ring import key_file, ring_file
from sluis.limits import (
    KEY_SIZE,
    NONCE_SIZE,
    REPLY_ROW_SIZE,
    RING_FILE_SIZE,
    RING_RELEASES,
    RING_ROW_SIZE,
)
from tests.support.ram_disk import RamDisk

WINDOW = 16
_PREFIX = 20  # bits of a word that are looked up first
_MASK = np.uint64((1 << _PREFIX) - 1)
_ROW_ENTRY = scratch.BATCH * 129 * 512 + 39  # after the slot entries: checksum 32, position, release, row


class RawDisk(RamDisk):
    """A disk in memory; `freed` holds the blocks of files that are no more."""

    def __init__(self) -> None:
        super().__init__()
        self.freed: list[bytes] = []

    @classmethod
    def of(cls, disk: RamDisk) -> RawDisk:
        raw = cls()
        twin = disk.copy()
        raw._files, raw._synced = twin._files, twin._synced
        return raw

    def _let_go(self, name: str) -> None:
        if name in self._files:
            self.freed.append(bytes(self._files[name].content))

    def create(self, name: str) -> None:
        self._let_go(name)
        super().create(name)

    def rename(self, old: str, new: str) -> None:
        self._let_go(new)
        super().rename(old, new)

    def unlink(self, name: str) -> None:
        self._let_go(name)
        super().unlink(name)

    def blocks(self) -> list[bytes]:
        """Everything that is on the disk."""
        return [*self.image().values(), *self.freed]


def _decrypted(key: bytes, sealed: bytes) -> bytes:
    """The row under ChaCha20 alone (RFC 8439, counter 1): no tag is asked, so no place has to be known."""
    cipher = Cipher(ChaCha20(key, (1).to_bytes(4, "little") + sealed[:NONCE_SIZE]), None)
    return cipher.decryptor().update(sealed[NONCE_SIZE : NONCE_SIZE + REPLY_ROW_SIZE])


def release_rows(disk: RawDisk, position: int) -> Iterator[bytes]:
    """The rows of one ring file under its own key."""
    key = disk.read(key_file(position), 0, KEY_SIZE)
    yield from _rows([key], disk.read(ring_file(position), 0, RING_FILE_SIZE))


def unwrapped(disk: RawDisk) -> Iterator[bytes]:
    """All rows under the release keys on the disk: current ring files, freed ones, the scratch."""
    keys = [disk.read(key_file(at), 0, KEY_SIZE) for at in range(RING_RELEASES)]
    for at in range(RING_RELEASES):
        yield from release_rows(disk, at)
    for blocks in disk.freed:
        if len(blocks) >= RING_FILE_SIZE:
            yield from _rows(keys, blocks[:RING_FILE_SIZE])
    yield from _rows(keys, disk.read(scratch.FILE, _ROW_ENTRY, RING_ROW_SIZE))


def _rows(keys: Sequence[bytes], data: bytes) -> Iterator[bytes]:
    for key in keys:
        yield b"".join(
            _decrypted(key, data[at : at + RING_ROW_SIZE]) for at in range(0, len(data), RING_ROW_SIZE)
        )


class Scan:
    """Finds every place where 16 bytes of one of the secrets stand, at any offset of both.

    Sixteen bytes anywhere in a block hold an aligned word of eight: only those are looked up,
    and what they stand in is then compared.
    """

    def __init__(self, secrets: Iterable[bytes]) -> None:
        secrets = list(secrets)
        self._windows = {
            secret[at : at + WINDOW] for secret in secrets for at in range(len(secret) - WINDOW + 1)
        }
        shifted = [secret[at:] for secret in secrets for at in range(8)]
        words = [np.frombuffer(part, "<u8", len(part) // 8) for part in shifted]
        self._words = np.unique(np.concatenate(words))
        self._begins = np.zeros(1 << _PREFIX, bool)
        self._begins[self._words & _MASK] = True

    def hits(self, blocks: Iterable[bytes]) -> int:
        return sum(self._in_block(block) for block in blocks)

    def _in_block(self, block: bytes) -> int:
        words = np.frombuffer(block, "<u8", len(block) // 8)
        likely = np.flatnonzero(self._begins[words & _MASK])
        at = np.searchsorted(self._words, words[likely]).clip(max=len(self._words) - 1)
        places = likely[self._words[at] == words[likely]] * 8
        starts = {start for place in places.tolist() for start in range(max(0, place - 8), place + 1)}
        return sum(block[start : start + WINDOW] in self._windows for start in starts)
