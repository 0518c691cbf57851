"""Encrypts bytes to somebody else's OpenPGP key, and says neither whose it is, nor when, nor with what."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

from keys.errors import GpgFailed
from keys.gnupg_home import find_gpg, midnight

_TMPFS = Path("/dev/shm")  # noqa: S108  # a private folder is made in it by mkdtemp


def encrypt_to(certificate: str, data: bytes, today: int) -> bytes:
    """One binary message (RFC 4880) to the encryption key in an armoured public key.

    No recipient is named in it, no file name and no version; its one date is the midnight of today. Nothing
    of it or of the key stays anywhere. Raises GpgMissing; GpgFailed for a key that has expired, was revoked,
    or can only sign.
    """
    gpg = find_gpg()
    parent = _TMPFS if _TMPFS.is_dir() and os.access(_TMPFS, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="ge-", dir=parent) as home:
        recipient = Path(home) / "certificate"
        recipient.write_text(certificate, "ascii", "strict")
        done = subprocess.run(
            [
                *(gpg, "--homedir", home, "--no-options", "--batch", "--no-tty", "--quiet"),
                *("--faked-system-time", midnight(today), "--no-random-seed-file", "--no-auto-key-locate"),
                *("--no-auto-check-trustdb", "--trust-model", "always", "--no-autostart"),
                *("--throw-keyids", "--set-filename", "", "--compress-algo", "none", "--no-emit-version"),
                *("--no-comments", "--recipient-file", str(recipient), "--encrypt"),
            ],
            input=data,
            capture_output=True,
            check=False,
        )
    if done.returncode != 0 or not done.stdout:
        raise GpgFailed("gpg did not encrypt to this key")
    return done.stdout
