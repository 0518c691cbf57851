"""A 32-byte key at rest under a passphrase (docs/protocol.md, "Sealed key file").

magic "SLUISKEY" 8 || version 2 || purpose 16 || salt 16 || memory in KiB 4 || passes 4 || AEAD(32-byte
key) 60. The passphrase's key is Argon2id (RFC 9106) with one lane; everything before the seal is
authenticated with it.
"""

from __future__ import annotations

import unicodedata

from nacl.pwhash import argon2id

from keys.errors import WrongPassphrase
from sluis.errors import BadField, Unopenable, WrongSize
from sluis.keytree import KdfProfile
from sluis.limits import ID_SIZE, KEY_SIZE, NONCE_SIZE, TAG_SIZE
from sluis.primitives import aead_open, aead_seal, label, random_id
from sluis.wire import MAGIC_SIZE, Reader, Writer

MAGIC = b"SLUISKEY"
VERSION = 1
PURPOSE_SIZE = 16
_SEALED_SIZE = NONCE_SIZE + KEY_SIZE + TAG_SIZE
SEALED_KEY_SIZE = MAGIC_SIZE + 2 + PURPOSE_SIZE + ID_SIZE + 4 + 4 + _SEALED_SIZE
# A file from elsewhere must not be able to ask for more memory or time than any profile of ours does.
_MEMORY_MAX_KIB = 1_048_576
_PASSES_MAX = 16


def _passphrase_key(passphrase: str, salt: bytes, kdf: KdfProfile) -> bytes:
    typed = unicodedata.normalize("NFKC", passphrase).encode("utf-8")
    return argon2id.kdf(KEY_SIZE, typed, salt, opslimit=kdf.passes, memlimit=kdf.memory_kib * 1024)


def _purpose_field(purpose: str) -> bytes:
    return purpose.encode("ascii").ljust(PURPOSE_SIZE, b"\0")


def profile_of(data: bytes) -> KdfProfile:
    """How much work the passphrase of this file takes; raises a FormatError."""
    reader = Reader(data, "a sealed key")
    reader.magic(MAGIC, (VERSION,))
    reader.fixed(PURPOSE_SIZE + ID_SIZE)
    return _profile(reader)


def _profile(reader: Reader) -> KdfProfile:
    kdf = KdfProfile(memory_kib=reader.u32(), passes=reader.u32())
    if not (8 <= kdf.memory_kib <= _MEMORY_MAX_KIB and 1 <= kdf.passes <= _PASSES_MAX):
        raise BadField("a sealed key asks for an impossible amount of work")
    return kdf


def seal_key(key: bytes, passphrase: str, purpose: str, kdf: KdfProfile) -> bytes:
    """SEALED_KEY_SIZE bytes; `purpose` (at most 16 ASCII characters) is checked again at opening."""
    if len(key) != KEY_SIZE:
        raise BadField("a key has 32 bytes")
    salt = random_id()
    head = Writer().magic(MAGIC, VERSION).fixed(_purpose_field(purpose), PURPOSE_SIZE)
    head.fixed(salt, ID_SIZE).u32(kdf.memory_kib).u32(kdf.passes)
    wrapping = _passphrase_key(passphrase, salt, kdf)
    return head.bytes() + aead_seal(wrapping, key, label("sealed-key") + head.bytes())


def open_key(data: bytes, passphrase: str, purpose: str) -> bytes:
    """The 32-byte key; raises WrongPassphrase (also for a damaged file), or a FormatError."""
    reader = Reader(data, "a sealed key")
    reader.magic(MAGIC, (VERSION,))
    if len(data) != SEALED_KEY_SIZE:
        raise WrongSize(f"a sealed key has {SEALED_KEY_SIZE} bytes, this has {len(data)}")
    if reader.fixed(PURPOSE_SIZE) != _purpose_field(purpose):
        raise BadField("a sealed key for another purpose")
    salt = reader.fixed(ID_SIZE)
    kdf = _profile(reader)
    head = data[: reader.at]
    wrapping = _passphrase_key(passphrase, salt, kdf)
    try:
        return aead_open(wrapping, reader.fixed(_SEALED_SIZE), label("sealed-key") + head)
    except Unopenable as error:
        raise WrongPassphrase("the passphrase does not open this key") from error
