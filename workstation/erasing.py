"""The key that changes, so that what PostgreSQL keeps of erased keys opens for nobody (docs/decisions/0020).

The columns of `column_policy.ERASABLE` hold keys: of cases, days, parts of exports, the operating key. They
are sealed under the key of their column together with an erasing key. After something was erased, a new
erasing key is drawn, what is left is sealed under it, and the old one is overwritten: then old rows, the log
and copies of the server's files open for nobody, not even for whoever has the database key.

`erasing.key` in the office's folder, two slots of SLOT_SIZE: id 8 || AEAD(key 32) 60 || zeros; the seal is
under a key that HKDF makes of the database key. One slot counts, and the instance's row tells which: its
`operating_seed` begins with the id. Two are filled while a change runs, and after one that was cut short.
"""

from __future__ import annotations

import os
from pathlib import Path

from sluis.errors import Unopenable
from sluis.limits import KEY_SIZE, NONCE_SIZE, TAG_SIZE
from sluis.primitives import aead_open, aead_seal, hkdf, label, random_id, random_key
from workstation.folder import write_private

ID_SIZE = 8
SLOT_SIZE = 4_096
_SEALED = NONCE_SIZE + KEY_SIZE + TAG_SIZE
_EMPTY = bytes(ID_SIZE)


class ErasingKeys:
    """The slots at `path`; `database_key` has 32 bytes. New values are sealed under the key `current`."""

    def __init__(self, path: Path, database_key: bytes) -> None:
        self._path = path
        self._seal_key = hkdf(database_key, "erasing")
        self._known: dict[bytes, bytes] = {}
        self.current = _EMPTY

    def make(self) -> None:
        """A first key; raises AlreadyExists, OSError."""
        self.current, slot = self._drawn()
        write_private(self._path, slot + bytes(SLOT_SIZE))

    def take_first(self) -> None:
        """An office that is being moved here has no row yet: the key that is there counts. Raises OSError."""
        self.current = self._slots()[0][:ID_SIZE]

    def key(self, key_id: bytes) -> bytes:
        """32 bytes; raises Unopenable for a key that was erased, OSError."""
        if key_id not in self._known:
            for slot in self._slots():
                if slot[:ID_SIZE] == key_id != _EMPTY:
                    self._known[key_id] = aead_open(self._seal_key, _sealed(slot), _bound(key_id))
        if key_id not in self._known:
            raise Unopenable("the key of this value was erased")
        return self._known[key_id]

    def follow(self, key_id: bytes) -> None:
        """This one counts, by what the database says; others are forgotten. Raises as `key` does."""
        self._known = {key_id: self.key(key_id)}
        self.current = key_id

    def begin(self) -> bytes:
        """A new key beside the one that counts, on the disk; its id. Raises OSError."""
        key_id, slot = self._drawn()
        number = next(at for at, one in enumerate(self._slots()) if one[:ID_SIZE] != self.current)
        self._write(number, slot)
        return key_id

    def keep_only_current(self) -> None:
        """Overwrites the other slot; raises OSError."""
        for number, slot in enumerate(self._slots()):
            if slot[:ID_SIZE] != self.current and any(slot):
                self._write(number, bytes(SLOT_SIZE))

    def _drawn(self) -> tuple[bytes, bytes]:
        key_id, key = random_id()[:ID_SIZE], random_key()
        self._known[key_id] = key
        return key_id, (key_id + aead_seal(self._seal_key, key, _bound(key_id))).ljust(SLOT_SIZE, b"\0")

    def _slots(self) -> list[bytes]:
        data = self._path.read_bytes().ljust(2 * SLOT_SIZE, b"\0")
        return [data[:SLOT_SIZE], data[SLOT_SIZE : 2 * SLOT_SIZE]]

    def _write(self, number: int, slot: bytes) -> None:
        _overwrite(self._path, number * SLOT_SIZE, slot)


def destroy(path: Path) -> None:
    """Overwrites and removes the file, where it is; raises OSError. On flash that promises nothing."""
    try:
        _overwrite(path, 0, bytes(2 * SLOT_SIZE))
    except FileNotFoundError:
        return
    path.unlink()


def _overwrite(path: Path, at: int, data: bytes) -> None:
    with open(path, "r+b") as file:
        file.seek(at)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sealed(slot: bytes) -> bytes:
    return slot[ID_SIZE : ID_SIZE + _SEALED]


def _bound(key_id: bytes) -> bytes:
    return label("erasing") + key_id
