"""Signing in by desk, passphrase and one-time code. All that it remembers is in RAM.

Wrong desk, wrong passphrase and wrong code are one answer after the same work: every badge was tried, the
code was compared with a secret that is somebody's or nobody's, and the database was not opened.
"""

from __future__ import annotations

import base64
import threading
import unicodedata
from collections.abc import Callable

import pyotp

from serving.onetime import UsedCodes, matching_step
from sluis.errors import SluisError
from workstation.badges import Badge, open_badges
from workstation.folder import Folder

FREE_TRIES = 4
_FIRST_WAIT_S = 5.0
_LONGEST_WAIT_S = 300.0
_DECOY_SECRET = pyotp.random_base32()


class WrongSignIn(SluisError):
    """Desk, passphrase and code do not belong together."""

    code = "wrong-sign-in"


class CodeUsed(SluisError):
    """All was right, but this code was used before; the next one will do."""

    code = "code-used"


class TryLater(SluisError):
    """Too many wrong tries; `wait_s` seconds are left."""

    code = "try-later"

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"wait {wait_s:.0f} seconds")
        self.wait_s = wait_s


class Doorkeeper:
    """Slows guessing and takes each code once; one for each running program, safe between threads.

    `now` gives seconds since 1970, `steady` those of a clock that is never set. After FREE_TRIES wrong tries
    in a row, for whichever desk, each further one makes all wait twice as long, five minutes at most.
    """

    def __init__(self, now: Callable[[], float], steady: Callable[[], float]) -> None:
        self._now = now
        self._steady = steady
        self._used = UsedCodes()
        self._lock = threading.Lock()
        self._wrong = 0
        self._closed_until = 0.0

    def check(self, folder: Folder, desk: str, passphrase: str, code: str) -> Badge:
        """The badge of this desk; raises TryLater, WrongSignIn, CodeUsed."""
        self._count()
        badge = next((one for one in open_badges(folder, passphrase) if one.desk == desk_name(desk)), None)
        secret = _DECOY_SECRET if badge is None else base32(badge.secret)
        step = matching_step(secret, code, self._now())
        if badge is None or step is None:
            raise WrongSignIn("this desk, passphrase and code do not belong together")
        with self._lock:
            self._wrong, self._closed_until = 0, 0.0
        if not self._used.use(secret, step):
            raise CodeUsed("this code was used before")
        return badge

    def _count(self) -> None:
        """A try counts before anything is checked, so that those made at the same time count too."""
        with self._lock:
            now = self._steady()
            if now < self._closed_until:
                raise TryLater(self._closed_until - now)
            self._wrong += 1
            if self._wrong >= FREE_TRIES:
                doubled = _FIRST_WAIT_S * 2.0 ** min(self._wrong - FREE_TRIES, 10)
                self._closed_until = now + min(doubled, _LONGEST_WAIT_S)


def desk_name(typed: str) -> str:
    """A desk as it is kept, however it was typed."""
    return unicodedata.normalize("NFKC", typed).strip().casefold()


def base32(secret: bytes) -> str:
    """A secret as authenticators want it; 20 bytes are 32 characters."""
    return base64.b32encode(secret).decode("ascii")
