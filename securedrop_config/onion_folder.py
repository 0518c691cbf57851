"""The folder of one onion service: its key, and who may reach it, in the files that tor itself reads.

    hs_ed25519_secret_key   32 bytes of header, 64 bytes of expanded key; 0600
    hs_ed25519_public_key   32 bytes of header, 32 bytes of key; 0600
    hostname                written by tor
    authorized_clients/     one `*.auth` file per authorised client; without any the service is public

The key is made once; whoever has it is the service. It works with tor running or not.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from securedrop_config.onion_errors import KeyStoreDamaged, WouldBecomePublic

HEADER_BYTES = 32
PRIVATE_HEADER, PUBLIC_HEADER = (
    f"== ed25519v1-{half}: type0 ==".encode().ljust(HEADER_BYTES, b"\0") for half in ("secret", "public")
)
PRIVATE_BYTES = 64
PUBLIC_BYTES = 32
PRIVATE_FILE = "hs_ed25519_secret_key"
PUBLIC_FILE = "hs_ed25519_public_key"
CLIENTS_FOLDER = "authorized_clients"

ADDRESS_VERSION = b"\x03"
CHECKSUM_LABEL = b".onion checksum"


@dataclass(frozen=True, slots=True)
class OnionAddress:
    """A v3 onion address: its 32-byte Ed25519 public key."""

    public_key: bytes

    @property
    def label(self) -> str:
        """The 56 characters before `.onion` (rend-spec-v3, "encoding onion addresses")."""
        text = CHECKSUM_LABEL + self.public_key + ADDRESS_VERSION
        checksum = hashlib.sha3_256(text).digest()[:2]
        return base64.b32encode(self.public_key + checksum + ADDRESS_VERSION).decode().lower()

    @property
    def host(self) -> str:
        """The host name, `.onion` included."""
        return f"{self.label}.onion"

    def __str__(self) -> str:
        return self.host


@dataclass(frozen=True, slots=True)
class OnionFolder:
    """One service's folder, tor's HiddenServiceDir."""

    path: Path

    @classmethod
    def create(cls, path: Path) -> Self:
        """Make the folder (0700) and the key where they are missing; raises OSError."""
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.chmod(0o700)  # tor refuses a folder that others may enter
        if not (path / PRIVATE_FILE).exists():
            secret, public = _new_key()
            # The public half first: where there is a secret key, there is all of it.
            _write_whole(path / PUBLIC_FILE, PUBLIC_HEADER + public)
            _write_whole(path / PRIVATE_FILE, PRIVATE_HEADER + secret)
        return cls(path)

    @property
    def address(self) -> OnionAddress:
        """The address of the stored key; raises KeyStoreDamaged."""
        _read_key(self.path / PRIVATE_FILE, PRIVATE_HEADER, PRIVATE_BYTES)
        return OnionAddress(_read_key(self.path / PUBLIC_FILE, PUBLIC_HEADER, PUBLIC_BYTES))

    def set_clients(self, server_lines: Sequence[str]) -> None:
        """Let exactly these clients in (lines of `client_auth`); tor reads them when it is next told to.

        Raises WouldBecomePublic instead of taking away the last client of a service.
        """
        folder = self.path / CLIENTS_FOLDER
        folder.mkdir(mode=0o700, exist_ok=True)
        wanted = {f"{hashlib.sha256(line.encode()).hexdigest()[:16]}.auth": line for line in server_lines}
        present = {file.name for file in folder.glob("*.auth")}
        if present and not wanted:
            raise WouldBecomePublic("the last authorised client of an onion service stays")
        # New ones before old ones go: at no moment is the folder empty.
        for name in wanted.keys() - present:
            _write_whole(folder / name, f"{wanted[name]}\n".encode())
        for name in present - wanted.keys():
            (folder / name).unlink()


def _new_key() -> tuple[bytes, bytes]:
    """A fresh Ed25519 key: expanded secret (RFC 8032, 5.1.5: clamped scalar and prefix) and public half."""
    key = Ed25519PrivateKey.generate()
    expanded = bytearray(hashlib.sha512(key.private_bytes_raw()).digest())
    expanded[0] &= 0b1111_1000
    expanded[31] &= 0b0111_1111
    expanded[31] |= 0b0100_0000
    return bytes(expanded), key.public_key().public_bytes_raw()


def _read_key(file: Path, header: bytes, length: int) -> bytes:
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        raise KeyStoreDamaged(f"{file.name} is missing") from None
    if len(content) != HEADER_BYTES + length or not content.startswith(header):
        raise KeyStoreDamaged(f"{file.name} is not a key of an onion service")
    return content[HEADER_BYTES:]


def _write_whole(file: Path, content: bytes) -> None:
    """Write all of it (0600) or nothing: a half-written key would be lost for ever."""
    fresh = file.with_name(f".{file.name}.new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    fresh.rename(file)
    folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
