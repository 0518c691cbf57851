"""A private Tor network for the story tests, started once, and a site to stand behind an onion."""

from __future__ import annotations

import hashlib
import socketserver
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from demo.tor_node import TorNode
from demo.tornet import PrivateTorNetwork


@pytest.fixture(scope="session")
def tor_network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateTorNetwork]:
    with PrivateTorNetwork(tmp_path_factory.mktemp("tor")) as network:
        network.start(lambda _: None)
        yield network


@pytest.fixture(scope="session")
def onion_host(tor_network: PrivateTorNetwork) -> TorNode:
    """The tor of a server, also with a control socket; each test sets up its own service there."""
    control = f"ControlSocket {tor_network.folder / 'onion-host' / 'control.sock'}"
    node = tor_network.start_client("onion-host", socks=False, extra_lines=[control])
    tor_network.wait_bootstrapped(node)
    return node


@pytest.fixture(scope="session")
def visitor(tor_network: PrivateTorNetwork) -> TorNode:
    """The tor of somebody with no client key."""
    node = tor_network.start_client("visitor")
    tor_network.wait_bootstrapped(node)
    return node


class UnixSite:
    """An HTTP site on a unix socket. It answers with the PROXY line that each connection began with.

    POST answers with the SHA-256 of the body instead. GET of /big sends the number of bytes that
    `Range: bytes=0-N` asks for.
    """

    def __init__(self, socket_path: Path) -> None:
        self.socket_path = socket_path
        self._server = _Server(str(socket_path), _Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    block_on_close = False  # a visitor's kept connection is no reason to wait

    def handle_error(self, request: object, client_address: object) -> None:
        """A visitor who hangs up is no event."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        super().setup()
        self.proxy_line = self.rfile.readline(108)  # the longest line of the PROXY protocol, version 1

    def do_GET(self) -> None:
        if self.path == "/big":
            last = int(self.headers["Range"].removeprefix("bytes=0-"))
            self._answer(206, bytes(last + 1))
        else:
            self._answer(200, self.proxy_line)

    def do_POST(self) -> None:
        digest = hashlib.sha256(self.rfile.read(int(self.headers["Content-Length"])))
        self._answer(200, digest.hexdigest().encode())

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """No log."""
