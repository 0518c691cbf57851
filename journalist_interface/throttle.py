"""Slows down guessing: token buckets in RAM, of constant number, so nothing tells which aliases exist."""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Callable

from journalist_interface.settings import ThrottleRule

_BUCKETS = 1_024


class Bucket:
    """Holds up to `burst` tokens and gains one every `refill_s` seconds."""

    def __init__(self, burst: int, refill_s: float, now: float) -> None:
        self._burst = float(burst)
        self._refill_s = refill_s
        self._tokens = float(burst)
        self._at = now

    def wait(self, now: float) -> float:
        """Seconds until a token is there; 0 when one is."""
        self._tokens = min(self._burst, self._tokens + max(0.0, now - self._at) / self._refill_s)
        self._at = now
        return 0.0 if self._tokens >= 1 else (1 - self._tokens) * self._refill_s

    def take(self) -> None:
        """Takes one token."""
        self._tokens -= 1

    def give_back(self) -> None:
        """Returns a token that was taken for a try that succeeded."""
        self._tokens = min(self._burst, self._tokens + 1)


class Throttle:
    """One bucket for everyone together and one per alias; an alias falls into its bucket by a keyed hash.

    A try takes its tokens before anything is checked, so parallel guesses count too.
    """

    def __init__(self, rule: ThrottleRule, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._key = secrets.token_bytes(32)
        self._lock = threading.Lock()
        now = clock()
        self._all = Bucket(rule.overall_burst, rule.overall_refill_s, now)
        self._each = [Bucket(rule.burst, rule.refill_s, now) for _ in range(_BUCKETS)]

    def take(self, alias: str) -> float:
        """0, with a token taken for this alias, or the seconds to wait, with none taken."""
        mine = self._bucket(alias)
        with self._lock:
            now = self._clock()
            wait = max(mine.wait(now), self._all.wait(now))
            if wait == 0:
                mine.take()
                self._all.take()
            return wait

    def succeeded(self, alias: str) -> None:
        """The last try for this alias was right: it does not count."""
        with self._lock:
            self._bucket(alias).give_back()
            self._all.give_back()

    def _bucket(self, alias: str) -> Bucket:
        name = " ".join(alias.casefold().split()).encode()
        digest = hashlib.blake2b(name, key=self._key, digest_size=8).digest()
        return self._each[int.from_bytes(digest, "big") % _BUCKETS]
