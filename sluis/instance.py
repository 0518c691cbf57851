"""Who is who: the public record of an instance, its operating certificates, a server's request to enrol.

All three are public, of constant size and signed (docs/protocol.md, "Instance, operating key, enrolment").
"""

from __future__ import annotations

from dataclasses import dataclass

from sluis.errors import BadField, Expired, WrongInstance, WrongSize
from sluis.limits import ID_SIZE, KEY_SIZE, SIGNATURE_SIZE, XWING_PUBLIC_SIZE, SiteProfile, site_by_code
from sluis.primitives import SigningKey, sha256, verify
from sluis.wire import Reader, Writer

_RECORD_MAGIC = b"SLUISINS"
_CERTIFICATE_MAGIC = b"SLUISOPC"
_ENROL_MAGIC = b"SLUISENR"
_VERSION = 1
RECORD_SIZE = 10 + ID_SIZE + KEY_SIZE + 1 + 4 + SIGNATURE_SIZE
CERTIFICATE_SIZE = 10 + ID_SIZE + KEY_SIZE + 4 + 4 + SIGNATURE_SIZE
ENROLMENT_SIZE = 10 + ID_SIZE + ID_SIZE + 1 + KEY_SIZE + XWING_PUBLIC_SIZE + SIGNATURE_SIZE


def _sized(data: bytes, size: int, what: str) -> Reader:
    if len(data) != size:
        Reader(data, what).magic(data[:8])  # a foreign or newer file is named as such, not by its size
        raise WrongSize(f"{what} has {size} bytes, this has {len(data)}")
    return Reader(data, what)


def _body(data: bytes) -> tuple[bytes, bytes]:
    return data[:-SIGNATURE_SIZE], data[-SIGNATURE_SIZE:]


@dataclass(frozen=True)
class InstanceRecord:
    """Id (16 bytes, also the salt of every codename), root key, and whether this is for training only."""

    instance_id: bytes
    root_public: bytes
    training: bool
    created_day: int

    @property
    def fingerprint(self) -> str:
        """What two people read to each other: 64 hexadecimal digits in groups of four."""
        digest = sha256(self.instance_id, self.root_public).hex()
        return " ".join(digest[i : i + 4] for i in range(0, 64, 4))

    def encode(self, root: SigningKey) -> bytes:
        """RECORD_SIZE bytes, signed by the root itself."""
        body = Writer().magic(_RECORD_MAGIC, _VERSION).fixed(self.instance_id, ID_SIZE)
        body.fixed(self.root_public, KEY_SIZE).u8(self.training).day(self.created_day)
        return body.bytes() + root.sign("instance", body.bytes())

    @classmethod
    def parse(cls, data: bytes) -> InstanceRecord:
        """Parses and verifies; raises a FormatError or BadSignature."""
        reader = _sized(data, RECORD_SIZE, "an instance record")
        reader.magic(_RECORD_MAGIC, (_VERSION,))
        instance_id, root = reader.fixed(ID_SIZE), reader.fixed(KEY_SIZE)
        training = reader.u8()
        if training > 1:
            raise BadField("an instance is for training or not")
        body, signature = _body(data)
        verify(root, "instance", body, signature)
        return cls(instance_id, root, bool(training), reader.u32())


@dataclass(frozen=True)
class OperatingCertificate:
    """The root's word that `public` (Ed25519) may sign releases from `first_day` to `last_day`."""

    instance_id: bytes
    public: bytes
    first_day: int
    last_day: int

    def encode(self, root: SigningKey) -> bytes:
        """CERTIFICATE_SIZE bytes, signed by the root."""
        body = Writer().magic(_CERTIFICATE_MAGIC, _VERSION).fixed(self.instance_id, ID_SIZE)
        body.fixed(self.public, KEY_SIZE).day(self.first_day).day(self.last_day)
        return body.bytes() + root.sign("operating", body.bytes())

    @classmethod
    def parse(cls, data: bytes, record: InstanceRecord) -> OperatingCertificate:
        """Parses and verifies under the record's root; raises a FormatError, WrongInstance, BadSignature."""
        reader = _sized(data, CERTIFICATE_SIZE, "an operating certificate")
        reader.magic(_CERTIFICATE_MAGIC, (_VERSION,))
        if reader.fixed(ID_SIZE) != record.instance_id:
            raise WrongInstance("an operating certificate of another instance")
        body, signature = _body(data)
        verify(record.root_public, "operating", body, signature)
        return cls(record.instance_id, reader.fixed(KEY_SIZE), reader.day(), reader.day())

    def check_day(self, day: int) -> None:
        """Raises Expired unless something signed on `day` falls inside the certificate."""
        if not self.first_day <= day <= self.last_day:
            raise Expired("signed on a day outside the operating key's life")


@dataclass(frozen=True)
class EnrolmentRequest:
    """A server's public keys, for the workstation: server id 16, site, Ed25519 32, X-Wing 1,216."""

    instance_id: bytes
    server_id: bytes
    site: SiteProfile
    sign_public: bytes
    transfer_public: bytes

    @property
    def fingerprint(self) -> str:
        """What operator and custodian compare by voice before enrolling."""
        digest = sha256(self.server_id, self.sign_public, self.transfer_public).hex()
        return " ".join(digest[i : i + 4] for i in range(0, 64, 4))

    def encode(self, key: SigningKey) -> bytes:
        """ENROLMENT_SIZE bytes, signed by the server's own key (proof of possession)."""
        body = Writer().magic(_ENROL_MAGIC, _VERSION).fixed(self.instance_id, ID_SIZE)
        body.fixed(self.server_id, ID_SIZE).u8(self.site.code).fixed(self.sign_public, KEY_SIZE)
        body.fixed(self.transfer_public, XWING_PUBLIC_SIZE)
        return body.bytes() + key.sign("enrolment", body.bytes())

    @classmethod
    def parse(cls, data: bytes, instance_id: bytes) -> EnrolmentRequest:
        """Parses and verifies; raises a FormatError, WrongInstance or BadSignature."""
        reader = _sized(data, ENROLMENT_SIZE, "an enrolment request")
        reader.magic(_ENROL_MAGIC, (_VERSION,))
        if reader.fixed(ID_SIZE) != instance_id:
            raise WrongInstance("an enrolment request for another instance")
        server_id = reader.fixed(ID_SIZE)
        try:
            site = site_by_code(reader.u8())
        except KeyError as error:
            raise BadField("an unknown size of site") from error
        sign_public, transfer_public = reader.fixed(KEY_SIZE), reader.fixed(XWING_PUBLIC_SIZE)
        body, signature = _body(data)
        verify(sign_public, "enrolment", body, signature)
        return cls(instance_id, server_id, site, sign_public, transfer_public)
