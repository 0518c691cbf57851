"""Makes a release: fresh epoch keys, reply rows, tombstones, acknowledgements; signed and sealed.

One sequence and the same rows and tombstones for all servers: whoever seized two of them could otherwise
tell used rows from unused ones by comparing.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, selectinload

from keys.epochs import EpochKey, fresh_epoch_keys
from keys.gnupg_home import GnupgHome
from keys.openpgp import (
    ROTATE_AFTER_DAYS,
    add_encryption_key,
    export_certificate,
    newest_encryption_key,
)
from sluis.errors import Expired, NotEnrolled
from sluis.keytree import row_tag
from sluis.limits import (
    EPOCH_DAYS,
    HASH_SIZE,
    RELEASE_DAYS,
    REPLY_DAYS,
    RING_RELEASES,
    ROWS_PER_RELEASE,
    TOMBSTONES,
)
from sluis.primitives import SigningKey, random_key, sha256
from sluis.release import Release, seal_release
from sluis.ring import Reply as SealedReply
from sluis.ring import Row, seal_reply, unused_row
from sluis.sealing import SealingKey
from workstation.casework.roles import Actor
from workstation.casework.words import reply_text
from workstation.models import (
    EpochSeed,
    Instance,
    ReleaseMade,
    Reply,
    ReplyRow,
    Server,
    ServerRelease,
)
from workstation.records import ReleaseFile
from workstation.replies import change
from workstation.rows import Plan, RingRow, Wish, in_ring, plan_release

_GONE = ("withdrawn", "expired", "deleted-by-source")
_WAITING = ("sealed", "exported")


@dataclass(frozen=True)
class _Arrived:
    """Which releases every server is known to hold or have held, and the newest that each has passed."""

    releases: frozenset[int]
    floor: int


def make_release(
    session: Session, home: GnupgHome, instance: Instance, instance_id: bytes, today: int, actor: Actor
) -> tuple[ReleaseFile, ...]:
    """One release for every server that is not retired.

    Raises NotEnrolled without a server, Expired after the operating key's last day, GpgFailed.
    """
    servers = list(session.scalars(select(Server).where(Server.retired.is_(False)).order_by(Server.id)))
    if not servers:
        raise NotEnrolled("no server is enrolled")
    if today > instance.operating_last_day:
        raise Expired("the operating key has expired: renew it with the root")
    newest = session.scalar(select(func.max(ReleaseMade.sequence))) or 0
    sequence = max(newest, *(server.reported_release for server in servers)) + 1
    certificate = _certificate(home, instance, today)
    epochs = fresh_epoch_keys(today)
    session.add(ReleaseMade(sequence=sequence, day=today, last_epoch_day=today + EPOCH_DAYS - 1))
    session.flush()
    session.add_all(EpochSeed(release=sequence, day=one.day, seed=one.seed) for one in epochs)
    rows, tombstones = _replies(session, servers, sequence, instance_id, today, actor)
    session.execute(update(ServerRelease).values(data=None))
    made = []
    for server in servers:
        release = _content(session, server, sequence, today, epochs, certificate, rows, tombstones)
        data = seal_release(
            release,
            instance_id,
            server.server_id,
            server.key_serial,
            SealingKey(server.transfer_public),
            instance.operating_certificate,
            SigningKey(instance.operating_seed),
        )
        kept = ServerRelease(
            server_pk=server.id, sequence=sequence, content_hash=release.hash, data=data, server=server
        )
        session.add(kept)
        made.append(release_file(kept))
    return tuple(made)


def release_file(made: ServerRelease) -> ReleaseFile:
    """A release that was made, as it travels. The name says no more than the sealed file does."""
    data = made.data or b""
    name = f"release-{made.sequence:06d}-{made.server.server_id[:4].hex()}.sluis"
    return ReleaseFile(made.server.label, made.sequence, name, data, sha256(data).hex())


def _certificate(home: GnupgHome, instance: Instance, today: int) -> bytes:
    primary = instance.openpgp_primary
    key = newest_encryption_key(home, primary, today)
    if key is None or today - key.made_day > ROTATE_AFTER_DAYS:
        add_encryption_key(home, primary, instance.openpgp_passphrase, today)
        key = newest_encryption_key(home, primary, today)
    assert key is not None
    return export_certificate(home, key, today)


def _content(
    session: Session,
    server: Server,
    sequence: int,
    today: int,
    epochs: Sequence[EpochKey],
    certificate: bytes,
    rows: Sequence[Row],
    tombstones: Sequence[bytes],
) -> Release:
    previous = session.scalar(
        select(ServerRelease.content_hash)
        .where(ServerRelease.server_pk == server.id)
        .order_by(ServerRelease.sequence.desc())
        .limit(1)
    )
    return Release(
        sequence=sequence,
        previous=previous or bytes(HASH_SIZE),
        day=today,
        expiry_day=today + RELEASE_DAYS,
        first_epoch_day=today,
        epoch_keys=[one.public for one in epochs],
        certificate=certificate,
        rows=rows,
        tombstones=tombstones,
        acknowledged_serial=server.chain_serial,
        acknowledged_hash=server.chain_hash,
    )


def _arrived(session: Session, servers: Sequence[Server]) -> _Arrived:
    held = []
    for server in servers:
        mine = select(ServerRelease.sequence).where(
            ServerRelease.server_pk == server.id, ServerRelease.confirmed.is_(True)
        )
        held.append(frozenset(session.scalars(mine)))
    return _Arrived(frozenset.intersection(*held), min(max(one, default=0) for one in held))


def _replies(
    session: Session,
    servers: Sequence[Server],
    sequence: int,
    instance_id: bytes,
    today: int,
    actor: Actor,
) -> tuple[list[Row], list[bytes]]:
    arrived = _arrived(session, servers)
    in_reach = select(ReplyRow.reply_pk).where(ReplyRow.release > sequence - RING_RELEASES)
    concerned = Reply.state.in_(("approved", *_WAITING)) | Reply.id.in_(in_reach)
    found = select(Reply).where(concerned).options(selectinload(Reply.rows)).order_by(Reply.id)
    replies = {reply.id: reply for reply in session.scalars(found)}
    for reply in replies.values():
        if reply.state in _WAITING and reply.expiry_day is not None and reply.expiry_day < today:
            change(session, today, None, reply, "expired")
    plan = _plan(list(replies.values()), arrived, sequence, today)
    for key in plan.queued:
        replies[key].queued = True
    rows = [
        _place(session, replies[key], sequence, row, instance_id, today, actor) for key, row in plan.places
    ]
    rows += [unused_row() for _ in range(ROWS_PER_RELEASE - len(rows))]
    secrets.SystemRandom().shuffle(rows)
    tombstones = []
    for key in plan.tombstones:
        gone = session.get_one(ReplyRow, key)
        gone.tombstone = gone.tombstone or sequence
        tombstones.append(gone.tag)
    tombstones += [random_key() for _ in range(TOMBSTONES - len(tombstones))]
    secrets.SystemRandom().shuffle(tombstones)
    return rows, tombstones


def _plan(replies: Sequence[Reply], arrived: _Arrived, sequence: int, today: int) -> Plan:
    rows = []
    again = []
    fresh = []
    for reply in replies:
        over = reply.expiry_day is not None and reply.expiry_day < today
        inside = [row for row in reply.rows if in_ring(row.release, sequence) and not _out(row, arrived)]
        for row in inside:
            unwanted = reply.state in _GONE or over or row.tombstone is not None
            rows.append(RingRow(row.id, reply.thread_pk, row.release, unwanted))
        if reply.state == "approved":
            fresh.append(Wish(reply.id, reply.thread_pk))
        elif reply.state in _WAITING:
            alive = [row for row in inside if row.tombstone is None]
            if not any(row.release in arrived.releases for row in alive):
                again.append(Wish(reply.id, reply.thread_pk, tuple(row.id for row in alive)))
    # Anybody can write and withdraw with any number of codenames: what a person wrote never waits for what
    # that makes.
    automatic = {reply.id for reply in replies if reply.automatic}
    wishes = sorted(again + fresh, key=lambda wish: wish.reply in automatic)
    return plan_release(sequence, rows, wishes)


def _out(row: ReplyRow, arrived: _Arrived) -> bool:
    """Tombstones are repeated until every server holds a release that lists them."""
    return row.tombstone is not None and row.tombstone <= arrived.floor


def _place(
    session: Session, reply: Reply, sequence: int, row: int, instance_id: bytes, today: int, actor: Actor
) -> Row:
    thread = reply.of_thread
    if reply.sealed_day is None or reply.expiry_day is None:
        reply.sealed_day = today
        reply.expiry_day = today + REPLY_DAYS
    if reply.state == "approved":
        change(session, today, actor, reply, "sealed", release=str(sequence))
    reply.queued = False
    tag = row_tag(thread.k_tag, instance_id, sequence, row)
    session.add(ReplyRow(reply_pk=reply.id, release=sequence, row=row, tag=tag))
    text = reply_text(reply)
    content = SealedReply(reply.reply_id, reply.sealed_day, reply.expiry_day, reply.language, text)
    key = SealingKey(thread.reply_public)
    return Row(tag, seal_reply(key, instance_id, thread.thread, sequence, row, content))
