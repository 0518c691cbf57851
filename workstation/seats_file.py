"""`seats.toml` in the office's folder: that the cases lie in a PostgreSQL of the LAN, and where it answers.

Without that file they lie in `cases.db` and one seat works (docs/decisions/0020). It holds no secret.
"""

from __future__ import annotations

import ipaddress
import os
from pathlib import Path

import msgspec

from sluis.errors import BadField
from workstation.folder import Folder

_PRIVATE = tuple(map(ipaddress.IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))  # RFC 1918


class Shared(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where the seats meet. All paths are the same on each seat.

    `host` is the folder of a unix socket, or the name in the server's certificate; then `address` is where it
    answers (nothing is asked of a resolver), `authority` signed that certificate, `certificate` and `key` let
    this seat in, `interface` is the one network interface that may be up, and `subnet` the private one that
    its address, and the server's, lie in. `scratch` is a folder on the disk of each seat itself.
    """

    host: str
    port: int = 5432
    database: str
    user: str
    scratch: str
    interface: str = ""
    address: str = ""
    subnet: str = ""
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
        lan = (self.interface, self.address, self.subnet)
        if (self.by_socket and any(lan)) or (not self.by_socket and not all(lan)):
            raise ValueError("interface, address and subnet are named exactly when there is a LAN")
        if not self.by_socket:
            _check_subnet(self.subnet, self.address)


def _check_subnet(subnet: str, address: str) -> None:
    """Raises ValueError."""
    network = ipaddress.IPv4Network(subnet)
    if not any(network.subnet_of(one) for one in _PRIVATE):
        raise ValueError("the subnet is not one of RFC 1918")
    if ipaddress.IPv4Address(address) not in network:
        raise ValueError("the address of the server is not in the subnet")


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
