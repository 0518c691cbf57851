"""Opens the workstation's folder: with the founding passphrase, or for somebody who signs in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from keys.gnupg_home import find_gpg
from workstation import badges, erasing, lan
from workstation.casework import people
from workstation.casework.roles import LONE_SEAT, RECOVERY, Actor
from workstation.casework.stripped_models import StrippedCopy
from workstation.database import destroy_database, open_database
from workstation.errors import Locked
from workstation.folder import Folder
from workstation.founding import database_key
from workstation.models import Envelope, PendingPart
from workstation.seats_file import Shared, read_shared
from workstation.shared import open_shared
from workstation.signing_in import Doorkeeper, WrongSignIn
from workstation.sweeping import forget_if_first
from workstation.turns import several_seats, transfer_if_free
from workstation.vault import Vault


@dataclass(frozen=True)
class Opened:
    """The folder, locked against other programs; its database and that one's key; who opened it.

    `lan` is where a database over a LAN answers, None without one.
    """

    folder: Folder
    engine: Engine
    key: bytes = field(repr=False)
    actor: Actor
    lan: Shared | None = None

    def close(self) -> None:
        """Closes the database, and lets the next program in."""
        self.engine.dispose()
        self.folder.unlock()


def with_founding_passphrase(path: Path, passphrase: str) -> Opened:
    """Whoever does everything, or, once there are people, only lets people in and renews keys.

    Raises WrongPassphrase, InUse, GpgMissing, NewerDatabase, UnknownDatabase, ServerAway,
    LanOpen, LanAway.
    """
    return _open(path, lambda folder: (database_key(folder, passphrase), None))


def for_person(path: Path, desk: str, passphrase: str, code: str, doorkeeper: Doorkeeper) -> Opened:
    """Raises WrongSignIn, CodeUsed, TryLater; and as for the founding passphrase."""

    def enter(folder: Folder) -> tuple[bytes, bytes | None]:
        badge = doorkeeper.check(folder, desk, passphrase, code)
        return badge.database_key, badge.person_id

    return _open(path, enter)


def _open(path: Path, enter: Callable[[Folder], tuple[bytes, bytes | None]]) -> Opened:
    find_gpg()
    folder = Folder(path)
    shared = read_shared(folder)
    over_lan = shared if shared is not None and not shared.by_socket else None
    if shared is not None:
        folder.use_scratch(Path(shared.scratch))
    if over_lan is not None:
        lan.check(over_lan)
    folder.lock()
    try:
        key, person_id = enter(folder)
        if shared is None:
            engine = open_database(folder.database, key)
        else:
            engine = open_shared(shared, key, folder.erasing)
        try:
            with Session(engine) as session:
                actor = _actor(session, person_id)
            with transfer_if_free(engine) as alone:
                if alone is not None:
                    _tidy(folder, alone)
            destroy_database(new_database(folder))  # what a move that was cut short has left
            if shared is None:
                erasing.destroy(folder.erasing)
            else:
                destroy_database(folder.database)
                forget_if_first(engine)
        except BaseException:
            engine.dispose()
            raise
    except BaseException:
        folder.unlock()
        raise
    return Opened(folder, engine, key, actor, over_lan)


def new_database(folder: Folder) -> Path:
    """Where `cases.db` is made when an office moves back to one seat."""
    return folder.database.with_suffix(".new")


def check_still(session: Session, actor: Actor) -> None:
    """Raises Locked for somebody who has left, or has other roles, by what another seat has written."""
    several = several_seats(session.get_bind()) and actor.desk
    if several and people.actor_of(session, actor.person_id) != actor:
        raise Locked("this person has left, or has other roles now")


def _tidy(folder: Folder, session: Session) -> None:
    """Ends what a crash cut short. Nobody else works meanwhile, so nothing of theirs looks left over."""
    badges.tidy(folder, people.active_ids(session))
    names = set(session.scalars(select(Envelope.vault_name)))
    names |= set(session.scalars(select(PendingPart.vault_name)))
    names |= set(session.scalars(select(StrippedCopy.vault_name)))
    Vault(folder.vault).clean(name for name in names if name)


def _actor(session: Session, person_id: bytes | None) -> Actor:
    if person_id is None:
        return RECOVERY if people.any_person(session) else LONE_SEAT
    actor = people.actor_of(session, person_id)
    if actor is None:  # a badge that was copied before its person left, and put back
        raise WrongSignIn("this person has left")
    return actor
