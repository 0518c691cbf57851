"""What can go wrong with keys beyond the errors of the core."""

from __future__ import annotations

from sluis.errors import SluisError


class WrongPassphrase(SluisError):
    """The passphrase does not open this key."""

    code = "wrong-passphrase"


class GpgMissing(SluisError):
    """GnuPG is not installed, or not on the PATH."""

    code = "gpg-missing"


class GpgFailed(SluisError):
    """GnuPG refused: the message is not one that this instance's key opens whole."""

    code = "gpg-failed"


class GpgBroken(SluisError):
    """GnuPG itself does not work here; this says nothing about any message."""

    code = "gpg-broken"
