"""Sources with tors of their own, each on a watched line, and the site behind a real onion service."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

from demo.socks import wait_for_onion
from demo.tor_node import TorNode
from demo.tornet import PrivateTorNetwork
from securedrop_config.onion import OnionControl
from tests.metadata.line import CHEAP_KIB, Line
from tests.metadata.wire.capture import Watch
from tests.metadata.wire.reader import Reader
from tests.support.server_processes import HOST


@dataclass(frozen=True)
class Watched:
    """A source's tor, and what passes by on its line."""

    tor: TorNode
    host: str
    watch: Watch

    def reader(self, isolation: tuple[str, str] | None = None) -> Reader:
        """Somebody at this tor."""
        return Reader(self.tor.socks_port, self.host, isolation)


class WatchedNetwork:
    """A private Tor network with `sources` watched lines; the onion leads to wherever `line`'s site listens.

    Tor starts beside what the caller does in `meanwhile`, which makes the line.
    """

    def __init__(self, sources: int, meanwhile: Callable[[ExitStack], Line]) -> None:
        self._sources = sources
        self._meanwhile = meanwhile
        self._ends = ExitStack()
        self.sources: list[Watched] = []

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._ends.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ends.close()

    def _start(self) -> None:
        self.folder = Path(self._ends.enter_context(TemporaryDirectory()))
        network = self._ends.enter_context(PrivateTorNetwork(self.folder / "tor"))
        failed: list[BaseException] = []

        def start() -> None:
            try:
                network.start(lambda _: None)
            except BaseException as error:  # noqa: BLE001  # handed to the thread that waits
                failed.append(error)

        thread = threading.Thread(target=start)
        thread.start()
        try:
            self.line = self._meanwhile(self._ends)
            self._record()
        finally:
            thread.join()
        if failed:
            raise failed[0]
        self._publish(network)

    def _record(self) -> None:
        made = self.line.server
        self._config = made.config.with_name("sluis-wire.toml")
        text = made.config.read_text("utf-8").replace('languages = ["en"]', 'languages = ["en", "nl"]')
        self._config.write_text(text, "utf-8")
        made.start(
            "recorder",
            *("tests.metadata.wire.recorder", str(self.folder), str(self._sources), str(made.source_socket)),
        )
        self._ends.callback(made.processes.stop, "recorder")
        made.processes.wait_for("recorder", (self.folder / "ports").exists)

    def _publish(self, network: PrivateTorNetwork) -> None:
        ports = (self.folder / "ports").read_text().split()
        host = network.start_client("onion-host", socks=False)
        tors = [
            network.start_client(
                f"source{number}", control=False, extra_lines=[f"HTTPSProxy 127.0.0.1:{port}"]
            )
            for number, port in enumerate(ports)
        ]
        network.wait_bootstrapped(host)
        keys = self.folder / "keys"
        keys.mkdir(mode=0o700)
        with OnionControl.connect(host.control_port) as control:
            address = control.ensure_service("source", keys, self.folder / "site.sock")
        for number, tor in enumerate(tors):
            network.wait_bootstrapped(tor)
            wait_for_onion(tor.socks_port, address.host)
            self.sources.append(Watched(tor, address.host, Watch(self.folder / f"line{number}")))
        self.site_watch = Watch(self.folder / "site")
        assert address.host != HOST

    def options(self, answer_after_s: float, *broken: str) -> list[str]:
        """For `Line.site`: two languages, a cheap derivation, and what is to be broken."""
        return [
            *("--config", str(self._config)),
            *("--kdf-memory-kib", str(CHEAP_KIB), "--answer-after", str(answer_after_s)),
            *(f"--broken={name}" for name in broken),
        ]
