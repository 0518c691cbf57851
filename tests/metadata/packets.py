"""What is inside the OpenPGP messages that an office takes in: their packets, and what they hold."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from unittest.mock import patch

import workstation.intake
from keys.decrypt import decrypt_stream
from keys.gnupg_home import GnupgHome, midnight


@dataclass(frozen=True)
class Opened:
    """One message: what `gpg --list-packets` tells of it once it is decrypted, and its plaintext."""

    packets: str
    plaintext: bytes


@contextmanager
def opened_messages() -> Iterator[list[Opened]]:
    """Every message that this process decrypts for an import, from now on."""
    found: list[Opened] = []

    def decrypt(
        home: GnupgHome, passphrase: str, pieces: Iterable[bytes], limit: int, today: int
    ) -> Iterator[bytes]:
        message = b"".join(pieces)
        plaintext = b"".join(decrypt_stream(home, passphrase, [message], limit, today))
        found.append(Opened(_packets(home, passphrase, message, today), plaintext))
        yield plaintext

    with patch.object(workstation.intake, "decrypt_stream", decrypt):
        yield found


def _packets(home: GnupgHome, passphrase: str, message: bytes, today: int) -> str:
    command = [
        *(home.gpg, "--homedir", str(home.path), "--batch", "--no-tty", "--pinentry-mode", "loopback"),
        *("--passphrase", passphrase, "--faked-system-time", midnight(today), "--list-packets", "--verbose"),
    ]
    return subprocess.run(command, input=message, capture_output=True, check=True).stdout.decode()
