"""The directory of services at this workstation, one transaction each: `office.directory`."""

from __future__ import annotations

from collections.abc import Callable

from sluis.directory import SignedDirectory
from sluis.errors import Expired, Forked, RolledBack
from sluis.primitives import SigningKey, sha256
from workstation.casework import directory, ledger
from workstation.casework.directory import Directory
from workstation.casework.directory_models import HeldDirectory
from workstation.casework.directory_store import Held, held, record_of
from workstation.casework.roles import Actor, Permission
from workstation.models import Instance
from workstation.transaction import Work


class DirectoryDesk:
    """`work` opens a transaction."""

    def __init__(self, work: Work, today: Callable[[], int]) -> None:
        self._work = work
        self._today = today

    def held(self) -> Held | None:
        """What is held; it is no secret."""
        with self._work() as (session, _):
            return held(session)

    def sign(self, actor: Actor, text: str) -> tuple[Directory, bytes]:
        """The line signs a directory off with its operating key; it is not taken in.

        Raises NotAllowed, BadDirectory, TooLarge, Expired (the operating key), RolledBack for a version that
        is not newer than the one that is held.
        """
        actor.require(Permission.SET_RULES)
        made = directory.parse(text)
        with self._work() as (session, _):
            instance, record = session.get_one(Instance, 1), record_of(session)
            if self._today() > instance.operating_last_day:
                raise Expired("the operating key has expired: renew it with the root")
            row = session.get(HeldDirectory, 1)
            if row is not None and made.version <= row.version:
                raise RolledBack(f"version {row.version} is held already: give this one a higher number")
            key = SigningKey(instance.operating_seed)
            signed = SignedDirectory(self._today(), text)
            data = signed.encode(record.instance_id, instance.operating_certificate, key)
            ledger.append(
                session, self._today(), actor, "directory-signed", ledger.NOBODY, _facts(made), sha256(data)
            )
        return made, data

    def take_in(self, actor: Actor, data: bytes) -> Directory:
        """A signed directory takes the place of the one that is held; the very same changes nothing.

        Raises NotAllowed, a FormatError, BadSignature, WrongInstance, BadDirectory; RolledBack for an older
        one, Forked for another one with the same version.
        """
        actor.require(Permission.IMPORT)
        with self._work() as (session, _):
            signed = SignedDirectory.parse(data, record_of(session))
            made = directory.parse(signed.text)
            row = session.get(HeldDirectory, 1)
            if row is None:
                row = HeldDirectory(id=1)
                session.add(row)
            elif made.version < row.version:
                raise RolledBack(f"version {row.version} is held already, this is version {made.version}")
            elif data == row.signed:
                return made
            elif made.version == row.version:
                raise Forked("another directory with the same version")
            row.version, row.day, row.signed = made.version, self._today(), data
            ledger.append(
                session, self._today(), actor, "directory-taken-in", ledger.NOBODY, _facts(made), sha256(data)
            )
            return made


def _facts(made: Directory) -> dict[str, str]:
    return {"version": str(made.version), "services": str(len(made.services))}


def file_name(version: int) -> str:
    """How a signed directory is called on a medium."""
    return f"directory-{version:06d}.sluis"
