"""Keys for v3 client authorization: who may reach the operators' onion site at all.

Tor encrypts the site's descriptor to the public key of each authorised client (rend-spec-v3,
"client authorization"); without the private key nobody learns where to knock. One X25519 pair per
person: the server gets `server_line`, the person's tor `client_line`, and Tor Browser asks for
`private_text`.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from securedrop_config.onion_errors import BadClientKey
from securedrop_config.onion_folder import OnionAddress

PREFIX = "descriptor:x25519:"
KEY_BYTES = 32
KEY_CHARACTERS = 52  # base32 of 32 bytes, without its padding


@dataclass(frozen=True, slots=True)
class ClientKeyPair:
    """An X25519 pair, 32 bytes each."""

    public_key: bytes
    private_key: bytes = field(repr=False)

    @property
    def server_line(self) -> str:
        """`descriptor:x25519:BASE32`, what the server stores in `authorized_clients/*.auth`."""
        return PREFIX + _base32(self.public_key)

    @property
    def private_text(self) -> str:
        """52 characters, what Tor Browser asks for."""
        return _base32(self.private_key)

    def client_line(self, address: OnionAddress) -> str:
        """`ADDRESS:descriptor:x25519:BASE32`, for a `*.auth_private` file in ClientOnionAuthDir."""
        return f"{address.label}:{PREFIX}{self.private_text}"


def new_client_key() -> ClientKeyPair:
    """A fresh pair, for one person and one site."""
    private_key = X25519PrivateKey.generate()
    return ClientKeyPair(private_key.public_key().public_bytes_raw(), private_key.private_bytes_raw())


def check_server_line(line: str) -> str:
    """`line` as tor reads it; raises BadClientKey for anything but `descriptor:x25519:` and 52 characters."""
    key = line.removeprefix(PREFIX)
    if key == line or len(key) != KEY_CHARACTERS:
        raise BadClientKey("a client key starts with descriptor:x25519: and has 52 characters")
    try:
        base64.b32decode(key + "====")
    except binascii.Error:
        raise BadClientKey("a client key is base32: A to Z and 2 to 7") from None
    return line


def _base32(key: bytes) -> str:
    return base64.b32encode(key).decode("ascii").rstrip("=")
