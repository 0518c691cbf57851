"""Envelopes: what a source sends, signed as a whole (docs/protocol.md, "Envelope").

header || body || Ed25519 signature over SHA-256 of all before it. The body's length is not in the header,
because a browser sends a file without telling its size first; OpenPGP and the manifest fix the end.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from types import MappingProxyType

from sluis.errors import BadField, Truncated, WrongInstance, WrongThread
from sluis.keytree import SourceKeys, thread_id
from sluis.limits import (
    FILE_NAME_MAX,
    ID_SIZE,
    KEY_SIZE,
    MAX_LIVE_ROWS,
    SIGNATURE_SIZE,
    XWING_PUBLIC_SIZE,
)
from sluis.primitives import SigningKey, verify
from sluis.wire import Reader, Writer

MAGIC = b"SLUISENV"
VERSION = 1
NO_PARENT = bytes(ID_SIZE)
LANGUAGE_MAX = 16
INTAKE_MAX = 24
INTAKE_KEY_MAX = 32
INTAKE_VALUE_MAX = 200
HEADER_MAX = 16_384
SCOPE = "scope"
_PURPOSE = "envelope"


class Kind(IntEnum):
    """What an envelope says."""

    TEXT = 1
    FILE = 2
    DELETE = 3
    WITHDRAW = 4


class WithdrawScope(StrEnum):
    """What a withdrawal takes back; the only intake answer of a WITHDRAW, under SCOPE.

    ALL: everything that came with this codename up to and including the envelope's day is destroyed. SHARING:
    nothing more is passed on to anybody; the counsellors keep what they have and can go on answering.
    """

    ALL = "all"
    SHARING = "sharing"


@dataclass(frozen=True)
class Header:
    """Everything about an envelope but its body.

    `parent` is the message a file belongs to; `read` and, for DELETE, `deleted` are ids of replies (16 bytes
    each, at most 16); `intake` are answers to optional questions by question code, for WITHDRAW exactly the
    scope.
    """

    instance_id: bytes
    kind: Kind
    thread: bytes
    reply_public: bytes = field(repr=False)
    sign_public: bytes = field(repr=False)
    k_tag: bytes = field(repr=False)
    message_id: bytes
    day: int
    sequence: int
    language: str
    parent: bytes = NO_PARENT
    file_name: str = ""
    intake: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    read: tuple[bytes, ...] = ()
    deleted: tuple[bytes, ...] = ()

    def encode(self) -> bytes:
        """The only encoding; raises BadField for a value over its bound, or a WITHDRAW without its scope."""
        _check_scope(self)
        writer = Writer().magic(MAGIC, VERSION)
        writer.fixed(self.instance_id, ID_SIZE).u8(self.kind).fixed(self.thread, ID_SIZE)
        writer.fixed(self.reply_public, XWING_PUBLIC_SIZE).fixed(self.sign_public, KEY_SIZE)
        writer.fixed(self.k_tag, KEY_SIZE).fixed(self.message_id, ID_SIZE).fixed(self.parent, ID_SIZE)
        writer.day(self.day).u16(self.sequence)
        writer.text(self.language, LANGUAGE_MAX).text(self.file_name, FILE_NAME_MAX)
        if len(self.intake) > INTAKE_MAX:
            raise BadField("too many intake answers")
        writer.u8(len(self.intake))
        for key in sorted(self.intake):
            writer.text(key, INTAKE_KEY_MAX).text(self.intake[key], INTAKE_VALUE_MAX)
        for ids in (self.read, self.deleted):
            if len(ids) > MAX_LIVE_ROWS:
                raise BadField("too many reply ids")
            writer.u8(len(ids))
            for one in ids:
                writer.fixed(one, ID_SIZE)
        return writer.bytes()


def parse_header(data: bytes, instance_id: bytes) -> tuple[Header, int]:
    """The header at the start of `data`, and its length in bytes.

    Raises Truncated when there is not enough yet (give more, up to HEADER_MAX), another FormatError,
    WrongInstance, or WrongThread when the keys do not give the thread.
    """
    reader = Reader(data, "an envelope")
    reader.magic(MAGIC, (VERSION,))
    if reader.fixed(ID_SIZE) != instance_id:
        raise WrongInstance("an envelope for another instance")
    try:
        kind = Kind(reader.u8())
    except ValueError as error:
        raise BadField("an envelope of an unknown kind") from error
    header = Header(
        instance_id=instance_id,
        kind=kind,
        thread=reader.fixed(ID_SIZE),
        reply_public=reader.fixed(XWING_PUBLIC_SIZE),
        sign_public=reader.fixed(KEY_SIZE),
        k_tag=reader.fixed(KEY_SIZE),
        message_id=reader.fixed(ID_SIZE),
        parent=reader.fixed(ID_SIZE),
        day=reader.day(),
        sequence=reader.u16(),
        language=reader.text(LANGUAGE_MAX),
        file_name=reader.text(FILE_NAME_MAX),
        intake=_parse_intake(reader),
        read=_parse_ids(reader),
        deleted=_parse_ids(reader),
    )
    if thread_id(header.reply_public, header.sign_public, header.k_tag) != header.thread:
        raise WrongThread("an envelope whose keys do not give its thread")
    _check_scope(header)
    return header, reader.at


def withdraw_scope(header: Header) -> WithdrawScope:
    """What this WITHDRAW takes back; raises BadField when its only answer is not one scope of ours."""
    try:
        scope = WithdrawScope(header.intake[SCOPE])
    except (KeyError, ValueError) as error:
        raise BadField("a withdrawal without a known scope") from error
    if len(header.intake) != 1:
        raise BadField("a withdrawal that answers more than its scope")
    return scope


def _check_scope(header: Header) -> None:
    if header.kind is Kind.WITHDRAW:
        withdraw_scope(header)


def _parse_intake(reader: Reader) -> Mapping[str, str]:
    answers: dict[str, str] = {}
    last = ""
    for _ in range(reader.count(INTAKE_MAX)):
        key = reader.text(INTAKE_KEY_MAX)
        if key <= last:
            raise BadField("intake answers must stand in order, each once")
        answers[key] = reader.text(INTAKE_VALUE_MAX)
        last = key
    return MappingProxyType(answers)


def _parse_ids(reader: Reader) -> tuple[bytes, ...]:
    return tuple(reader.fixed(ID_SIZE) for _ in range(reader.count(MAX_LIVE_ROWS)))


class EnvelopeWriter:
    """Streams one envelope: `start()`, then `body()` for each piece, then `finish()`; send all three on."""

    def __init__(self, header: Header, key: SigningKey) -> None:
        self._header = header
        self._key = key
        self._digest = hashlib.sha256()

    def start(self) -> bytes:
        """The header's bytes."""
        return self.body(self._header.encode())

    def body(self, data: bytes) -> bytes:
        """Takes a piece of the body and returns it."""
        self._digest.update(data)
        return data

    def finish(self) -> bytes:
        """The 64-byte signature that ends the envelope."""
        return self._key.sign(_PURPOSE, self._digest.digest())


