"""What a codename turns into (docs/protocol.md, "Keys derived from a codename").

root = Argon2id(canonical codename, salt = instance id); everything else comes from root by HKDF, one label
each. Nothing derived is ever cached: it lives as long as the request that needs it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from nacl.pwhash import argon2id

from sluis.limits import KEY_SIZE, RING_RELEASES, ROWS_PER_THREAD_AND_RELEASE
from sluis.primitives import SigningKey, hkdf, hmac_sha256, label, sha256
from sluis.sealing import OpeningKey


@dataclass(frozen=True)
class KdfProfile:
    """Cost of Argon2id (RFC 9106): memory in KiB, passes; one lane. Tests pass a cheap one as an argument."""

    memory_kib: int
    passes: int


STANDARD_KDF = KdfProfile(memory_kib=65_536, passes=3)


def derive_root(canonical: str, instance_id: bytes, profile: KdfProfile = STANDARD_KDF) -> bytes:
    """The 32-byte root of a codename; the salt is the instance id, not a key that may be replaced."""
    return argon2id.kdf(
        KEY_SIZE,
        canonical.encode("utf-8"),
        instance_id,
        opslimit=profile.passes,
        memlimit=profile.memory_kib * 1024,
    )


def thread_id(reply_public: bytes, sign_public: bytes, k_tag: bytes) -> bytes:
    """The 16-byte thread identifier, recomputed by every reader of an envelope."""
    return sha256(label("thread"), reply_public, sign_public, sha256(k_tag))[:16]


def row_tag(k_tag: bytes, instance_id: bytes, release: int, row: int) -> bytes:
    """The 32-byte tag of this thread's `row` (0..3) in `release`; it looks random to anyone without k_tag."""
    return hmac_sha256(k_tag, label("tag"), instance_id, release.to_bytes(4, "big"), bytes([row]))


@dataclass(frozen=True)
class SourceKeys:
    """All keys of one source: reply (X-Wing), sign (Ed25519), k_tag (32 bytes), thread (16 bytes)."""

    reply: OpeningKey = field(repr=False)
    sign: SigningKey = field(repr=False)
    k_tag: bytes = field(repr=False)
    thread: bytes = field(repr=False)

    @classmethod
    def from_root(cls, root: bytes) -> SourceKeys:
        """Expands the 32-byte root."""
        reply = OpeningKey(hkdf(root, "reply"))
        sign = SigningKey(hkdf(root, "sign"))
        k_tag = hkdf(root, "k_tag")
        return cls(reply, sign, k_tag, thread_id(reply.public, sign.public, k_tag))

    def tags(self, instance_id: bytes, newest_release: int) -> Iterator[tuple[int, int, bytes]]:
        """Always 120 triples (release, row, tag) over the 30 releases that the ring holds.

        Before the thirtieth release the older numbers wrap below zero modulo 2**32 and match nothing, so the
        work is the same from the first day.
        """
        for back in range(RING_RELEASES):
            release = (newest_release - back) % 2**32
            for row in range(ROWS_PER_THREAD_AND_RELEASE):
                yield release, row, row_tag(self.k_tag, instance_id, release, row)
