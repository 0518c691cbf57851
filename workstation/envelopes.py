"""One decrypted envelope: read as a stream, verified, and only then kept (docs/protocol.md, "Envelope")."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from keys.errors import GpgFailed
from sluis.envelope import HEADER_MAX, EnvelopeReader, Header, Kind
from sluis.errors import BadField, Forked, Replayed, TooLarge
from sluis.limits import SIGNATURE_SIZE, TEXT_MAX
from sluis.primitives import random_id
from sluis.sealing import SealingKey
from workstation import replies
from workstation.aliases import draw_alias
from workstation.casework import cases, words
from workstation.models import Envelope, Reply, Thread
from workstation.vault import Staging, VaultKey, VaultWriter

# A text that was encrypted once more by its source is larger than what it says.
BODY_MAX = 2 * TEXT_MAX
_ARMOUR = re.compile(r"-----BEGIN PGP MESSAGE-----\r?\n.*?-----END PGP MESSAGE-----", re.DOTALL)

Unwrap = Callable[[bytes], bytes]


def plaintext_limit(largest_file: int) -> int:
    """The most bytes that an envelope of a site with this largest file can have."""
    return HEADER_MAX + max(largest_file, BODY_MAX) + SIGNATURE_SIZE


@dataclass
class _Body:
    """Where the body of an envelope goes: into memory, or into a vault file."""

    staging: Staging
    largest_file: int
    text: bytearray
    digest: hashlib._Hash
    vault: VaultWriter | None = None

    def take(self, header: Header, piece: bytes) -> None:
        if header.kind is not Kind.FILE:
            self.text += piece
            if len(self.text) > BODY_MAX:
                raise TooLarge("a text over its limit")
            return
        if self.vault is None:
            self.vault = self.staging.create()
        self.vault.write(piece)
        self.digest.update(piece)
        if self.vault.size > self.largest_file:
            raise TooLarge("a file over the limit of its site")


@dataclass(frozen=True)
class Opened:
    """A verified envelope: header, hash of all its bytes, and its body in one of two forms."""

    header: Header
    content_hash: bytes
    text: bytes
    file: VaultKey | None
    size: int
    sha256: str


def read_envelope(pieces: Iterable[bytes], instance_id: bytes, largest_file: int, staging: Staging) -> Opened:
    """Reads to the end and verifies; nothing is left of an envelope that fails.

    Raises a FormatError, VerificationError, TooLarge, or what `pieces` raises.
    """
    reader = EnvelopeReader(instance_id)
    content = hashlib.sha256()
    body = _Body(staging, largest_file, bytearray(), hashlib.sha256())
    try:
        for piece in pieces:
            content.update(piece)
            for part in reader.feed(piece):
                assert reader.header is not None
                body.take(reader.header, part)
        header = reader.finish()
        if header.kind is Kind.FILE and body.vault is None:
            body.vault = staging.create()  # an empty file is a file
    except BaseException:
        if body.vault is not None:
            staging.discard(body.vault)
        raise
    file = body.vault.finish() if body.vault is not None else None
    size = body.vault.size if body.vault is not None else 0
    return Opened(header, content.digest(), bytes(body.text), file, size, body.digest.hexdigest())


def keep_envelope(session: Session, opened: Opened, batch: int, unwrap: Unwrap, today: int) -> Envelope:
    """Adds a verified envelope to the database, its words under the key of its case.

    Raises Replayed, Forked (the same id with another content) or BadField.
    """
    header = opened.header
    thread = session.scalar(select(Thread).where(Thread.thread == header.thread))
    if thread is not None:
        before = session.scalar(
            select(Envelope).where(Envelope.thread_pk == thread.id, Envelope.message_id == header.message_id)
        )
        if before is not None:
            if before.content_hash == opened.content_hash:
                raise Replayed("an envelope that was taken in before")
            raise Forked("another envelope under an id that was taken in before")
    text, nested = _text(opened, unwrap)
    if thread is None:
        # A key that nothing can be sealed to would stop a later release; it raises BadField here instead.
        SealingKey(header.reply_public).seal(b"", b"")
        alias = draw_alias(set(session.scalars(select(Thread.alias))))
        case = cases.for_new_thread(session, alias, today)
        thread = Thread(
            thread=header.thread,
            alias=alias,
            of_case=case,
            reply_public=header.reply_public,
            k_tag=header.k_tag,
        )
        session.add(thread)
        session.flush()
    else:
        says_something = header.kind in (Kind.TEXT, Kind.FILE)
        case = cases.for_arrival(session, thread, today, says_something=says_something)
    envelope = _row(opened, thread, batch, nested=nested)
    key = opened.file.key if opened.file else b""
    words.seal_envelope(case, envelope, text, header.intake, header.file_name, key)
    session.add(envelope)
    if header.kind is Kind.TEXT:
        cases.note_report(case, header.intake, header.language)
    _mark_replies(session, thread, header, today)
    session.flush()
    return envelope


def _row(opened: Opened, thread: Thread, batch: int, *, nested: bool) -> Envelope:
    header = opened.header
    return Envelope(
        thread_pk=thread.id,
        message_id=header.message_id,
        content_hash=opened.content_hash,
        kind=int(header.kind),
        batch=batch,
        day=header.day,
        sequence=header.sequence,
        language=header.language,
        parent=header.parent,
        unread=header.kind is not Kind.DELETE,
        nested=nested,
        file_id=random_id() if opened.file else None,
        size=opened.size,
        sha256=opened.sha256 if opened.file else "",
        vault_name=opened.file.name if opened.file else None,
    )


def _text(opened: Opened, unwrap: Unwrap) -> tuple[str, bool]:
    try:
        text = opened.text.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadField("a text that is not UTF-8") from error
    armour = _ARMOUR.search(text)
    if armour is None:
        return text, False
    try:
        inner = unwrap(armour[0].encode("utf-8")).decode("utf-8")
    except (GpgFailed, TooLarge, UnicodeDecodeError):
        return text, False  # for another key, or not text: shown as it came
    return text[: armour.start()] + inner + text[armour.end() :], True


def _mark_replies(session: Session, thread: Thread, header: Header, today: int) -> None:
    """What the source has read is collected; what it deleted leaves the other back ends as well."""
    for reply in _of_thread(session, thread, header.read):
        if reply.state in ("sealed", "exported"):
            replies.change(session, today, None, reply, "collected")
    if header.kind is Kind.DELETE:
        for reply in _of_thread(session, thread, header.deleted):
            if reply.state in ("sealed", "exported", "collected"):
                replies.change(session, today, None, reply, "deleted-by-source")


def _of_thread(session: Session, thread: Thread, ids: tuple[bytes, ...]) -> Iterator[Reply]:
    yield from session.scalars(select(Reply).where(Reply.thread_pk == thread.id, Reply.reply_id.in_(ids)))
