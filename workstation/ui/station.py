"""What the views of one workstation work with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import current_app

from workstation.casework.roles import Actor
from workstation.office import Office
from workstation.ui.holder import Holder
from workstation.ui.sessions import RamSessionInterface
from workstation.ui.settings import UiSettings


@dataclass(frozen=True)
class Station:
    """Everything one application was made of; `interfaces` names what is up of the network, without lo."""

    settings: UiSettings
    holder: Holder
    sessions: RamSessionInterface
    interfaces: Callable[[], tuple[str, ...]]
    today: Callable[[], int]


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
