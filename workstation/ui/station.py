"""What the views of one workstation work with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import current_app

from sluis.errors import SluisError
from workstation.casework.roles import Actor
from workstation.errors import AirGapBroken
from workstation.office import Office
from workstation.ui.holder import Holder
from workstation.ui.sessions import RamSessionInterface
from workstation.ui.settings import UiSettings


@dataclass(frozen=True)
class Station:
    """Everything one application was made of.

    `interfaces` names what is up of the network and should not be; of a LAN it raises LanOpen, LanAway.
    """

    settings: UiSettings
    holder: Holder
    sessions: RamSessionInterface
    interfaces: Callable[[], tuple[str, ...]]
    today: Callable[[], int]

    def check_network(self) -> tuple[str, ...]:
        """What is up, in a demonstration; else locks, and raises AirGapBroken, LanOpen, LanAway."""
        try:
            found = self.interfaces()
            if found and not self.settings.demonstration:
                raise AirGapBroken(found)
        except (SluisError, OSError):  # no answer is not a good answer
            self.holder.lock()
            raise
        return found


def station() -> Station:
    """The station of this application."""
    made: Station = current_app.extensions["station"]
    return made


def office() -> Office:
    """The open office; raises Locked."""
    return station().holder.office


def actor() -> Actor:
    """Whoever signed in at this browser; raises Locked."""
    return station().holder.actor
