"""Onion services, through tor's control port.

A service is a group of HiddenService lines over a folder of ours (`onion_folder`), set with SETCONF.
ADD_ONION would be shorter, but tor 0.4.9 has no argument there for HiddenServiceExportCircuitID, and
without the circuit id nothing can be limited per visitor. SETCONF replaces every service of that
tor, so the groups of others are read and sent again.

What is set here lasts until tor ends or reads its torrc again. Call `ensure_service` after that: the
key is stored, so the address stays. A production host has its services in the torrc
(`templates/torrc`) and uses `OnionFolder` alone. Both work as the user that tor runs as, for tor
takes only a folder that it owns.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import stem
import stem.connection
import stem.response
import stem.socket

from securedrop_config.client_auth import check_server_line
from securedrop_config.onion_errors import ServiceRefused, TorDown, TorRefusesUs
from securedrop_config.onion_folder import OnionAddress, OnionFolder

Group = list[tuple[str, str]]
"""The lines of one service as (option, value), HiddenServiceDir first."""

FOLDER_OPTION = "HiddenServiceDir"
PORT_OPTION = "HiddenServicePort"
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
PLAIN_PATH = re.compile(r"/[A-Za-z0-9._/+-]+")
ANSWER_DEADLINE_S = 30.0
UNIX_SOCKET_MAX = 107  # bytes of a path in sun_path (unix(7)), without its final zero


class _ControlStream(stem.socket.ControlSocket):  # type: ignore[misc]  # stem has no types
    """Stem's reading of the control protocol over a socket of ours.

    Its Controller would add threads for events, and can end tor when it goes away; its own sockets
    leak when nobody answers.
    """

    def __init__(self, control: int | Path) -> None:
        super().__init__()
        self._control = control
        self.connect()

    def _make_socket(self) -> socket.socket:
        by_path = isinstance(self._control, Path)
        stream = socket.socket(socket.AF_UNIX if by_path else socket.AF_INET)
        stream.settimeout(ANSWER_DEADLINE_S)
        try:
            stream.connect(str(self._control) if by_path else ("127.0.0.1", self._control))
        except OSError as error:
            stream.close()
            raise stem.SocketError(str(error)) from error
        return stream


class OnionControl:
    """A connection to the control port of one tor. Use it as a context manager, or call `close`."""

    def __init__(self, stream: _ControlStream) -> None:
        self._stream = stream

    @classmethod
    def connect(cls, control: int | Path) -> Self:
        """Open the control port on 127.0.0.1 (a number) or the control socket (a path), by cookie.

        Raises TorDown when nothing answers, TorRefusesUs when the cookie is not accepted or not readable.
        """
        try:
            stream = _ControlStream(control)
        except stem.SocketError as error:
            raise TorDown(f"tor's control port does not answer: {error}") from error
        try:
            stem.connection.authenticate(stream)
        except stem.connection.AuthenticationFailure as error:
            stream.close()
            raise TorRefusesUs(f"tor does not let us in: {error}") from error
        except stem.ControllerError as error:
            stream.close()
            raise TorDown(f"tor went away: {error}") from error
        return cls(stream)

    def ensure_service(
        self,
        name: str,
        key_store: Path,
        target_unix_socket: Path,
        virtual_port: int = 80,
        client_auth_public_keys: Sequence[str] = (),
        proof_of_work: bool = True,
        circuit_id: bool = True,
    ) -> OnionAddress:
        """Make tor serve `target_unix_socket` as an onion service, with the key in `key_store/name`.

        `client_auth_public_keys` are server lines (`client_auth`); with any, only those clients get
        in. With `circuit_id` each connection starts with a PROXY line (tor(1),
        HiddenServiceExportCircuitID). Calling it again changes what differs. It returns at once;
        publishing takes tor some seconds.

        Raises ValueError, BadClientKey, KeyStoreDamaged, WouldBecomePublic, ServiceRefused, TorDown, OSError.
        """
        _check_names(name, key_store, target_unix_socket)
        clients = [check_server_line(line) for line in client_auth_public_keys]
        folder = OnionFolder.create(key_store / name)
        address = folder.address
        folder.set_clients(clients)
        group = [
            (FOLDER_OPTION, str(folder.path)),
            (PORT_OPTION, f"{virtual_port} unix:{target_unix_socket}"),
            ("HiddenServicePoWDefensesEnabled", str(int(proof_of_work))),
        ]
        if circuit_id:
            group.append(("HiddenServiceExportCircuitID", "haproxy"))
        self._set_groups([*self._other_groups(folder.path), group])
        return address

    def remove(self, name: str, key_store: Path) -> None:
        """Take a service down; its folder stays, so `ensure_service` brings it back. Raises TorDown."""
        self._set_groups(self._other_groups(key_store / name))

    def close(self) -> None:
        """End the connection; the services stay up."""
        self._stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _other_groups(self, folder: Path) -> list[Group]:
        """What this tor serves, apart from the service in `folder`."""
        groups: list[Group] = []
        for option, value in self._get("HiddenServiceOptions"):
            if option == FOLDER_OPTION:
                groups.append([])
            if groups:
                groups[-1].append((option, value))
        return [group for group in groups if Path(group[0][1]) != folder]

    def _set_groups(self, groups: Sequence[Group]) -> None:
        lines = [f"{option}={_quoted(value)}" for group in groups for option, value in group]
        # Without a single service, the bare option clears them all.
        self._ask("SETCONF " + " ".join(lines or [FOLDER_OPTION]))

    def _get(self, option: str) -> list[tuple[str, str]]:
        """GETCONF: the lines of `option` in their order; those without a value are left out."""
        parts = [content.partition("=") for _, _, content in self._ask(f"GETCONF {option}").content()]
        return [(key, value) for key, equals, value in parts if equals]

    def _ask(self, command: str) -> stem.response.ControlMessage:
        try:
            self._stream.send(command)
            answer = self._stream.recv()
        except stem.ControllerError as error:
            raise TorDown(f"tor went away: {error}") from error
        if not answer.is_ok():
            raise ServiceRefused(str(answer))
        return answer


def _check_names(name: str, key_store: Path, target: Path) -> None:
    """Only what needs no quoting inside a value; raises ValueError."""
    if not NAME.fullmatch(name):
        raise ValueError("the name of a service has a-z, 0-9 and hyphens")
    for path in (key_store, target):
        if not PLAIN_PATH.fullmatch(str(path)):
            raise ValueError(f"not an absolute path of plain characters: {path}")
    if len(str(target)) > UNIX_SOCKET_MAX:
        raise ValueError(f"the path of a unix socket has at most {UNIX_SOCKET_MAX} characters")


def _quoted(value: str) -> str:
    """A QuotedString of the control protocol (control-spec, 2.1.1)."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
