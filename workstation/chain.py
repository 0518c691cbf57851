"""The chain of each server's exports: what may be taken in, what is missing, and which keys may be erased.

Rules: an export names the one before it by hash. The chain of a server is its unbroken run of imported
exports from the first; only that is acknowledged, and only that erases keys. An export beyond a gap is
taken in, and what is missing is named. Another content under a number, or another predecessor, is a fork.
"""

from __future__ import annotations

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from sluis.epoch import ChainEnd, Epoch, erasable
from sluis.errors import BadField, Forked, NotEnrolled, WrongInstance
from sluis.export import NO_HASH, ExportHeader
from sluis.instance import InstanceRecord
from workstation import replies
from workstation.models import EpochSeed, Export, ReleaseMade, Reply, ReplyRow, Server, ServerRelease

# No server makes so many exports, or takes in so many releases, that this workstation hears nothing of.
_LONGEST_GAP = 1_000


def enrolled(session: Session, header: ExportHeader, record: InstanceRecord) -> Server:
    """The server that signed this header; raises NotEnrolled, BadSignature, WrongInstance or BadField."""
    server = session.scalar(select(Server).where(Server.server_id == header.server_id))
    if server is None or server.retired:
        raise NotEnrolled("the export is of a server that is not enrolled")
    header.verify(server.server_id, server.sign_public)
    if header.training != record.training:
        raise WrongInstance("training and real exports never mix")
    newest = session.scalar(select(func.max(Export.serial)).where(Export.server_pk == server.id)) or 0
    if not 1 <= header.serial <= newest + _LONGEST_GAP or header.closing_day < header.opening_day:
        raise BadField("an export with impossible numbers")
    if header.site.code != server.site_code:
        raise BadField("an export of another size of site than was enrolled")
    return server


def find_export(session: Session, server: Server, serial: int) -> Export | None:
    """The imported export with this serial."""
    return session.scalar(select(Export).where(Export.server_pk == server.id, Export.serial == serial))


def taken_in_before(session: Session, server: Server, header: ExportHeader) -> bool:
    """True for the very same export; raises Forked when its hash, or a neighbour's link, is another."""
    known = find_export(session, server, header.serial)
    if known is not None:
        if known.header_hash != header.hash:
            raise Forked("another export under a number that was taken in before")
        return True
    before = find_export(session, server, header.serial - 1)
    expected = NO_HASH if header.serial == 1 else before.header_hash if before is not None else None
    if expected is not None and header.previous != expected:
        raise Forked("the export follows another one than was taken in")
    after = find_export(session, server, header.serial + 1)
    if after is not None and after.previous != header.hash:
        raise Forked("the export that follows was made after another one")
    return False


def add_export(session: Session, server: Server, header: ExportHeader) -> Export:
    """Writes the export down, moves the end of the chain, and keeps the newest release-opening key."""
    export = Export(
        server_pk=server.id,
        serial=header.serial,
        header_hash=header.hash,
        previous=header.previous,
        closing_day=header.closing_day,
        release=header.release,
    )
    session.add(export)
    session.flush()
    if header.serial > server.key_serial:
        server.key_serial = header.serial
        server.transfer_public = header.transfer_public
    while (following := find_export(session, server, server.chain_serial + 1)) is not None:
        server.chain_serial = following.serial
        server.chain_hash = following.header_hash
        server.chain_closing_day = following.closing_day
        server.chain_release = following.release
    session.flush()
    return export


def missing_serials(session: Session, server: Server) -> tuple[int, ...]:
    """Exports of this server that were made, as a later one shows, but not imported."""
    known = set(session.scalars(select(Export.serial).where(Export.server_pk == server.id)))
    newest = max(known, default=0)
    return tuple(sorted(set(range(server.chain_serial + 1, newest)) - known))


def confirm_release(session: Session, server: Server, header: ExportHeader, today: int) -> str | None:
    """Notes which release the server says it holds; a warning when that is not one that was made here."""
    if header.release == 0:
        return None
    made = session.get(ServerRelease, (server.id, header.release))
    if made is None:
        newest = session.scalar(select(func.max(ReleaseMade.sequence))) or 0
        if header.release <= newest + _LONGEST_GAP:
            server.reported_release = max(server.reported_release, header.release)
        return "release-unknown"
    if made.content_hash != header.release_hash:
        return "release-forked"
    made.confirmed = True
    rows = select(ReplyRow.reply_pk).where(ReplyRow.release == header.release)
    replies.change_all(session, today, None, "exported", Reply.id.in_(rows), Reply.state == "sealed")
    return None


def erase_keys(session: Session) -> tuple[int, ...]:
    """Erases every seed that no enrolled server can need any more; the days whose last seed went."""
    ends = [
        ChainEnd(server.chain_closing_day, server.chain_release)
        if server.chain_closing_day is not None
        else None
        for server in session.scalars(select(Server).where(Server.retired.is_(False)))
    ]
    last_days = {made.sequence: made.last_epoch_day for made in session.scalars(select(ReleaseMade))}
    erased = set()
    for release, day in session.execute(select(EpochSeed.release, EpochSeed.day)).all():
        if erasable(Epoch(release, day), last_days[release], ends):
            session.execute(delete(EpochSeed).where(EpochSeed.release == release, EpochSeed.day == day))
            erased.add(day)
    kept = set(session.scalars(select(EpochSeed.day)))
    return tuple(sorted(erased - kept))
