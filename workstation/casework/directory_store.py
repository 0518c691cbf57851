"""The directory of services that counts at this workstation, within the caller's transaction."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from sluis.directory import SignedDirectory
from sluis.instance import InstanceRecord
from workstation.casework import directory
from workstation.casework.directory import Directory
from workstation.casework.directory_models import HeldDirectory
from workstation.models import Instance


@dataclass(frozen=True)
class Held:
    """The directory that counts; the days on which it was signed and taken in."""

    directory: Directory
    signed_day: int
    taken_in_day: int


def held(session: Session) -> Held | None:
    """What is held, verified once more; None before the first."""
    row = session.get(HeldDirectory, 1)
    if row is None:
        return None
    signed = SignedDirectory.parse(row.signed, record_of(session))
    return Held(directory.parse(signed.text), signed.day, row.day)


def record_of(session: Session) -> InstanceRecord:
    """The public record of this instance."""
    return InstanceRecord.parse(session.get_one(Instance, 1).record)
