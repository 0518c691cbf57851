"""The vault: large things at rest, each a file of sealed chunks under a key of its own in the database.

magic "SLUISVLT" 8 || version 2 || chunks. A chunk is nonce 12 || AEAD(key, at most 65,536 bytes) 16,
bound to its number and to whether it is the last, so that a file that was cut off, even between two
chunks, does not open. To delete the key is to delete the file's content.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from sluis.errors import Truncated
from sluis.limits import NONCE_SIZE, TAG_SIZE
from sluis.primitives import aead_open, aead_seal, label, random_key
from sluis.wire import MAGIC_SIZE, Reader, Writer

MAGIC = b"SLUISVLT"
VERSION = 1
CHUNK = 65_536
_HEAD_SIZE = MAGIC_SIZE + 2
_SEALED_CHUNK = NONCE_SIZE + CHUNK + TAG_SIZE


@dataclass(frozen=True)
class VaultKey:
    """What the database keeps of one vault file: its random name and its key (32 bytes)."""

    name: str
    key: bytes = field(repr=False)


def _aad(number: int, last: bool) -> bytes:
    return label("vault") + number.to_bytes(8, "big") + bytes([last])


class VaultWriter:
    """Writes one vault file; nothing of it is readable before `finish()`."""

    def __init__(self, path: Path) -> None:
        self.vault_key = VaultKey(path.name, random_key())
        self.size = 0
        self._number = 0
        self._pending = bytearray()
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        # Closed by finish() or abort().
        self._file: BinaryIO = open(descriptor, "wb", buffering=0)  # noqa: SIM115
        self._write(Writer().magic(MAGIC, VERSION).bytes())

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[self._file.write(view) :]

    def write(self, data: bytes) -> None:
        """Takes the next bytes."""
        self._pending += data
        self.size += len(data)
        while len(self._pending) > CHUNK:
            chunk = bytes(self._pending[:CHUNK])
            del self._pending[:CHUNK]
            self._seal(chunk, last=False)

    def _seal(self, chunk: bytes, *, last: bool) -> None:
        self._write(aead_seal(self.vault_key.key, chunk, _aad(self._number, last)))
        self._number += 1

    def finish(self) -> VaultKey:
        """The last chunk, and everything on disk."""
        self._seal(bytes(self._pending), last=True)
        os.fsync(self._file.fileno())
        self._file.close()
        return self.vault_key

    def abort(self) -> None:
        """Closes without an end; the file does not open."""
        self._file.close()


class Vault:
    """The folder of vault files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def create(self) -> VaultWriter:
        """A new file under a random name."""
        return VaultWriter(self._folder / secrets.token_hex(16))

    def read(self, vault_key: VaultKey) -> Iterator[bytes]:
        """The content in chunks; raises Unopenable or Truncated when the file was changed or cut."""
        with open(self._folder / vault_key.name, "rb") as file:
            Reader(file.read(_HEAD_SIZE), "a vault file").magic(MAGIC, (VERSION,))
            sealed = file.read(_SEALED_CHUNK)
            if not sealed:
                raise Truncated("a vault file without a chunk")
            number = 0
            while sealed:
                following = file.read(_SEALED_CHUNK)
                yield aead_open(vault_key.key, sealed, _aad(number, last=not following))
                sealed = following
                number += 1

    def remove(self, name: str) -> None:
        """Removes a file whose key was deleted."""
        (self._folder / name).unlink(missing_ok=True)

    def clean(self, known: Iterable[str]) -> int:
        """Removes every file that the database does not know, left by an import that was cut off."""
        strays = {path.name for path in self._folder.iterdir()} - set(known)
        for name in strays:
            self.remove(name)
        return len(strays)

    def sync(self) -> None:
        """The names of new files are on disk too."""
        descriptor = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


class Staging:
    """Vault files of one transaction: `rollback()` removes what it made, `commit()` what it replaced."""

    def __init__(self, vault: Vault) -> None:
        self.vault = vault
        self._made: list[VaultWriter] = []
        self._replaced: list[str] = []

    def create(self) -> VaultWriter:
        """A new file that goes with this transaction."""
        writer = self.vault.create()
        self._made.append(writer)
        return writer

    def discard(self, writer: VaultWriter) -> None:
        """What was written so far is not wanted."""
        self._made.remove(writer)
        writer.abort()
        self.vault.remove(writer.vault_key.name)

    def drop(self, name: str) -> None:
        """This file is no longer needed once the transaction holds."""
        self._replaced.append(name)

    def sync(self) -> None:
        """To be called just before the database commits."""
        if self._made:
            self.vault.sync()

    def commit(self) -> None:
        """The database has committed."""
        for name in self._replaced:
            self.vault.remove(name)

    def rollback(self) -> None:
        """The database has not changed."""
        for writer in self._made:
            writer.abort()
            self.vault.remove(writer.vault_key.name)
