"""What every view needs: one object per application, made by `create_app`, reached by `site()`."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Network, ip_address
from typing import cast

from flask import current_app, g, request

from mailroom.client import SourceClient
from sluis.codename import Lexicon
from source_interface.deadline import Deadline
from source_interface.headers import COOKIE
from source_interface.permits import Permits
from source_interface.sessions import Session, Sessions, TokenBox
from source_interface.settings import SourceSettings
from source_interface.submission import Submitter

EXTENSION = "sluis-site"
# `HiddenServiceExportCircuitID haproxy`: the lower half of the address is the id of the circuit.
_CIRCUITS = IPv6Network("fc00:dead:beef:4dad::/64")


class UsedForms:
    """Forms whose text has been sent, so that sending one twice is noticed. In RAM, the oldest go first."""

    def __init__(self, most: int = 8_192) -> None:
        self._most = most
        self._used: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()

    def claim(self, form: str) -> bool:
        """True for the first caller; False while and after another request sends this form."""
        with self._lock:
            if form in self._used:
                return False
            self._used[form] = None
            while len(self._used) > self._most:
                self._used.popitem(last=False)
            return True

    def release(self, form: str) -> None:
        """It was not sent after all."""
        with self._lock:
            self._used.pop(form, None)


@dataclass(frozen=True)
class Site:
    """The parts of one source site."""

    settings: SourceSettings
    client: SourceClient
    lexicon: Lexicon
    today: Callable[[], int]
    sessions: Sessions
    tokens: TokenBox
    permits: Permits
    deadline: Deadline
    submitter: Submitter
    used: UsedForms


def site() -> Site:
    """The site that serves this request."""
    return cast(Site, current_app.extensions[EXTENSION])


def circuit() -> str:
    """Tor's id of the circuit of this request; empty for a visitor who did not come over Tor (the demo)."""
    address = request.environ.get("REMOTE_ADDR", "")
    return address if over_tor(address) else ""


def over_tor(address: str) -> bool:
    """True for the addresses that tor makes up for circuits."""
    try:
        return ip_address(address) in _CIRCUITS
    except ValueError:
        return False


def session() -> Session | None:
    """The live session of this request; opened once."""
    if "session" not in g:
        g.session = site().sessions.open(request.cookies.get(COOKIE))
    return cast("Session | None", g.session)