class EnvelopeReader:
    """Reads one envelope as a stream; nothing of it may be shown before `finish()` returned."""

    def __init__(self, instance_id: bytes) -> None:
        self._instance_id = instance_id
        self._pending = bytearray()
        self._digest = hashlib.sha256()
        self.header: Header | None = None

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Takes decrypted bytes, gives pieces of the **unverified** body."""
        self._pending += data
        if self.header is None and not self._take_header():
            return
        ready = len(self._pending) - SIGNATURE_SIZE
        if ready > 0:
            if self.header is not None and self.header.kind is Kind.WITHDRAW:
                raise BadField("a withdrawal has no text")
            piece = bytes(self._pending[:ready])
            del self._pending[:ready]
            self._digest.update(piece)
            yield piece

    def _take_header(self) -> bool:
        try:
            header, size = parse_header(bytes(self._pending[:HEADER_MAX]), self._instance_id)
        except Truncated:
            if len(self._pending) >= HEADER_MAX:
                raise
            return False
        self.header = header
        self._digest.update(self._pending[:size])
        del self._pending[:size]
        return True

    def finish(self) -> Header:
        """The header, once the trailing signature verified; raises Truncated or BadSignature."""
        if self.header is None or len(self._pending) != SIGNATURE_SIZE:
            raise Truncated("an envelope that ends too early")
        verify(self.header.sign_public, _PURPOSE, self._digest.digest(), bytes(self._pending))
        return self.header


def header_for(keys: SourceKeys, instance_id: bytes, kind: Kind, message_id: bytes, **rest: object) -> Header:
    """A header that carries this source's public keys; `rest` are the other fields of Header."""
    return Header(
        instance_id=instance_id,
        kind=kind,
        thread=keys.thread,
        reply_public=keys.reply.public,
        sign_public=keys.sign.public,
        k_tag=keys.k_tag,
        message_id=message_id,
        **rest,  # type: ignore[arg-type]  # checked field by field in encode()
    )
