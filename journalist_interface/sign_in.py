"""Signing in: a passphrase and a one-time code (RFC 6238), each code at most once.

Throttle and used codes live in RAM. A restart forgets them, and a code is good for 90 seconds at most, so one
that was used just before a restart could be used again just after it, by somebody with the passphrase too.
"""

from __future__ import annotations

import hmac
import threading
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import pyotp

from journalist_interface.accounts import Accounts, Operator
from journalist_interface.accounts.passphrases import PassphraseChecker
from journalist_interface.throttle import Throttle
from sluis.primitives import hmac_sha256, random_key

_STEP_S = 30
_STEPS = (-1, 0, 1)  # RFC 6238, section 5.2: one step either way for clocks that differ and people who type
_DECOY_SECRET = pyotp.random_base32()


class Outcome(Enum):
    """What became of a try to sign in."""

    SIGNED_IN = "signed-in"
    WRONG = "wrong"
    REUSED = "reused"
    WAIT = "wait"


@dataclass(frozen=True)
class SignInResult:
    """`operator` only when signed in; `wait_s` seconds only when told to wait."""

    outcome: Outcome
    operator: Operator | None = None
    wait_s: float = 0.0


class UsedCodes:
    """The newest time step that each account's code was accepted for; older or equal ones never are again.

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


class SignIn:
    """Checks a try; the same work is done whatever part of it is wrong."""

    def __init__(
        self, accounts: Accounts, checker: PassphraseChecker, throttle: Throttle, now: Callable[[], float]
    ) -> None:
        self._accounts = accounts
        self._checker = checker
        self._throttle = throttle
        self._now = now
        self._used = UsedCodes()

    def attempt(self, alias: str, passphrase: str, code: str) -> SignInResult:
        """The result of one try; a wrong alias, passphrase or code are one and the same outcome."""
        wait_s = self._throttle.take(alias)
        if wait_s:
            return SignInResult(Outcome.WAIT, wait_s=wait_s)
        operator = self._accounts.find(alias)
        others = self._accounts.all()
        right = self._checker.check(
            passphrase.strip(),
            operator.passphrase_hash if operator else None,
            like=others[0].passphrase_hash if others else None,
        )
        step = matching_step(operator.totp_secret if operator else _DECOY_SECRET, code, self._now())
        if operator is None or not right or step is None:
            return SignInResult(Outcome.WRONG)
        self._throttle.succeeded(alias)
        if not self._used.use(operator.totp_secret, step):
            return SignInResult(Outcome.REUSED)
        return SignInResult(Outcome.SIGNED_IN, operator)


def matching_step(secret: str, code: str, now: float) -> int | None:
    """The time step whose code this is, the newest if several; always computes all three."""
    typed = "".join(unicodedata.normalize("NFKC", code).split())
    totp = pyotp.TOTP(secret, interval=_STEP_S)
    current = int(now) // _STEP_S
    found = None
    for step in (current + offset for offset in _STEPS):
        if hmac.compare_digest(totp.generate_otp(max(step, 0)).encode(), typed.encode()):
            found = step
    return found
