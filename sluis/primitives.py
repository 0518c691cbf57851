"""Hashes, keyed hashes, symmetric sealing and signatures, each under a named label (docs/protocol.md).

Every use of a key names what it is for, so that a value made for one purpose can never stand in for
another. Sources: RFC 5869 (HKDF), RFC 2104 (HMAC), RFC 8439 (ChaCha20-Poly1305), RFC 8032 (Ed25519).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

# The library loads its backend at the first use of a key. By then a busy process may have no file handle left
# to load anything with, so it is loaded here.
import cryptography.hazmat.backends.openssl.backend  # noqa: F401
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from sluis.errors import BadField, BadSignature, Truncated, Unopenable
from sluis.limits import ID_SIZE, KEY_SIZE, NONCE_SIZE, SIGNATURE_SIZE, TAG_SIZE

PREFIX = b"sluis/v1/"


def label(name: str) -> bytes:
    """The domain separation label of one purpose: `sluis/v1/<name>` and a zero byte."""
    return PREFIX + name.encode("ascii") + b"\0"


def sha256(*parts: bytes) -> bytes:
    """SHA-256 (32 bytes) over the parts one after another; callers keep all but one of fixed length."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.digest()


def hmac_sha256(key: bytes, *parts: bytes) -> bytes:
    """HMAC-SHA-256 (32 bytes)."""
    return hmac.digest(key, b"".join(parts), "sha256")


def hkdf(secret: bytes, purpose: str, size: int = KEY_SIZE) -> bytes:
    """HKDF-SHA-256 without a salt, `info` being the label of the purpose."""
    return HKDF(algorithm=SHA256(), length=size, salt=None, info=label(purpose)).derive(secret)


def random_id() -> bytes:
    """16 random bytes that are not all zero (zero stands for 'none')."""
    while not any(value := secrets.token_bytes(ID_SIZE)):
        continue
    return value


def random_key() -> bytes:
    """32 random bytes."""
    return secrets.token_bytes(KEY_SIZE)


def aead_seal(key: bytes, plaintext: bytes, aad: bytes) -> bytes:
    """`nonce 12 || ChaCha20-Poly1305 ciphertext || tag 16` under a fresh random nonce.

    Random 96-bit nonces are safe here: a bank key or release key seals one slot a second for at most some
    weeks, so fewer than 2**24 times, which keeps the chance of a repeated nonce under 2**-49.
    """
    nonce = secrets.token_bytes(NONCE_SIZE)
    return nonce + ChaCha20Poly1305(key).encrypt(nonce, plaintext, aad)


def aead_seal_same(key: bytes, nonce_key: bytes, plaintext: bytes, aad: bytes) -> bytes:
    """As `aead_seal`, but the same for the same plaintext: it tells that two sealed values are equal.

    The nonce is the start of HMAC-SHA-256 over SHA-256(aad) || plaintext under a key of its own, the
    construction of SIV (RFC 5297): a nonce comes twice only for the same plaintext, or by the chance above.
    """
    nonce = hmac_sha256(nonce_key, sha256(aad), plaintext)[:NONCE_SIZE]
    return nonce + ChaCha20Poly1305(key).encrypt(nonce, plaintext, aad)


def aead_open(key: bytes, sealed: bytes, aad: bytes) -> bytes:
    """Opens what `aead_seal` made; raises Unopenable, or Truncated when it cannot even hold a tag."""
    if len(sealed) < NONCE_SIZE + TAG_SIZE:
        raise Truncated("a sealed value is shorter than its nonce and tag")
    try:
        return ChaCha20Poly1305(key).decrypt(sealed[:NONCE_SIZE], sealed[NONCE_SIZE:], aad)
    except InvalidTag as error:
        raise Unopenable("a sealed value does not open under this key") from error


class SigningKey:
    """An Ed25519 private key from its 32-byte seed."""

    def __init__(self, seed: bytes) -> None:
        if len(seed) != KEY_SIZE:
            raise BadField("an Ed25519 seed has 32 bytes")
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = self._key.public_key().public_bytes_raw()

    @classmethod
    def generate(cls) -> tuple[SigningKey, bytes]:
        """A fresh key and the seed to keep."""
        seed = random_key()
        return cls(seed), seed

    def sign(self, purpose: str, message: bytes) -> bytes:
        """64-byte signature over label || message."""
        return self._key.sign(label(purpose) + message)


def verify(public: bytes, purpose: str, message: bytes, signature: bytes) -> None:
    """Raises BadSignature unless `signature` (64 bytes) is `public`'s over label || message."""
    if len(signature) != SIGNATURE_SIZE:
        raise BadSignature("an Ed25519 signature has 64 bytes")
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, label(purpose) + message)
    except (InvalidSignature, ValueError) as error:
        raise BadSignature(f"the signature of the {purpose} does not verify") from error
