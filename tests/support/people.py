"""A workroom in which people sign in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyotp

from tests.support.workroom import Workroom
from workstation.casework.people import NewPerson
from workstation.casework.roles import LONE_SEAT, Role
from workstation.office import Office
from workstation.signing_in import Doorkeeper

MOMENT = 1_728_000_015
"""Seconds since 1970 at which the clocks of these tests begin."""


@dataclass(frozen=True)
class Insider:
    """Somebody and all that they know."""

    person_id: str
    desk: str
    passphrase: str
    secret: str


class SteadyClock:
    """Seconds pass when a test says so."""

    def __init__(self) -> None:
        self.now = 500.0

    def __call__(self) -> float:
        return self.now


class Seat(Workroom):
    """A workroom, its people, and one doorkeeper; `now` is the time by which codes go."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.now = float(MOMENT)
        self.steady = SteadyClock()
        self.doorkeeper = Doorkeeper(lambda: self.now, self.steady)
        self.insiders: dict[str, Insider] = {}

    def enter(self, desk: str, *roles: Role, **abilities: frozenset[str]) -> Insider:
        """Somebody new, entered by whoever has the office open."""
        passphrase = f"the long passphrase of {desk} or whoever"
        actor = self.office.actor if self.office.actor.desk else LONE_SEAT
        made = self.office.people.add(actor, NewPerson(desk, frozenset(roles), **abilities), passphrase)
        self.insiders[desk] = Insider(made.person_id, desk, passphrase, made.secret)
        return self.insiders[desk]

    def sign_in(self, desk: str) -> Office:
        """The office, open for this desk."""
        one = self.insiders[desk]
        return self.try_to_sign_in(desk, one.passphrase, one.secret)

    def try_to_sign_in(self, desk: str, passphrase: str, secret: str) -> Office:
        """As typed, with the code that an authenticator with this secret shows now."""
        self.office.close()
        self.office = Office.sign_in(
            self.folder,
            desk,
            passphrase,
            code_of(secret, self.now),
            today=self.clock,
            doorkeeper=self.doorkeeper,
        )
        return self.office


def code_of(secret: str, now: float) -> str:
    """What an authenticator shows at this time."""
    return pyotp.TOTP(secret).at(int(now))


@contextmanager
def seat(path: Path) -> Iterator[Seat]:
    """A seat that is closed at the end."""
    room = Seat(path)
    try:
        yield room
    finally:
        room.office.close()
