"""The export header: the signed first block of a closed bank (docs/protocol.md, "Export").

The server's signature stops a courier from changing or making an export. It says nothing against the
server itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sluis.errors import BadField, WrongInstance, WrongServer, WrongSize
from sluis.limits import (
    HASH_SIZE,
    HEADER_BLOCK_SIZE,
    ID_SIZE,
    SIGNATURE_SIZE,
    XWING_PUBLIC_SIZE,
    SiteProfile,
    site_by_code,
)
from sluis.primitives import SigningKey, sha256, verify
from sluis.wire import Reader, Writer

MAGIC = b"SLUISEXP"
VERSION = 1
NO_HASH = bytes(HASH_SIZE)
_SIGNED_SIZE = HEADER_BLOCK_SIZE - SIGNATURE_SIZE


@dataclass(frozen=True)
class ExportHeader:
    """What one export says of itself.

    `serial` counts the server's banks from 1; `previous` is the hash of the export header before it (zero
    for the first); `release`, `release_hash` name the last release imported; `transfer_public` is a fresh
    X-Wing key for the next release; `body_hash` covers all bytes after this block.
    """

    instance_id: bytes
    server_id: bytes
    site: SiteProfile
    training: bool
    serial: int
    previous: bytes
    opening_day: int
    closing_day: int
    release: int
    release_hash: bytes
    transfer_public: bytes
    body_hash: bytes
    signature: bytes = bytes(SIGNATURE_SIZE)

    def _signed(self) -> bytes:
        writer = Writer().magic(MAGIC, VERSION).fixed(self.instance_id, ID_SIZE)
        writer.fixed(self.server_id, ID_SIZE).u8(self.site.code).u8(self.training).u64(self.serial)
        writer.fixed(self.previous, HASH_SIZE).day(self.opening_day).day(self.closing_day)
        writer.u32(self.release).fixed(self.release_hash, HASH_SIZE)
        writer.fixed(self.transfer_public, XWING_PUBLIC_SIZE).fixed(self.body_hash, HASH_SIZE)
        return writer.pad(_SIGNED_SIZE).bytes()

    def signed(self, key: SigningKey) -> ExportHeader:
        """This header with the server's signature."""
        return replace(self, signature=key.sign("export", self._signed()))

    def encode(self) -> bytes:
        """4,096 bytes."""
        return self._signed() + self.signature

    @property
    def hash(self) -> bytes:
        """SHA-256 of the whole block: the name of this export in chain and acknowledgement."""
        return sha256(self.encode())

    @classmethod
    def parse(cls, block: bytes, instance_id: bytes) -> ExportHeader:
        """Parses one block **without** verifying it; raises a FormatError or WrongInstance."""
        reader = Reader(block, "an export")
        reader.magic(MAGIC, (VERSION,))
        if len(block) != HEADER_BLOCK_SIZE:
            raise WrongSize("an export header has 4,096 bytes")
        if reader.fixed(ID_SIZE) != instance_id:
            raise WrongInstance("an export of another instance")
        server_id = reader.fixed(ID_SIZE)
        try:
            site = site_by_code(reader.u8())
        except KeyError as error:
            raise BadField("an export of an unknown size of site") from error
        training = reader.u8()
        if training > 1:
            raise BadField("an export is for training or not")
        header = cls(
            instance_id=instance_id,
            server_id=server_id,
            site=site,
            training=bool(training),
            serial=reader.u64(),
            previous=reader.fixed(HASH_SIZE),
            opening_day=reader.day(),
            closing_day=reader.day(),
            release=reader.u32(),
            release_hash=reader.fixed(HASH_SIZE),
            transfer_public=reader.fixed(XWING_PUBLIC_SIZE),
            body_hash=reader.fixed(HASH_SIZE),
        )
        reader.zeros_to(_SIGNED_SIZE)
        return replace(header, signature=reader.fixed(SIGNATURE_SIZE))

    def verify(self, server_id: bytes, sign_public: bytes) -> None:
        """Raises WrongServer or BadSignature unless the enrolled server signed this."""
        if self.server_id != server_id:
            raise WrongServer("an export of another server")
        verify(sign_public, "export", self._signed(), self.signature)
