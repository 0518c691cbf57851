"""Sessions in RAM. The cookie is a random name for one; nothing in it can be read or made.

Flask and Flask-WTF see an ordinary session. A locked page has one too, for the token of its form. Whether
the office is open is not in the session: the holder knows which session opened it.
"""

from __future__ import annotations

import secrets
import threading
from typing import Any

from flask import Flask, Request, Response
from flask.sessions import SessionInterface, SessionMixin

COOKIE = "workstation"
MOST = 64


class RamSession(dict[str, Any], SessionMixin):
    """What is known of one browser; `name` is "" until there is something to keep."""

    def __init__(self, name: str = "", values: dict[str, Any] | None = None) -> None:
        super().__init__(values or {})
        self.name = name
        self.tell = False


class RamSessionInterface(SessionInterface):
    """Keeps at most MOST sessions; beyond that the oldest one is forgotten, never the one named `spare`."""

    def __init__(self) -> None:
        self._kept: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()
        self.spare = ""

    def open_session(self, app: Flask, request: Request) -> RamSession:
        """The session that the cookie names, or an empty one."""
        name = request.cookies.get(COOKIE, "")
        with self._lock:
            values = self._kept.get(name)
            return RamSession() if values is None else RamSession(name, dict(values))

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Keeps what there is to keep; the cookie goes out when the name is new.

        Without `Secure`: between this browser and this machine there is no network and no TLS.
        """
        if not isinstance(session, RamSession):
            return
        with self._lock:
            if session.name and session.name in self._kept:
                self._kept[session.name] = dict(session)
            elif session and not session.name:
                self._rename(session)
        if session.tell:
            response.set_cookie(COOKIE, session.name, httponly=True, samesite="Strict", path="/")

    def renew(self, session: SessionMixin) -> str:
        """Empties a session and gives it a new name, so that nobody can have known it; returns the name."""
        assert isinstance(session, RamSession)
        with self._lock:
            self._kept.pop(session.name, None)
            session.clear()
            self._rename(session)
        return session.name

    def end(self, session: SessionMixin) -> None:
        """Forgets a session; a new one begins when there is something to keep."""
        assert isinstance(session, RamSession)
        with self._lock:
            self._kept.pop(session.name, None)
            if self.spare == session.name:
                self.spare = ""
        session.clear()
        session.name = ""

    def _rename(self, session: RamSession) -> None:
        if len(self._kept) >= MOST:
            del self._kept[next(name for name in self._kept if name != self.spare)]
        session.name = secrets.token_urlsafe(32)
        session.tell = True
        self._kept[session.name] = dict(session)
