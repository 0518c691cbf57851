"""Signing in: a passphrase and a one-time code (RFC 6238), each code at most once.

Throttle and used codes (serving.onetime) live in RAM.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import pyotp

from journalist_interface.accounts import Accounts, Operator
from journalist_interface.accounts.passphrases import PassphraseChecker
from journalist_interface.throttle import Throttle
from serving.onetime import UsedCodes, matching_step

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
