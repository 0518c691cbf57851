"""Releases: what the workstation sends back, signed, sealed, of one size (docs/protocol.md, "Release").

Outside: magic, version, instance, server, serial of the export whose key opens it, HPKE seal. Inside: the
operating certificate, the content, the operating key's signature over all of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sluis.errors import BadField, WrongInstance, WrongServer, WrongSize
from sluis.instance import CERTIFICATE_SIZE, InstanceRecord, OperatingCertificate
from sluis.limits import (
    CERTIFICATE_MAX,
    EPOCH_DAYS,
    HASH_SIZE,
    HPKE_OVERHEAD,
    ID_SIZE,
    RELEASE_SIZE,
    REPLY_CELL_SIZE,
    REPLY_ROW_SIZE,
    ROWS_PER_RELEASE,
    SIGNATURE_SIZE,
    TOMBSTONES,
    XWING_PUBLIC_SIZE,
)
from sluis.primitives import SigningKey, label, sha256, verify
from sluis.ring import Row
from sluis.sealing import OpeningKey, SealingKey
from sluis.wire import MAGIC_SIZE, Reader, Writer

MAGIC = b"SLUISREL"
VERSION = 1
_OUTER_SIZE = MAGIC_SIZE + 2 + ID_SIZE + ID_SIZE + 8
_CONTENT_SIZE = (
    4 * 4
    + HASH_SIZE
    + EPOCH_DAYS * XWING_PUBLIC_SIZE
    + 2
    + CERTIFICATE_MAX
    + ROWS_PER_RELEASE * REPLY_ROW_SIZE
    + TOMBSTONES * HASH_SIZE
    + 8
    + HASH_SIZE
)
_INNER_SIZE = CERTIFICATE_SIZE + _CONTENT_SIZE + SIGNATURE_SIZE

assert RELEASE_SIZE == _OUTER_SIZE + _INNER_SIZE + HPKE_OVERHEAD


@dataclass(frozen=True)
class Release:
    """The content of a release for one server.

    `sequence` counts from 1; `previous` is the hash of the release before it (zero for the first); the 45
    `epoch_keys` (X-Wing public) are for the days from `first_epoch_day`; `certificate` is the OpenPGP key
    that reports are encrypted to; 128 `rows`; up to 128 `tombstones` (tags of deleted rows);
    `acknowledged_*` name the last export of this server's unbroken chain.
    """

    sequence: int
    previous: bytes
    day: int
    expiry_day: int
    first_epoch_day: int
    epoch_keys: Sequence[bytes]
    certificate: bytes
    rows: Sequence[Row]
    tombstones: Sequence[bytes]
    acknowledged_serial: int
    acknowledged_hash: bytes

    def _encode(self) -> bytes:
        counts = (len(self.epoch_keys), len(self.rows), len(self.tombstones))
        if counts != (EPOCH_DAYS, ROWS_PER_RELEASE, TOMBSTONES):
            raise BadField("a release is always full: 45 keys, 128 rows, 128 tombstones")
        writer = Writer().u32(self.sequence).fixed(self.previous, HASH_SIZE)
        writer.day(self.day).day(self.expiry_day).day(self.first_epoch_day)
        for key in self.epoch_keys:
            writer.fixed(key, XWING_PUBLIC_SIZE)
        writer.var(self.certificate, CERTIFICATE_MAX)
        writer.fixed(bytes(CERTIFICATE_MAX - len(self.certificate)), CERTIFICATE_MAX - len(self.certificate))
        for row in self.rows:
            writer.fixed(row.tag, HASH_SIZE).fixed(row.cell, REPLY_CELL_SIZE)
        for tag in self.tombstones:
            writer.fixed(tag, HASH_SIZE)
        return writer.u64(self.acknowledged_serial).fixed(self.acknowledged_hash, HASH_SIZE).bytes()

    @property
    def hash(self) -> bytes:
        """SHA-256 of the content: the name of this release in export headers."""
        return sha256(self._encode())


def _context(instance_id: bytes, server_id: bytes, key_serial: int) -> bytes:
    return instance_id + server_id + key_serial.to_bytes(8, "big")


def seal_release(
    release: Release,
    instance_id: bytes,
    server_id: bytes,
    key_serial: int,
    transfer_key: SealingKey,
    certificate: bytes,
    operating_key: SigningKey,
) -> bytes:
    """RELEASE_SIZE bytes for one server.

    `key_serial` is the serial of the export that brought `transfer_key` (0: its enrolment); `certificate` is
    the encoded operating certificate.
    """
    context = _context(instance_id, server_id, key_serial)
    inner = certificate + release._encode()
    inner += operating_key.sign("release", context + inner)
    outer = Writer().magic(MAGIC, VERSION).fixed(context, len(context)).bytes()
    return outer + transfer_key.seal(inner, label("release") + context)


@dataclass(frozen=True)
class SealedRelease:
    """A release as it arrived: for whom, and which of the server's keys opens it. Nothing is verified."""

    instance_id: bytes
    server_id: bytes
    key_serial: int
    sealed: bytes

    @classmethod
    def parse(cls, data: bytes, instance_id: bytes, server_id: bytes) -> SealedRelease:
        """Raises NotOurs, UnknownVersion, WrongSize, WrongInstance or WrongServer, in that order."""
        reader = Reader(data, "a release")
        reader.magic(MAGIC, (VERSION,))
        if len(data) != RELEASE_SIZE:
            raise WrongSize(f"a release has {RELEASE_SIZE} bytes, this has {len(data)}")
        if reader.fixed(ID_SIZE) != instance_id:
            raise WrongInstance("a release of another instance")
        if reader.fixed(ID_SIZE) != server_id:
            raise WrongServer("a release for another server")
        return cls(instance_id, server_id, reader.u64(), data[_OUTER_SIZE:])

    def open(self, key: OpeningKey, record: InstanceRecord) -> Release:
        """The verified content; raises Unopenable, a FormatError, BadSignature or Expired."""
        context = _context(self.instance_id, self.server_id, self.key_serial)
        inner = key.open(self.sealed, label("release") + context)
        certificate = OperatingCertificate.parse(inner[:CERTIFICATE_SIZE], record)
        signed, signature = inner[:-SIGNATURE_SIZE], inner[-SIGNATURE_SIZE:]
        verify(certificate.public, "release", context + signed, signature)
        release = _parse_content(signed[CERTIFICATE_SIZE:])
        certificate.check_day(release.day)
        return release


def _parse_content(data: bytes) -> Release:
    reader = Reader(data, "a release")
    sequence, previous = reader.u32(), reader.fixed(HASH_SIZE)
    day, expiry_day, first_epoch_day = reader.day(), reader.day(), reader.day()
    epoch_keys = [reader.fixed(XWING_PUBLIC_SIZE) for _ in range(EPOCH_DAYS)]
    start = reader.at
    certificate = reader.var(CERTIFICATE_MAX)
    reader.zeros_to(start + 2 + CERTIFICATE_MAX)
    rows = [Row(reader.fixed(HASH_SIZE), reader.fixed(REPLY_CELL_SIZE)) for _ in range(ROWS_PER_RELEASE)]
    tombstones = [reader.fixed(HASH_SIZE) for _ in range(TOMBSTONES)]
    serial, acknowledged = reader.u64(), reader.fixed(HASH_SIZE)
    reader.end()
    if sequence < 1 or day > expiry_day or first_epoch_day > day:
        raise BadField("a release with impossible numbers")
    return Release(
        sequence,
        previous,
        day,
        expiry_day,
        first_epoch_day,
        epoch_keys,
        certificate,
        rows,
        tombstones,
        serial,
        acknowledged,
    )
