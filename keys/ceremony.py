"""The instance's root and what it certifies (docs/protocol.md, "Keys and their lives").

The root lives for years, sealed under a passphrase of its own, and is needed only to certify an operating
key; those live 90 days and sign releases.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from keys.sealed_key import open_key, seal_key
from sluis.errors import VerificationError
from sluis.instance import InstanceRecord, OperatingCertificate
from sluis.keytree import KdfProfile
from sluis.primitives import SigningKey, random_id

OPERATING_DAYS = 90
_ROOT = "instance root"


@dataclass(frozen=True)
class OperatingKey:
    """A key that signs releases: Ed25519 seed, the root's encoded certificate, its last day."""

    seed: bytes = field(repr=False)
    certificate: bytes
    last_day: int


@dataclass(frozen=True)
class Instance:
    """A new instance: encoded public record, sealed root key file, first operating key."""

    record: bytes
    root_file: bytes = field(repr=False)
    operating: OperatingKey


def create_instance(root_passphrase: str, *, training: bool, today: int, kdf: KdfProfile) -> Instance:
    """Draws the instance id and all its signing keys; the root leaves here only sealed."""
    root, seed = SigningKey.generate()
    record = InstanceRecord(random_id(), root.public, training, today)
    return Instance(
        record=record.encode(root),
        root_file=seal_key(seed, root_passphrase, _ROOT, kdf),
        operating=_operating_key(root, record, today),
    )


def renew_operating_key(
    root_file: bytes, root_passphrase: str, record: InstanceRecord, today: int
) -> OperatingKey:
    """A fresh operating key from today on.

    Raises WrongPassphrase, a FormatError, or VerificationError when the root is another instance's.
    """
    root = SigningKey(open_key(root_file, root_passphrase, _ROOT))
    if root.public != record.root_public:
        raise VerificationError("this is the root key of another instance")
    return _operating_key(root, record, today)


def _operating_key(root: SigningKey, record: InstanceRecord, today: int) -> OperatingKey:
    key, seed = SigningKey.generate()
    last_day = today + OPERATING_DAYS - 1
    certificate = OperatingCertificate(record.instance_id, key.public, today, last_day)
    return OperatingKey(seed, certificate.encode(root), last_day)
