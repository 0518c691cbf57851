"""What may be logged: names of events, and nothing with them. No person, address, path or time."""

from __future__ import annotations

import logging
from enum import Enum

_log = logging.getLogger("journalist_interface")


class Event(Enum):
    """Every event there is."""

    SIGNED_IN = "sign-in.accepted"
    SIGN_IN_WRONG = "sign-in.refused"
    SIGN_IN_REUSED = "sign-in.code-reused"
    SIGN_IN_WAIT = "sign-in.throttled"
    SIGNED_OUT = "sign-out"
    EXPORT_MADE = "export.made"
    EXPORT_REFUSED = "export.refused"
    DOWNLOAD_BROKEN = "download.broken-off"
    RELEASE_TAKEN_IN = "release.taken-in"
    RELEASE_REFUSED = "release.refused"
    MAILROOM_DOWN = "mailroom.down"
    FAULT = "fault"


def report(event: Event, kind: str = "") -> None:
    """Logs an event; `kind` is a stable error code or the name of an exception's class."""
    _log.warning("%s %s", event.value, kind) if kind else _log.info("%s", event.value)
