"""The reply ring: rows as they rest on the server, and replies inside them (docs/protocol.md, "Reply ring").

On disk a row is nonce 12 || AEAD(release key, tag 32 || HPKE cell 8,192) = 8,252 bytes. Every row of a
release is there from its import on, used or not, and all are made alike.
"""

from __future__ import annotations

import html
from dataclasses import dataclass

from sluis.errors import BadField, TooLarge
from sluis.limits import (
    HASH_SIZE,
    ID_SIZE,
    REPLY_CELL_SIZE,
    REPLY_PLAIN_SIZE,
    REPLY_TEXT_MAX,
    RING_ROW_SIZE,
)
from sluis.primitives import aead_open, aead_seal, label, random_key
from sluis.sealing import OpeningKey, SealingKey, throwaway_seal
from sluis.wire import Reader, Writer

_MAGIC = b"SLUISRPL"
_VERSION = 1
_LANGUAGE_MAX = 16


def escaped_size(text: str) -> int:
    """Bytes of the text once escaped for HTML, which is what it costs on a page of constant size."""
    return len(html.escape(text, quote=True).encode("utf-8"))


@dataclass(frozen=True)
class Row:
    """A row of a release: 32-byte tag, 8,192-byte HPKE cell."""

    tag: bytes
    cell: bytes


def unused_row() -> Row:
    """A random tag and a genuine seal to a key nobody keeps."""
    return Row(random_key(), throwaway_seal(REPLY_CELL_SIZE))


def _row_aad(release: int, position: int) -> bytes:
    return label("ring") + release.to_bytes(4, "big") + position.to_bytes(2, "big")


def seal_row(release_key: bytes, release: int, position: int, row: Row) -> bytes:
    """8,252 bytes under a fresh nonce; `position` is 0..127 in the release."""
    if len(row.tag) != HASH_SIZE or len(row.cell) != REPLY_CELL_SIZE:
        raise BadField("a row has a tag of 32 bytes and a cell of 8,192")
    return aead_seal(release_key, row.tag + row.cell, _row_aad(release, position))


def open_row(release_key: bytes, release: int, position: int, sealed: bytes) -> Row:
    """Raises Unopenable when damaged, moved, or when the release key is gone."""
    if len(sealed) != RING_ROW_SIZE:
        raise BadField("a sealed row has 8,252 bytes")
    plain = aead_open(release_key, sealed, _row_aad(release, position))
    return Row(plain[:HASH_SIZE], plain[HASH_SIZE:])


@dataclass(frozen=True)
class Reply:
    """An answer: id (16 bytes), day it was sealed, last day it is shown, language, text."""

    reply_id: bytes
    day: int
    expiry_day: int
    language: str
    text: str

    def encode(self) -> bytes:
        """7,056 bytes; raises TooLarge when the escaped text is over 6,144 bytes."""
        if escaped_size(self.text) > REPLY_TEXT_MAX:
            raise TooLarge("a reply has at most 6,144 bytes once escaped")
        writer = Writer().magic(_MAGIC, _VERSION).fixed(self.reply_id, ID_SIZE)
        writer.day(self.day).day(self.expiry_day).text(self.language, _LANGUAGE_MAX)
        return writer.text(self.text, REPLY_TEXT_MAX).pad(REPLY_PLAIN_SIZE).bytes()

    @classmethod
    def parse(cls, plain: bytes) -> Reply:
        """Raises a FormatError."""
        reader = Reader(plain, "a reply")
        reader.magic(_MAGIC, (_VERSION,))
        reply_id, day, expiry = reader.fixed(ID_SIZE), reader.day(), reader.day()
        reply = cls(reply_id, day, expiry, reader.text(_LANGUAGE_MAX), reader.text(REPLY_TEXT_MAX))
        reader.zeros_to(REPLY_PLAIN_SIZE)
        reader.end()
        return reply


def _reply_info(instance_id: bytes, thread: bytes, release: int, row: int) -> bytes:
    return label("reply") + instance_id + thread + release.to_bytes(4, "big") + bytes([row])


def seal_reply(
    key: SealingKey, instance_id: bytes, thread: bytes, release: int, row: int, reply: Reply
) -> bytes:
    """The 8,192-byte cell of a reply, bound to its thread, release and row (0..3)."""
    return key.seal(reply.encode(), _reply_info(instance_id, thread, release, row))


def open_reply(
    key: OpeningKey, instance_id: bytes, thread: bytes, release: int, row: int, cell: bytes
) -> Reply:
    """Raises Unopenable for anything that is not this thread's reply in this place, or a FormatError."""
    return Reply.parse(key.open(cell, _reply_info(instance_id, thread, release, row)))
