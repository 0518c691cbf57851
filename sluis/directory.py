"""A signed directory of services: what a line signed off, as it travels (docs/protocol.md, "Directory").

Anybody may read it; whoever changes a byte of it is found out. What the text says is of no concern here.
"""

from __future__ import annotations

from dataclasses import dataclass

from sluis.errors import BadField, TooLarge, WrongInstance
from sluis.instance import CERTIFICATE_SIZE, InstanceRecord, OperatingCertificate
from sluis.limits import ID_SIZE, SIGNATURE_SIZE
from sluis.primitives import SigningKey, verify
from sluis.wire import MAGIC_SIZE, Reader, Writer

MAGIC = b"SLUISDIR"
VERSION = 1
TEXT_MAX = 262_144
_HEAD_SIZE = MAGIC_SIZE + 2 + ID_SIZE + 4 + CERTIFICATE_SIZE + 4


@dataclass(frozen=True)
class SignedDirectory:
    """The `text` (at most 256 KiB of UTF-8) and the day on which it was signed."""

    day: int
    text: str

    def encode(self, instance_id: bytes, certificate: bytes, operating_key: SigningKey) -> bytes:
        """`certificate` is the encoded operating certificate of the key. Raises TooLarge."""
        raw = self.text.encode("utf-8")
        if len(raw) > TEXT_MAX:
            raise TooLarge(f"a directory has at most {TEXT_MAX} bytes")
        head = Writer().magic(MAGIC, VERSION).fixed(instance_id, ID_SIZE).day(self.day)
        head.fixed(certificate, CERTIFICATE_SIZE).u32(len(raw))
        body = head.bytes() + raw
        return body + operating_key.sign("directory", body)

    @classmethod
    def parse(cls, data: bytes, record: InstanceRecord) -> SignedDirectory:
        """Parses and verifies; raises a FormatError, TooLarge, WrongInstance, BadSignature or Expired."""
        reader = Reader(data, "a directory")
        reader.magic(MAGIC, (VERSION,))
        if len(data) > _HEAD_SIZE + TEXT_MAX + SIGNATURE_SIZE:
            raise TooLarge(f"a directory has at most {TEXT_MAX} bytes")
        if reader.fixed(ID_SIZE) != record.instance_id:
            raise WrongInstance("a directory of another instance")
        day = reader.day()
        certificate = OperatingCertificate.parse(reader.fixed(CERTIFICATE_SIZE), record)
        raw = reader.fixed(reader.u32())
        signature = reader.fixed(SIGNATURE_SIZE)
        reader.end()
        verify(certificate.public, "directory", data[:-SIGNATURE_SIZE], signature)
        certificate.check_day(day)
        try:
            return cls(day, raw.decode("utf-8"))
        except UnicodeDecodeError as error:
            raise BadField("a directory that is not UTF-8") from error
