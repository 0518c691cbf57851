"""The one place where a program of a server or workstation reads which day it is."""

from __future__ import annotations

import time

_DAY_S = 86_400


def today() -> int:
    """Days since 1970-01-01, UTC, by this machine's clock; nothing finer is ever passed on."""
    return int(time.time()) // _DAY_S
