"""Sessions in RAM. The cookie is a random name for one; nothing in it can be read or made.

Flask and Flask-WTF see an ordinary session. Visitors get one too, for the token of the sign-in form.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, Request, Response
from flask.sessions import SessionInterface, SessionMixin

COOKIE = "__Host-j"
MOST = 512
OPERATOR = "operator"


class RamSession(dict[str, Any], SessionMixin):
    """What is known of one visit; `name` is "" until it is kept."""

    def __init__(self, name: str = "", values: dict[str, Any] | None = None) -> None:
        super().__init__(values or {})
        self.name = name


@dataclass
class _Kept:
    values: dict[str, Any]
    since: float
    seen: float = field(default=0.0)


class Sessions:
    """Sessions by name; gone after `idle_s` without a request, after `life_s`, and at every restart."""

    def __init__(self, idle_s: float, life_s: float, clock: Callable[[], float]) -> None:
        self._idle_s = idle_s
        self._life_s = life_s
        self._clock = clock
        self._kept: dict[str, _Kept] = {}
        self._lock = threading.Lock()

    def open(self, name: str) -> dict[str, Any] | None:
        """The values of a living session, which counts as a request; or None."""
        with self._lock:
            self._forget_old()
            kept = self._kept.get(name)
            if kept is None:
                return None
            kept.seen = self._clock()
            return kept.values

    def keep(self, values: dict[str, Any]) -> str:
        """Keeps a new session under a new random name. Beyond MOST, the one idle longest makes room."""
        name = secrets.token_urlsafe(32)
        with self._lock:
            self._forget_old()
            if len(self._kept) >= MOST:
                # Visitors first, so that nobody can push out a colleague by opening sign-in pages.
                oldest = min(self._kept, key=lambda n: (OPERATOR in self._kept[n].values, self._kept[n].seen))
                del self._kept[oldest]
            now = self._clock()
            self._kept[name] = _Kept(values, now, now)
        return name

    def write(self, name: str, values: dict[str, Any]) -> None:
        """Replaces the values of a session, if it is still there."""
        with self._lock:
            if name in self._kept:
                self._kept[name].values = values

    def end(self, name: str) -> None:
        """Ends a session; nothing happens if there is none."""
        with self._lock:
            self._kept.pop(name, None)

    def forget_old(self) -> None:
        """Ends the sessions whose time is over; also done whenever one is kept or opened."""
        with self._lock:
            self._forget_old()

    def _forget_old(self) -> None:
        now = self._clock()
        for name, kept in list(self._kept.items()):
            if now - kept.seen > self._idle_s or now - kept.since > self._life_s:
                del self._kept[name]


class RamSessionInterface(SessionInterface):
    """Flask's door to `Sessions`."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def open_session(self, app: Flask, request: Request) -> RamSession:
        """The session that the cookie names, or an empty one."""
        name = request.cookies.get(COOKIE, "")
        values = self._sessions.open(name)
        return RamSession() if values is None else RamSession(name, dict(values))

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Keeps what there is to keep; a name is given once, and the cookie goes out only then."""
        if not isinstance(session, RamSession):
            return
        if session.name:
            self._sessions.write(session.name, dict(session))
        elif session:
            response.set_cookie(
                COOKIE,
                self._sessions.keep(dict(session)),
                secure=True,
                httponly=True,
                samesite="Strict",
                path="/",
            )


def renew(session: SessionMixin, sessions: Sessions) -> None:
    """Empties a session and ends it under its old name, so that what is put in next gets a new one."""
    assert isinstance(session, RamSession)
    sessions.end(session.name)
    session.clear()
    session.name = ""
