"""HTTP to an onion service through the SOCKS port of a tor, for the demo and the tests.

The host name goes to tor as it is (RFC 1928, address type 3); nothing here asks a name server. An
`isolation` pair is sent as user name and password (RFC 1929): tor keeps streams with different
pairs on different circuits.
"""

from __future__ import annotations

import http.client
import socket
import time

VERSION = 5
NO_AUTHENTICATION = 0
USER_AND_PASSWORD = 2
CONNECT = 1
DOMAIN_NAME = 3
ADDRESS_LENGTHS = {1: 4, 4: 16}  # IPv4 and IPv6, in an answer
RETRY_S = 0.2

# What tor's ExtendedErrors tell (tor(1), SocksPort; proposal 304).
DESCRIPTOR_NOT_FOUND = 0xF0
AUTHORISATION_MISSING = 0xF4
AUTHORISATION_WRONG = 0xF5
REASONS = {
    DESCRIPTOR_NOT_FOUND: "the onion service has published no descriptor",
    0xF1: "the descriptor of the onion service is invalid",
    0xF2: "the onion service could not be introduced to",
    0xF3: "no rendezvous with the onion service",
    AUTHORISATION_MISSING: "the onion service asks for a client key",
    AUTHORISATION_WRONG: "the onion service does not know this client key",
    0xF6: "not an onion address",
    0xF7: "the onion service could not be introduced to in time",
}


class SocksError(ConnectionError):
    """Tor did not connect; `code` is the SOCKS5 reply, with `REASONS` for those of onion services."""

    def __init__(self, code: int) -> None:
        super().__init__(REASONS.get(code, f"SOCKS reply {code}"))
        self.code = code


def open_onion(
    socks_port: int,
    host: str,
    port: int = 80,
    timeout: float = 30.0,
    isolation: tuple[str, str] | None = None,
) -> socket.socket:
    """A connected stream to `host` (1 to 255 bytes of ASCII) on `port`, through tor on 127.0.0.1.

    The two parts of `isolation` are 1 to 255 bytes each. Raises SocksError, OSError (TimeoutError included).
    """
    stream = socket.create_connection(("127.0.0.1", socks_port), timeout)
    try:
        _greet(stream, isolation)
        request = bytes((VERSION, CONNECT, 0, DOMAIN_NAME)) + _short(host) + port.to_bytes(2, "big")
        stream.sendall(request)
        _read_reply(stream)
    except BaseException:
        stream.close()
        raise
    return stream


class OnionConnection(http.client.HTTPConnection):
    """`http.client.HTTPConnection` over tor: bodies from files and iterables, ranges, all as there."""

    def __init__(
        self,
        socks_port: int,
        host: str,
        port: int = 80,
        timeout: float = 30.0,
        isolation: tuple[str, str] | None = None,
    ) -> None:
        super().__init__(host, port, timeout)
        self._socks_port = socks_port
        self._onion_timeout = timeout
        self._isolation = isolation

    def connect(self) -> None:
        """Open the stream; `request` calls this by itself. Raises SocksError, OSError."""
        self.sock = open_onion(self._socks_port, self.host, self.port, self._onion_timeout, self._isolation)


def wait_for_onion(
    socks_port: int, host: str, deadline_s: float = 60.0, attempt_timeout: float = 10.0
) -> None:
    """Try until a stream to `host` opens: a new service takes seconds to publish itself.

    Raises the last SocksError or OSError when `deadline_s` has passed.
    """
    end = time.monotonic() + deadline_s
    while True:
        try:
            open_onion(socks_port, host, timeout=attempt_timeout).close()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(RETRY_S)
        else:
            return


def _greet(stream: socket.socket, isolation: tuple[str, str] | None) -> None:
    method = NO_AUTHENTICATION if isolation is None else USER_AND_PASSWORD
    stream.sendall(bytes((VERSION, 1, method)))
    if _read(stream, 2) != bytes((VERSION, method)):
        raise SocksError(0xFF)
    if isolation is not None:
        user, password = isolation
        stream.sendall(b"\x01" + _short(user) + _short(password))
        if _read(stream, 2)[1] != 0:
            raise SocksError(0xFF)


def _read_reply(stream: socket.socket) -> None:
    _, code, _, kind = _read(stream, 4)
    if code != 0:
        raise SocksError(code)
    length = _read(stream, 1)[0] if kind == DOMAIN_NAME else ADDRESS_LENGTHS.get(kind, 4)
    _read(stream, length + 2)  # the bound address and port, of no use here


def _short(text: str) -> bytes:
    """`text` after one byte with its length."""
    encoded = text.encode("ascii")
    if not 1 <= len(encoded) <= 255:
        raise ValueError("SOCKS texts have 1 to 255 bytes")
    return bytes((len(encoded),)) + encoded


def _read(stream: socket.socket, count: int) -> bytes:
    found = b""
    while len(found) < count:
        piece = stream.recv(count - len(found))
        if not piece:
            raise ConnectionError("tor closed the connection")
        found += piece
    return found
