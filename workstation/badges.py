"""Badges: what a person's passphrase opens. The founding passphrase keeps its own file, `cases.key`.

`people/<person id>.key`, always BADGE_SIZE bytes (docs/protocol.md, "Sealed key file"): a sealed key K that
the passphrase opens, then AEAD(K, database key 32 || secret of the one-time code 20 || desk). The name is
random: which desk a badge belongs to is inside. So every badge is tried at each sign-in, and none is left
out: the same work is done for whatever was typed.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from keys.errors import WrongPassphrase
from keys.sealed_key import SEALED_KEY_SIZE, open_key, profile_of, seal_key
from sluis.errors import FormatError, Unopenable, WrongSize
from sluis.limits import ID_SIZE, KEY_SIZE, NONCE_SIZE, TAG_SIZE
from sluis.primitives import aead_open, aead_seal, label, random_key
from sluis.wire import Reader, Writer
from workstation.folder import Folder, write_private

SECRET_SIZE = 20
DESK_MAX = 32
_BODY_SIZE = KEY_SIZE + SECRET_SIZE + 2 + DESK_MAX
BADGE_SIZE = SEALED_KEY_SIZE + NONCE_SIZE + _BODY_SIZE + TAG_SIZE
_KEY, _NEW = ".key", ".new"


@dataclass(frozen=True)
class Badge:
    """An open badge: whose (16 bytes), the desk, and the two secrets (32 and 20 bytes)."""

    person_id: bytes
    desk: str
    database_key: bytes = field(repr=False)
    secret: bytes = field(repr=False)


def any_badge(folder: Folder) -> bool:
    """Whether somebody signs in here by a desk of their own."""
    return bool(_files(folder))


def open_badges(folder: Folder, passphrase: str) -> tuple[Badge, ...]:
    """Every badge that this passphrase opens; all of them are tried. A damaged one opens for nobody."""
    found = []
    for path in _files(folder):
        try:
            found.append(_opened(path, passphrase))
        except (WrongPassphrase, FormatError, Unopenable):
            continue
    return tuple(found)


def prepare(folder: Folder, badge: Badge, passphrase: str) -> None:
    """Writes the badge beside the one that counts, until `settle`; raises OSError."""
    folder.people.mkdir(mode=0o700, exist_ok=True)
    path = folder.people / (badge.person_id.hex() + _NEW)
    _destroy(path)
    key = random_key()
    sealed = seal_key(key, passphrase, _purpose(badge.person_id), profile_of(folder.key.read_bytes()))
    body = Writer().fixed(badge.database_key, KEY_SIZE).fixed(badge.secret, SECRET_SIZE)
    body.text(badge.desk, DESK_MAX).pad(_BODY_SIZE)
    write_private(path, sealed + aead_seal(key, body.bytes(), _bound(badge.person_id)))


def settle(folder: Folder, person_id: bytes) -> None:
    """The prepared badge counts from now on; the one before is overwritten. Raises OSError."""
    path = folder.people / (person_id.hex() + _KEY)
    with path.open("r+b") if path.exists() else nullcontext() as before:
        os.replace(path.with_suffix(_NEW), path)
        _sync(folder)
        if before is not None:
            _overwrite(before)


def destroy(folder: Folder, person_id: bytes) -> None:
    """Overwrites and removes all badges of a person; on flash that promises nothing."""
    for suffix in (_KEY, _NEW):
        _destroy(folder.people / (person_id.hex() + suffix))
    _sync(folder)


def tidy(folder: Folder, active: Iterable[bytes]) -> None:
    """To be called when the database is open: ends what a crash cut short, and removes what nobody owns."""
    if not folder.people.is_dir():
        return
    known = {person_id.hex(): person_id for person_id in active}
    for path in list(folder.people.iterdir()):
        if path.stem not in known:
            _destroy(path)
        elif path.suffix == _NEW:
            if path.with_suffix(_KEY).exists():
                _destroy(path)
            else:
                settle(folder, known[path.stem])
    _sync(folder)


def _opened(path: Path, passphrase: str) -> Badge:
    data = path.read_bytes()
    if len(data) != BADGE_SIZE:
        raise WrongSize(f"a badge has {BADGE_SIZE} bytes, this has {len(data)}")
    person_id = bytes.fromhex(path.stem)
    key = open_key(data[:SEALED_KEY_SIZE], passphrase, _purpose(person_id))
    reader = Reader(aead_open(key, data[SEALED_KEY_SIZE:], _bound(person_id)), "a badge")
    database_key, secret = reader.fixed(KEY_SIZE), reader.fixed(SECRET_SIZE)
    desk = reader.text(DESK_MAX)
    reader.zeros_to(_BODY_SIZE)
    reader.end()
    return Badge(person_id, desk, database_key, secret)


def _files(folder: Folder) -> list[Path]:
    """Those that have the name of a badge; in whatever order."""
    if not folder.people.is_dir():
        return []
    return [path for path in folder.people.glob("*" + _KEY) if _is_id(path.stem)]


def _is_id(stem: str) -> bool:
    return len(stem) == 2 * ID_SIZE and set(stem) <= set("0123456789abcdef")


def _purpose(person_id: bytes) -> str:
    """As much of the id as fits: a badge that was renamed opens for nobody."""
    return f"badge {person_id.hex()[:10]}"


def _bound(person_id: bytes) -> bytes:
    return label("badge") + person_id


def _destroy(path: Path) -> None:
    try:
        with path.open("r+b") as file:
            _overwrite(file)
    except FileNotFoundError:
        return
    path.unlink()


def _overwrite(file: BinaryIO) -> None:
    file.write(bytes(os.fstat(file.fileno()).st_size))
    file.flush()
    os.fsync(file.fileno())


def _sync(folder: Folder) -> None:
    if folder.people.is_dir():
        descriptor = os.open(folder.people, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
