"""The certificates of an office's LAN: one authority, the server, and each seat (RFC 5280; ECDSA on P-256).

The authority signs once, and its key is not kept: nobody can add a server or a seat later without making all
anew. A seat shows its own certificate instead of a password, which would lie in the folder that all seats and
the server share; the key lies on the seat's own disk. A seat that is lost is struck out of `pg_ident.conf`.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sluis.primitives import random_id

LAST_DAYS = 731
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_SERVER, _CLIENT = ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH


@dataclass(frozen=True)
class Holder:
    """A certificate and its key, as PEM."""

    certificate: bytes
    key: bytes = field(repr=False)


@dataclass(frozen=True)
class Certificates:
    """The authority's certificate as PEM, that of the server, and one for each seat."""

    authority: bytes
    server: Holder
    seats: tuple[Holder, ...]


def make(host: str, seats: Sequence[str], today: int) -> Certificates:
    """`host` is the server's name, `seats` are those of the seats; `today` counts from 1970-01-01.

    They hold for LAST_DAYS, from the day before: clocks of machines without a network differ.
    """
    key = generate_private_key(SECP256R1())
    own = _name(f"LAN {random_id().hex()}")  # two authorities of one name would be taken for each other
    issued = _begun(own, own, key, today)
    issued = issued.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    issued = issued.add_extension(_usage(signs_others=True), critical=True)
    authority = issued.sign(key, SHA256())

    def sign(name: str, purpose: x509.ObjectIdentifier) -> Holder:
        mine = generate_private_key(SECP256R1())
        made = _begun(_name(name), own, mine, today)
        made = made.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        made = made.add_extension(_usage(signs_others=False), critical=True)
        made = made.add_extension(x509.ExtendedKeyUsage([purpose]), critical=True)
        made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        pem = mine.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return Holder(made.sign(key, SHA256()).public_bytes(Encoding.PEM), pem)

    return Certificates(
        authority.public_bytes(Encoding.PEM),
        sign(host, _SERVER),
        tuple(sign(name, _CLIENT) for name in seats),
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _begun(
    subject: x509.Name, issuer: x509.Name, key: EllipticCurvePrivateKey, today: int
) -> x509.CertificateBuilder:
    return x509.CertificateBuilder(
        issuer_name=issuer,
        subject_name=subject,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=_EPOCH + datetime.timedelta(days=today - 1),
        not_valid_after=_EPOCH + datetime.timedelta(days=today - 1 + LAST_DAYS),
    )


def _usage(*, signs_others: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_others,
        key_cert_sign=signs_others,
        crl_sign=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
