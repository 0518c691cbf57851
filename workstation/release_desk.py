"""Releases are made, and written to media: `office.releases`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from workstation.casework.roles import Actor, Permission
from workstation.intake import Desk
from workstation.medium import write_checked
from workstation.models import Reply, ReplyRow, ServerRelease
from workstation.records import ReleaseFile, WrittenRelease
from workstation.release_making import make_release, release_file
from workstation.vault import Staging


class ReleaseDesk:
    """`desk` opens a transaction with the keys, `work` one without."""

    def __init__(
        self,
        desk: Callable[[], AbstractContextManager[Desk]],
        work: Callable[[], AbstractContextManager[tuple[Session, Staging]]],
        today: Callable[[], int],
    ) -> None:
        self._desk = desk
        self._work = work
        self._today = today

    def make(self, actor: Actor) -> tuple[ReleaseFile, ...]:
        """A new release for every enrolled server; raises NotAllowed, NotEnrolled, Expired (the key)."""
        actor.require(Permission.MAKE_RELEASE)
        with self._desk() as desk:
            return make_release(desk.session, desk.home, desk.instance, desk.record.instance_id, desk.today)

    def write(self, actor: Actor, folder: Path) -> tuple[WrittenRelease, ...]:
        """Writes the newest to a medium, fsyncs, reads back; raises NotAllowed, MediumMismatch, DiskFull."""
        actor.require(Permission.MAKE_RELEASE)
        with self._work() as (session, _):
            newest = select(ServerRelease).where(ServerRelease.data.is_not(None))
            written = []
            for made in session.scalars(newest.order_by(ServerRelease.server_pk)):
                file = release_file(made)
                path = write_checked(folder, file.file_name, file.data, self._today())
                written.append(WrittenRelease(file.server_label, file.sequence, path, file.sha256))
                rows = select(ReplyRow.reply_pk).where(ReplyRow.release == made.sequence)
                sealed = update(Reply).where(Reply.id.in_(rows), Reply.state == "sealed")
                session.execute(sealed.values(state="exported"))
            return tuple(written)

    def queued(self) -> int:
        """Approved answers for which the last release had no row."""
        with self._work() as (session, _):
            waiting = select(func.count()).select_from(Reply).where(Reply.queued.is_(True))
            return session.scalar(waiting) or 0
