"""What can go wrong on the workstation beyond the errors of the core.

SluisError
├── AirGapBroken       a network interface is up
├── AlreadyExists      something of that name is there already; it is never overwritten
├── ChangedMeanwhile   somebody else has changed it since it was shown; nothing was saved
├── DamagedExport      the copy differs from what the server signed; `damaged_slots` names what does not open
├── DiskFull           no room; nothing was changed
├── InUse              another program has this workstation folder open
├── KeyErased          sealed to a day whose key is gone
├── Locked             the office was locked in the meantime
├── NewerDatabase      the tables are of a newer version than this program
├── MediumMismatch     what was read back from the medium is not what was written
├── NotTraining        invented cases belong in a training instance only
├── SeatBusy           another seat takes in an export, or makes a release
├── ServerAway         the LAN's database does not answer
├── ServerKeeps        the LAN's database is set up so that it keeps what is erased
├── ServerUnproven     what answers in the LAN has no certificate of this office's server
├── UnknownDatabase    the tables were made by no version of this program
├── UnknownItem        no thread, message, file or reply of that name
├── WrongState         not possible in the state the reply is in
└── from keys: WrongPassphrase, GpgMissing, GpgFailed, GpgBroken
"""

from __future__ import annotations

from collections.abc import Sequence

from keys.errors import GpgBroken, GpgFailed, GpgMissing, WrongPassphrase
from sluis.errors import SluisError

__all__ = [
    "AirGapBroken",
    "AlreadyExists",
    "ChangedMeanwhile",
    "DamagedExport",
    "DiskFull",
    "GpgBroken",
    "GpgFailed",
    "GpgMissing",
    "InUse",
    "KeyErased",
    "Locked",
    "MediumMismatch",
    "NewerDatabase",
    "NotTraining",
    "SeatBusy",
    "ServerAway",
    "ServerKeeps",
    "ServerUnproven",
    "UnknownDatabase",
    "UnknownItem",
    "WrongPassphrase",
    "WrongState",
]


class AirGapBroken(SluisError):
    """A network interface other than loopback is up; `interfaces` names it."""

    code = "airgap-broken"

    def __init__(self, interfaces: Sequence[str]) -> None:
        super().__init__("a network interface is up: " + ", ".join(interfaces))
        self.interfaces = tuple(interfaces)


class AlreadyExists(SluisError):
    """Something of that name is there already; it is never overwritten."""

    code = "already-exists"


class ChangedMeanwhile(SluisError):
    """Somebody else has changed it since it was shown; nothing was saved."""

    code = "changed-meanwhile"


class DamagedExport(SluisError):
    """The copy differs from what the server signed: fetch it again. Nothing was changed.

    `damaged_slots` are the slots that do not open; the others can be taken in by asking for it explicitly.
    """

    code = "damaged-export"

    def __init__(self, damaged_slots: Sequence[int]) -> None:
        super().__init__(f"the copy differs from what the server signed, {len(damaged_slots)} slots damaged")
        self.damaged_slots = tuple(damaged_slots)


class DiskFull(SluisError):
    """There is no room on the workstation or the medium; nothing was changed."""

    code = "disk-full"


class InUse(SluisError):
    """Another program has this workstation folder open."""

    code = "in-use"


class MediumMismatch(SluisError):
    """What was read back from the medium is not what was written."""

    code = "medium-mismatch"


class NewerDatabase(SluisError):
    """The tables of the case database are of a newer version than this program; nothing was changed."""

    code = "newer-database"


class SeatBusy(SluisError):
    """Another seat takes in an export or makes a release, and nothing else can be written meanwhile."""

    code = "seat-busy"


class ServerAway(SluisError):
    """The database of the LAN does not answer, or does not let this seat in."""

    code = "server-away"


class ServerKeeps(SluisError):
    """The database of the LAN is set up so that it keeps what is erased; nothing was changed."""

    code = "server-keeps"


class ServerUnproven(SluisError):
    """What answers at the server's address speaks without TLS, or has no certificate of the office's."""

    code = "server-unproven"


class UnknownDatabase(SluisError):
    """The tables of the case database were made by no version of this program; nothing was changed."""

    code = "unknown-database"


class NotTraining(SluisError):
    """Invented cases belong in a training instance only."""

    code = "not-training"


class UnknownItem(SluisError):
    """No thread, message, file or reply of that name."""

    code = "unknown-item"


class WrongState(SluisError):
    """Not possible in the state the reply is in; `state` names it."""

    code = "wrong-state"

    def __init__(self, state: str) -> None:
        super().__init__(f"not possible for a reply that is {state}")
        self.state = state


class KeyErased(SluisError):
    """The key of that day was erased, because every server's exports up to that day had been imported."""

    code = "key-erased"


class Locked(SluisError):
    """The office was locked in the meantime: unlock it again."""

    code = "locked"
