"""One-time codes (RFC 6238): the step that a code belongs to, and each step at most once.

What was used lives in RAM: a step is a clock time of half a minute, and none is kept on a disk. A restart
forgets it, and a code is good for 90 seconds at most, so one that was used just before a restart could be
used again just after it, by somebody with the passphrase too.
"""

from __future__ import annotations

import hmac
import threading
import unicodedata

import pyotp

from sluis.primitives import hmac_sha256, random_key

STEP_S = 30
_STEPS = (-1, 0, 1)  # RFC 6238, section 5.2: one step either way for clocks that differ and people who type


class UsedCodes:
    """The newest time step that each secret's code was accepted for; older or equal ones never are again.

    What stays in memory of a secret is a keyed hash.
    """

    def __init__(self) -> None:
        self._newest: dict[bytes, int] = {}
        self._key = random_key()
        self._lock = threading.Lock()

    def use(self, secret: str, step: int) -> bool:
        """True the first time; False for a code that was used, or is older than one that was."""
        name = hmac_sha256(self._key, secret.encode("ascii"))
        with self._lock:
            if step <= self._newest.get(name, -1):
                return False
            self._newest[name] = step
            return True


def matching_step(secret: str, code: str, now: float) -> int | None:
    """The time step whose code this is, the newest if several; always computes all three."""
    typed = "".join(unicodedata.normalize("NFKC", code).split())
    totp = pyotp.TOTP(secret, interval=STEP_S)
    current = int(now) // STEP_S
    found = None
    for step in (current + offset for offset in _STEPS):
        if hmac.compare_digest(totp.generate_otp(max(step, 0)).encode(), typed.encode()):
            found = step
    return found
