"""Errors of the mailroom that the core does not know.

SluisError
├── MailroomDown          the mailroom does not answer, or stopped because its disk failed
└── StaleEpoch            sealed to a key that a closed bank may already let the workstation erase
"""

from __future__ import annotations

from sluis import errors
from sluis.errors import SluisError, UnknownVersion


class MailroomDown(SluisError):
    """The mailroom does not answer; nothing was acknowledged."""

    code = "mailroom-down"


class StaleEpoch(SluisError):
    """The cell must be sealed again, to the epoch that the status names now; nothing was taken in."""

    code = "stale-epoch"


def _all(base: type[SluisError]) -> dict[str, type[SluisError]]:
    found = {base.code: base}
    for child in base.__subclasses__():
        found |= _all(child)
    return found


# Only these can arise in the mailroom; the others (of codenames) need more than a sentence to be made.
_BY_CODE = {
    code: kind for code, kind in _all(SluisError).items() if not issubclass(kind, errors.CodenameError)
}


def error_by_code(code: str, detail: int, message: str) -> SluisError:
    """The error that the mailroom raised, as its client raises it again; an unknown code gives the base."""
    kind = _BY_CODE.get(code, SluisError)
    if kind is UnknownVersion:
        return UnknownVersion("the file", detail)
    return kind(message)
