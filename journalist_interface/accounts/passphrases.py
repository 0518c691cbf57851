"""Checks passphrases with Argon2id (RFC 9106), with the same work whether or not the account exists."""

from __future__ import annotations

import secrets
import threading

from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type

from journalist_interface.settings import PassphraseCost


class PassphraseChecker:
    """At most `permits` checks at once, so that a burst of sign-ins is bounded in memory."""

    def __init__(self, cost: PassphraseCost, permits: int = 2) -> None:
        self._cost = cost
        self._permits = threading.BoundedSemaphore(permits)
        self._decoys: dict[PassphraseCost, str] = {}
        self._decoy(cost)

    def check(self, typed: str, phc: str | None, like: str | None = None) -> bool:
        """True when `typed` is the passphrase of the hash `phc`.

        Without one (nobody has that alias) a decoy is checked instead, of the cost of the hash `like`: what
        the other accounts cost.
        """
        stored = phc if phc is not None else self._decoy(cost_of(like) if like else self._cost)
        with self._permits:
            try:
                PasswordHasher().verify(stored, typed)
            except (VerificationError, InvalidHashError):
                return False
        return phc is not None

    def _decoy(self, cost: PassphraseCost) -> str:
        if cost not in self._decoys:
            self._decoys[cost] = make_hash(secrets.token_urlsafe(), cost)
        return self._decoys[cost]


def make_hash(passphrase: str, cost: PassphraseCost) -> str:
    """The Argon2id hash of a passphrase in PHC form: 16 bytes of salt, 32 of hash."""
    return PasswordHasher(
        time_cost=cost.passes, memory_cost=cost.memory_kib, parallelism=cost.lanes, type=Type.ID
    ).hash(passphrase)


def cost_of(phc: str) -> PassphraseCost:
    """What checking this hash costs."""
    found = extract_parameters(phc)
    return PassphraseCost(found.time_cost, found.memory_cost, found.parallelism)
