"""The handlers' OpenPGP key (RFC 4880, RFC 6637): what reports are encrypted to.

An Ed25519 primary that certifies and signs, for years, and cv25519 encryption subkeys, a new one each
month. All are dated at midnight of the day before, so that they tell no clock time and are valid at the
midnight that the source interface encrypts at.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from dataclasses import dataclass
from typing import Any

import gnupg

from keys.decrypt import decrypt_stream
from keys.errors import GpgBroken, GpgFailed
from keys.gnupg_home import GnupgHome, midnight
from sluis.errors import SluisError

PRIMARY_DAYS = 3 * 365
_WORD = b"sluis"
# A month of use, and then the 90 days that the last release naming it may live.
ENCRYPTION_DAYS = 150
ROTATE_AFTER_DAYS = 30
_DAY = 86_400
# Once in some thousand keys the agent of a busy machine forgets the passphrase between making a key and
# signing it, and asks for it where nobody sits.
_TRIES = 2
# GnuPG writes a little beside its keys. With less than this free, a failure is put down to the full disk.
_ROOM = 1 << 20


@dataclass(frozen=True)
class EncryptionKey:
    """An encryption subkey: fingerprint, and the days on which it was made and expires."""

    fingerprint: str
    made_day: int
    expiry_day: int


def new_passphrase() -> str:
    """160 random bits in hexadecimal, for a key whose passphrase only a database knows."""
    return secrets.token_hex(20)


def _gpg(home: GnupgHome, day: int) -> Any:
    return gnupg.GPG(
        gpgbinary=home.gpg,
        gnupghome=str(home.path),
        options=["--faked-system-time", midnight(day), "--no-auto-key-locate", "--no-auto-check-trustdb"],
    )


def create_key(
    home: GnupgHome, name: str, passphrase: str, today: int, primary_days: int = PRIMARY_DAYS
) -> str:
    """Makes the primary (user id `name`); returns its fingerprint. Raises GpgFailed."""
    gpg = _gpg(home, today - 1)
    asked = gpg.gen_key_input(
        key_type="EDDSA",
        key_curve="ed25519",
        key_usage="cert,sign",
        name_real=name,
        name_email="",
        name_comment="",
        expire_date=f"{primary_days}d",
        passphrase=passphrase,
    )
    kept = [line for line in asked.splitlines() if not line.startswith(("Name-Email:", "Name-Comment:"))]
    for _ in range(_TRIES):
        made = gpg.gen_key("\n".join(kept) + "\n")
        if made.fingerprint:
            return str(made.fingerprint)
    raise GpgFailed("gpg did not make the primary key")


def add_encryption_key(
    home: GnupgHome, primary: str, passphrase: str, today: int, days: int = ENCRYPTION_DAYS
) -> None:
    """Adds a cv25519 encryption subkey that expires `days` after today. Raises GpgFailed."""
    made = _gpg(home, today - 1).add_subkey(
        primary, master_passphrase=passphrase, algorithm="cv25519", usage="encrypt", expire=f"{days + 1}d"
    )
    if made.returncode != 0:
        raise GpgFailed("gpg did not make the encryption key")


def newest_encryption_key(home: GnupgHome, primary: str, today: int) -> EncryptionKey | None:
    """The encryption subkey made last, expired or not; None before the first."""
    found = _gpg(home, today).list_keys(keys=primary)
    if not found:
        raise GpgFailed("gpg does not know the primary key")
    subkeys = [
        EncryptionKey(one["fingerprint"], int(one["date"]) // _DAY, int(one["expires"] or 0) // _DAY)
        for one in found[0]["subkey_info"].values()
        if "e" in one["cap"]
    ]
    return max(subkeys, key=lambda key: key.made_day, default=None)


def check_gnupg(home: GnupgHome, primary: str, passphrase: str, today: int) -> None:
    """Encrypts and decrypts a word; raises GpgBroken when this machine cannot, OSError when its disk is full.

    Done before an import, so that a broken GnuPG is never taken for reports that do not open. As in those, no
    key is named in it.
    """
    key = newest_encryption_key(home, primary, today)
    if key is None:
        raise GpgBroken("there is no encryption key")
    gpg = _gpg(home, key.made_day + 1)
    sealed = gpg.encrypt(_WORD, primary, always_trust=True, armor=False, extra_args=["--throw-keyids"])
    try:
        opened = b"".join(decrypt_stream(home, passphrase, [bytes(sealed.data)], len(_WORD), today))
    except SluisError as error:
        if shutil.disk_usage(home.folder).free < _ROOM:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
        raise GpgBroken("gpg does not decrypt what it encrypted") from error
    if opened != _WORD:
        raise GpgBroken("gpg does not decrypt what it encrypted")


def export_certificate(home: GnupgHome, key: EncryptionKey, today: int) -> bytes:
    """The binary public key with this one encryption subkey only, so that it never outgrows a release."""
    exported = _gpg(home, today).export_keys(key.fingerprint + "!", armor=False)
    if not exported:
        raise GpgFailed("gpg did not export the certificate")
    return bytes(exported)


def export_secret_key(home: GnupgHome, primary: str, passphrase: str, today: int) -> str:
    """The whole secret key, armoured, still under its passphrase."""
    exported = _gpg(home, today).export_keys(primary, secret=True, passphrase=passphrase)
    if not exported:
        raise GpgFailed("gpg did not export the secret key")
    return str(exported)
