"""Operators of the journalist site: what the server gets, and what the operator takes home.

The record holds only what a server needs to recognise the operator. The passphrase, the second factor and
the key of the onion's client authorisation (rend-spec-v3, "Client authorization") are handed over on
paper or a medium of their own.
"""

from __future__ import annotations

import base64
import io
import json
import re
from dataclasses import dataclass, field

import argon2
import pyotp
import segno
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from sluis.errors import BadField

FORMAT = "sluis-operator"
VERSION = 1
_ALIAS = re.compile(r"[a-z][a-z0-9-]{1,30}[a-z0-9]\Z")
_ONION = re.compile(r"[a-z2-7]{56}\Z")


@dataclass(frozen=True)
class Operator:
    """A new operator: `record` (JSON) is for the server, all else is for the operator alone."""

    alias: str
    record: bytes
    passphrase: str = field(repr=False)
    totp_secret: str = field(repr=False)
    client_auth_private: str = field(repr=False)

    def totp_uri(self, issuer: str) -> str:
        """What the operator's authenticator scans."""
        return pyotp.TOTP(self.totp_secret).provisioning_uri(name=self.alias, issuer_name=issuer)

    def totp_qr(self, issuer: str) -> str:
        """The same as a QR code made of block characters, for a terminal."""
        out = io.StringIO()
        segno.make(self.totp_uri(issuer), error="m").terminal(out, compact=True)
        return out.getvalue()

    def client_auth_line(self, onion: str) -> str:
        """The content of tor's `.auth_private` file for this onion (56 characters, without ".onion")."""
        address = onion.removesuffix(".onion")
        if not _ONION.match(address):
            raise BadField("an onion address has 56 characters")
        return f"{address}:descriptor:x25519:{self.client_auth_private}"


def _base32(key: bytes) -> str:
    return base64.b32encode(key).decode("ascii").rstrip("=")


def make_operator(alias: str, passphrase: str, hasher: argon2.PasswordHasher | None = None) -> Operator:
    """Draws a second factor and a client key; `alias` is a desk's pseudonym, never a person's name.

    Raises BadField for an alias that is not 3 to 32 small letters, digits or hyphens.
    """
    if not _ALIAS.match(alias):
        raise BadField("an alias has 3 to 32 small letters, digits or hyphens")
    key = X25519PrivateKey.generate()
    totp_secret = pyotp.random_base32()
    record = {
        "format": FORMAT,
        "version": VERSION,
        "alias": alias,
        "passphrase_hash": (hasher or argon2.PasswordHasher()).hash(passphrase),
        "totp_secret": totp_secret,
        "client_auth_public": "descriptor:x25519:" + _base32(key.public_key().public_bytes_raw()),
    }
    return Operator(
        alias=alias,
        record=(json.dumps(record, indent=1) + "\n").encode("ascii"),
        passphrase=passphrase,
        totp_secret=totp_secret,
        client_auth_private=_base32(key.private_bytes_raw()),
    )
