"""A loopback port in front of a unix socket, for a person's browser; it exists in the demo only.

In front of the two sites it sends a PROXY line (version 1, as tor does with HiddenServiceExportCircuitID)
whose address lies outside tor's own range, so that every page says it was reached without Tor. On a real
host nothing listens on a network address.
"""

from __future__ import annotations

import contextlib
import itertools
import selectors
import socket
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from demo.socks import open_onion

_CHUNK = 65_536
_WITHOUT_TOR = "fc00:dead:beef:4dae::0:{}"


class Bridge:
    """Listens on 127.0.0.1 (`port`, chosen by the kernel when 0) and carries bytes both ways."""

    def __init__(self, target: Path, *, proxy_line: bool, port: int = 0) -> None:
        """`target` is a unix socket; raises OSError when `port` is taken."""
        self._target = target
        self._proxy_line = proxy_line
        self._numbers = itertools.count(1)
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, name="bridge", daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:  # closed
                return
            threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError), self._connect() as server:
            _pump(client, server)

    def _connect(self) -> socket.socket:
        """A stream to the target; raises OSError."""
        server = socket.socket(socket.AF_UNIX)
        try:
            server.connect(str(self._target))
            if self._proxy_line:
                source = _WITHOUT_TOR.format(next(self._numbers) % 65_536)
                server.sendall(f"PROXY TCP6 {source} ::1 1 80\r\n".encode("ascii"))
        except OSError:
            server.close()
            raise
        return server

    def close(self) -> None:
        """Stops listening; streams under way end with their peers."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class OnionBridge(Bridge):
    """A loopback port whose streams go through a tor to an onion: for browsers that call no onion safe."""

    def __init__(self, socks_port: int, onion: str) -> None:
        """Nothing is connected until somebody connects here."""
        self._socks_port = socks_port
        self._onion = onion
        super().__init__(Path(), proxy_line=False)

    def _connect(self) -> socket.socket:
        stream = open_onion(self._socks_port, self._onion)
        stream.settimeout(None)
        return stream


def _pump(one: socket.socket, other: socket.socket) -> None:
    """Carries bytes until both directions have ended."""
    with selectors.DefaultSelector() as selector:
        selector.register(one, selectors.EVENT_READ, other)
        selector.register(other, selectors.EVENT_READ, one)
        while selector.get_map():
            for key, _ in selector.select():
                source = key.fileobj
                assert isinstance(source, socket.socket)
                data = source.recv(_CHUNK)
                if data:
                    key.data.sendall(data)
                else:
                    selector.unregister(source)
                    with contextlib.suppress(OSError):
                        key.data.shutdown(socket.SHUT_WR)
