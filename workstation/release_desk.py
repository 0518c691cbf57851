"""Releases are made, and written to media: `office.releases`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from sluis.errors import SluisError
from workstation import replies
from workstation.casework import ledger, rules
from workstation.casework.roles import Actor, Permission
from workstation.intake import Desk
from workstation.medium import write_checked
from workstation.models import ReleaseMade, Reply, ReplyRow, ServerRelease
from workstation.records import ReleaseFile, WrittenRelease
from workstation.release_making import make_release, release_file
from workstation.rhythm import Rhythm, rhythm
from workstation.transaction import Work


class OutsideRhythm(SluisError):
    """Releases leave on fixed days, and none is due."""

    code = "outside-rhythm"


class ReleaseDesk:
    """`desk` opens a transaction with the keys, `work` one without."""

    def __init__(
        self,
        desk: Callable[[], AbstractContextManager[Desk]],
        work: Work,
        today: Callable[[], int],
    ) -> None:
        self._desk = desk
        self._work = work
        self._today = today

    def rhythm(self) -> Rhythm:
        """On which days releases leave, and whether one is due now."""
        with self._work() as (session, _):
            return _rhythm(session, self._today())

    def make(self, actor: Actor, *, outside: bool = False) -> tuple[ReleaseFile, ...]:
        """A new release for every enrolled server.

        Raises NotAllowed, NotEnrolled, Expired (the operating key); OutsideRhythm when none is due and
        nobody said that it leaves all the same (`outside`).
        """
        actor.require(Permission.MAKE_RELEASE)
        with self._desk() as desk:
            session, today = desk.session, desk.today
            due = _rhythm(session, today).due
            if not due and not outside:
                raise OutsideRhythm("no release is due")
            made = make_release(session, desk.home, desk.instance, desk.record.instance_id, today, actor)
            facts = {"release": str(made[0].sequence), "outside": "no" if due else "yes"}
            ledger.append(session, today, actor, "released", facts=facts)
            return made

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
                sealed = (Reply.id.in_(rows), Reply.state == "sealed")
                replies.change_all(session, self._today(), actor, "exported", *sealed)
            return tuple(written)

    def queued(self) -> int:
        """Approved answers for which the last release had no row."""
        with self._work() as (session, _):
            waiting = select(func.count()).select_from(Reply).where(Reply.queued.is_(True))
            return session.scalar(waiting) or 0


def _rhythm(session: Session, today: int) -> Rhythm:
    newest = session.scalar(select(func.max(ReleaseMade.day)))
    return rhythm(rules.release_days(session), today, newest)
