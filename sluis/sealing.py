"""HPKE (RFC 9180, base mode) with X-Wing, HKDF-SHA-256 and ChaCha20-Poly1305.

X-Wing is ML-KEM-768 with X25519 (draft-connolly-cfrg-xwing-kem): a seal holds while either of the two
holds. A private key is its 32-byte seed, expanded by SHAKE-256 to d || z (64) and the X25519 scalar (32).
"""

from __future__ import annotations

import hashlib

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from sluis.errors import BadField, Truncated, Unopenable
from sluis.limits import HPKE_OVERHEAD, KEY_SIZE, XWING_PUBLIC_SIZE
from sluis.primitives import random_key

_MLKEM_PUBLIC_SIZE = 1_184
_SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)


class SealingKey:
    """A public X-Wing key (1,216 bytes): anyone can seal to it."""

    def __init__(self, public: bytes) -> None:
        if len(public) != XWING_PUBLIC_SIZE:
            raise BadField("an X-Wing public key has 1,216 bytes")
        self.public = bytes(public)
        try:
            self._key = MLKEM768X25519PublicKey(
                MLKEM768PublicKey.from_public_bytes(public[:_MLKEM_PUBLIC_SIZE]),
                X25519PublicKey.from_public_bytes(public[_MLKEM_PUBLIC_SIZE:]),
            )
        except ValueError as error:
            raise BadField("not an X-Wing public key") from error

    def seal(self, plaintext: bytes, info: bytes) -> bytes:
        """`enc 1,120 || ciphertext || tag 16`, 1,136 bytes longer than the plaintext.

        Raises BadField for a key on which X25519 gives no shared secret (a low-order point).
        """
        try:
            return _SUITE.encrypt(plaintext, self._key, info)
        except ValueError as error:
            raise BadField("nothing can be sealed to this key") from error


class OpeningKey:
    """A private X-Wing key from its 32-byte seed."""

    def __init__(self, seed: bytes) -> None:
        if len(seed) != KEY_SIZE:
            raise BadField("an X-Wing seed has 32 bytes")
        expanded = hashlib.shake_256(seed).digest(96)
        mlkem = MLKEM768PrivateKey.from_seed_bytes(expanded[:64])
        x25519 = X25519PrivateKey.from_private_bytes(expanded[64:])
        self.public = mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()
        self._key = MLKEM768X25519PrivateKey(mlkem, x25519)

    @classmethod
    def generate(cls) -> tuple[OpeningKey, bytes]:
        """A fresh key and the seed to keep."""
        seed = random_key()
        return cls(seed), seed

    def open(self, sealed: bytes, info: bytes) -> bytes:
        """Opens a seal; raises Unopenable when it is damaged, or for another key or purpose."""
        if len(sealed) < HPKE_OVERHEAD:
            raise Truncated("a seal is shorter than its own overhead")
        try:
            return _SUITE.decrypt(sealed, self._key, info)
        except (InvalidTag, ValueError) as error:
            raise Unopenable("a seal does not open under this key") from error


def throwaway_seal(size: int) -> bytes:
    """A genuine seal of zeros, `size` bytes in all, to a key that nobody keeps.

    Random bytes would not do: X-Wing ciphertexts can be told from them, so an unused row must be made
    exactly as a used one is.
    """
    key, _ = OpeningKey.generate()
    return SealingKey(key.public).seal(bytes(size - HPKE_OVERHEAD), b"")
