"""`seats.toml` in the office's folder: that the cases lie in a PostgreSQL of the LAN, and where it answers.

Without that file they lie in `cases.db` and one seat works (docs/decisions/0020). It holds no secret.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from sluis.errors import BadField
from workstation.folder import Folder


class Shared(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where the seats meet. All paths are the same on each seat.

    `host` is the folder of a unix socket, or the name in the server's certificate; then `authority` signed
    that certificate, and `certificate` and `key` let this seat in. `interface` is the one network interface
    that may be up, "" with a unix socket. `scratch` is a folder on the disk of each seat itself.
    """

    host: str
    port: int = 5432
    database: str
    user: str
    scratch: str
    interface: str = ""
    authority: str = ""
    certificate: str = ""
    key: str = ""

    @property
    def by_socket(self) -> bool:
        """Whether nothing goes over a network."""
        return self.host.startswith("/")

    def __post_init__(self) -> None:
        texts = (self.host, self.database, self.user, self.scratch, self.interface)
        if not all(text.isprintable() for text in texts) or not self.scratch.startswith("/"):
            raise ValueError("a value that is no name, or a scratch folder that is no full path")
        tls = (self.authority, self.certificate, self.key)
        if not self.by_socket and not all(path.startswith("/") for path in tls):
            raise ValueError("over a network, authority, certificate and key are needed, as full paths")
        if self.by_socket == bool(self.interface):
            raise ValueError("an interface is named exactly when the server is reached over the LAN")


def read_shared(folder: Folder) -> Shared | None:
    """None when one seat works here; raises BadField for a file that cannot be meant so."""
    try:
        data = folder.seats.read_bytes()
    except FileNotFoundError:
        return None
    return parse_shared(data)


def parse_shared(data: bytes) -> Shared:
    """Raises BadField."""
    try:
        return msgspec.toml.decode(data, type=Shared)
    except (msgspec.MsgspecError, ValueError) as error:
        raise BadField(f"seats.toml: {error}") from error


def write_shared(folder: Folder, data: bytes) -> None:
    """From now on the cases are looked for in PostgreSQL: the file is there whole, or not at all."""
    new = folder.seats.with_suffix(".new")
    with open(new, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(new, folder.seats)
    sync_folder(folder.path)


def sync_folder(path: Path) -> None:
    """The names in a folder are on the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
