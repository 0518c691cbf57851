"""A source's replies (docs/protocol.md, "Reply ring").

Every login costs the same: 120 tags, 16 rows fetched, 16 seals tried, whether or not anything is there. The
answer to a codename that was never used is the empty mailbox.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mailroom.client import SourceClient
from sluis.errors import FormatError, SluisError, VerificationError
from sluis.keytree import SourceKeys
from sluis.limits import ID_SIZE, REPLY_TEXT_MAX
from sluis.ring import Reply, Row, open_reply
from source_interface.settings import SourceSettings
from source_interface.submission import Submitter

_STAND_IN = Reply(bytes(ID_SIZE), 0, 0, "en", "." * REPLY_TEXT_MAX).encode()


@dataclass(frozen=True)
class ShownReply:
    """A reply to show: id (16 bytes), tags of its rows (32 bytes each), day it was sealed, language, text."""

    reply_id: bytes
    tags: tuple[bytes, ...]
    day: int
    language: str
    text: str


@dataclass(frozen=True)
class Mailbox:
    """Replies, newest first, each once, none past its last day; at most 16."""

    replies: tuple[ShownReply, ...]


@dataclass(frozen=True)
class Deletion:
    """What a deletion did: rows overwritten on this server, and whether the counsellors could be told."""

    rows: int
    told: bool


def open_mailbox(
    keys: SourceKeys, client: SourceClient, settings: SourceSettings, today: Callable[[], int]
) -> Mailbox:
    """The mailbox of this source; works without a usable release too. Raises MailroomDown."""
    found: dict[bytes, tuple[Reply, tuple[bytes, ...]]] = {}
    for row, reply in _open_rows(keys, client, settings.instance_id):
        known, tags = found.get(reply.reply_id, (reply, ()))
        # A reply issued again before it left the ring: the later issue is the one that counts.
        found[reply.reply_id] = (max(known, reply, key=lambda one: one.expiry_day), (*tags, row.tag))
    shown = [
        ShownReply(reply.reply_id, tags, reply.day, reply.language, reply.text)
        for reply, tags in found.values()
        if reply.expiry_day >= today()
    ]
    return Mailbox(tuple(sorted(shown, key=lambda one: (one.day, one.reply_id), reverse=True)))


def _open_rows(keys: SourceKeys, client: SourceClient, instance_id: bytes) -> list[tuple[Row, Reply]]:
    """Every row that is a reply to this source. Dummies are tried as well, since a try that fails takes as
    long as one that opens; then a stand-in is read in the reply's place."""
    newest = client.status().newest_release
    places = {tag: (release, row) for release, row, tag in keys.tags(instance_id, newest)}
    opened = []
    for row in client.fetch_rows(list(places)):
        release, position = places.get(row.tag, (newest, 0))
        try:
            reply = open_reply(keys.reply, instance_id, keys.thread, release, position, row.cell)
        except (VerificationError, FormatError):
            Reply.parse(_STAND_IN)
            continue
        opened.append((row, reply))
    return opened


def delete_reply(
    keys: SourceKeys,
    reply_id: bytes,
    *,
    client: SourceClient,
    settings: SourceSettings,
    submitter: Submitter,
    language: str,
    sequence: int,
    read: Sequence[bytes] = (),
) -> Deletion:
    """Overwrites the rows of one reply, then sends the delete envelope. An unknown id changes nothing.

    Overwriting needs no room, so it is done first and stands even when the envelope cannot be sent (`told`
    is False then). Raises MailroomDown when not even that is possible.
    """
    tags = [
        row.tag for row, reply in _open_rows(keys, client, settings.instance_id) if reply.reply_id == reply_id
    ]
    for tag in tags:
        client.delete_row(tag)
    if not tags:
        return Deletion(0, told=False)
    try:
        submitter.send_delete(
            keys, reply_ids=[reply_id], language=language, sequence=sequence, read=tuple(read)
        )
    except SluisError:
        return Deletion(len(tags), told=False)
    return Deletion(len(tags), told=True)
