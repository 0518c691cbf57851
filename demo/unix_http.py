"""HTTP over a unix socket, as tor's or the bridge's end of a site."""

from __future__ import annotations

import http.client
import socket
from pathlib import Path


class UnixConnection(http.client.HTTPConnection):
    """`http.client.HTTPConnection` to a unix socket; `proxy_line` goes first when the site expects one."""

    def __init__(self, path: Path, *, proxy_line: bytes = b"", timeout: float = 120.0) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path
        self._proxy_line = proxy_line
        self._unix_timeout = timeout

    def connect(self) -> None:
        """Opens the stream; raises OSError."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self._unix_timeout)
        self.sock.connect(str(self._path))
        self.sock.sendall(self._proxy_line)


def circuit_line(circuit: int) -> bytes:
    """The PROXY line that tor sends for a circuit with this number (HiddenServiceExportCircuitID haproxy)."""
    address = f"fc00:dead:beef:4dad::{circuit >> 16 & 0xFFFF:x}:{circuit & 0xFFFF:x}"
    return f"PROXY TCP6 {address} ::1 {circuit % 65_535 + 1} 80\r\n".encode("ascii")
