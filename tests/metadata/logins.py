"""Many logins at once at the site's socket, each with its kind and the time that its answers took."""

from __future__ import annotations

import itertools
import random
import re
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

from demo.processes import Processes
from demo.unix_http import UnixConnection, circuit_line
from tests.support.server_processes import HOST

_COOKIE = re.compile(r"__Host-s=[^;]+")
_FORM = {"Host": HOST, "Content-Type": "application/x-www-form-urlencoded"}


@contextmanager
def loaded(processes: Processes, hogs: int) -> Iterator[None]:
    """This many processes that never rest."""
    names = [f"hog-{number}" for number in range(hogs)]
    for name in names:
        processes.start(name, [sys.executable, "-c", "while True: pass"])
    try:
        yield
    finally:
        for name in names:
            processes.stop(name)


class Stopwatch:
    """Times logins at one socket; `token` is that of the form for codenames."""

    def __init__(self, path: Path, token: str) -> None:
        self._path = path
        self._token = token
        self._circuits = itertools.count(1 << 24)

    def login(self, codename: str) -> float:
        """Seconds between the last byte of each request and the last of its answer, both added up.

        On a circuit of its own. Raises AssertionError when no mailbox is shown.
        """
        line = circuit_line(next(self._circuits))
        body = urlencode({"token": self._token, "codename": codename})
        head, entered = self._ask(line, "POST", "/en/return", body, _FORM)
        assert head.startswith("HTTP/1.1 303"), head
        cookie = _COOKIE.search(head)
        assert cookie
        head, shown = self._ask(line, "GET", "/en/mailbox", "", {"Host": HOST, "Cookie": cookie[0]})
        assert head.startswith("HTTP/1.1 200"), head
        return entered + shown

    def _ask(
        self, line: bytes, method: str, path: str, body: str, headers: dict[str, str]
    ) -> tuple[str, float]:
        connection = UnixConnection(self._path, proxy_line=line)
        try:
            connection.request(method, path, body=body or None, headers=headers)
            begun = time.perf_counter()
            answer = b"".join(iter(lambda: connection.sock.recv(1 << 18), b""))
            taken = time.perf_counter() - begun
        finally:
            connection.close()
        return answer.partition(b"\r\n\r\n")[0].decode("ascii"), taken

    def many(
        self, logins: Sequence[tuple[str, str]], at_once: int, spread_s: float
    ) -> dict[str, list[float]]:
        """Seconds of each login by its kind; those who begin together begin within `spread_s` seconds."""
        found: dict[str, list[float]] = {kind: [] for kind, _ in logins}
        never = threading.Event()

        def some(mine: Sequence[tuple[str, str]]) -> None:
            never.wait(random.uniform(0, spread_s))
            for kind, codename in mine:
                found[kind].append(self.login(codename))

        with ThreadPoolExecutor(at_once) as pool:
            list(pool.map(some, [logins[first::at_once] for first in range(at_once)]))
        return found
