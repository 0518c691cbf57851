"""A browser whose connection weighs each answer: every byte of it that came out of the socket."""

from __future__ import annotations

import gzip
import io
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

from demo.unix_http import UnixConnection


@dataclass(frozen=True)
class Weighed:
    """One answer: what was asked, its status, its bytes, and the seconds from the last byte of the request
    to the last of the answer."""

    request: str
    status: int
    size: int
    seconds: float


class _Whole:
    """A socket whose answer has been read to the end."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw

    def makefile(self, *_: object) -> io.BytesIO:
        return io.BytesIO(self._raw)


class _Unpacking(HTTPResponse):
    def read(self, amt: int | None = None) -> bytes:
        body = super().read(amt)
        return gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body


class WeighingConnection(UnixConnection):
    """Accepts compression as Tor Browser does; tells `note` what each answer weighed."""

    def __init__(self, path: Path, *, proxy_line: bytes, note: Callable[[Weighed], None]) -> None:
        super().__init__(path, proxy_line=proxy_line)
        self._note = note
        self._asked = ""
        self._sent = 0.0

    def request(self, method: str, url: str, body: Any = None, headers: Any = None, **more: Any) -> None:
        """As http.client."""
        self._asked = f"{method} {url.partition('?')[0]}"  # without what fills addresses up
        own = {**(headers or {}), "Accept-Encoding": "gzip, deflate, br"}
        super().request(method, url, body=body, headers=own, **more)
        self._sent = time.perf_counter()

    def response_class(self, sock: socket.socket, *, method: str, **more: Any) -> HTTPResponse:  # type: ignore[override]
        """Reads until the server closes."""
        raw = b"".join(iter(lambda: sock.recv(1 << 18), b""))
        seconds = time.perf_counter() - self._sent
        status = int(raw[9:12])
        self._note(Weighed(self._asked, status, len(raw), seconds))
        return _Unpacking(_Whole(raw), method=method, **more)  # type: ignore[arg-type]
