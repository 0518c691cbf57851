"""A counsellors' OpenPGP key made by the real GnuPG, in a folder on a tmpfs, for tests that decrypt."""

import os
import shutil
import subprocess
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

TMPFS = Path("/dev/shm")  # where Debian mounts a tmpfs
_NO_PASSPHRASE = ("--batch", "--pinentry-mode", "loopback", "--passphrase", "")


def tmpfs_folder() -> Path:
    """A fresh folder on a tmpfs, with a path short enough for GnuPG's sockets."""
    return Path(tempfile.mkdtemp(prefix="sl", dir=TMPFS))


class CounsellorKey:
    """Primary key and encryption subkey, both from the day before `first_day`; use it as a context manager.

    The subkey can be encrypted to for `days` days.
    """

    def __init__(self, first_day: int, days: int = 60) -> None:
        self.home = tmpfs_folder()
        self.day = first_day
        made = self._stamp(first_day - 1)
        self._gpg(*_NO_PASSPHRASE, *made, "--quick-gen-key", "Counsellors", "ed25519", "cert,sign", "5y")
        listed = self._gpg(*made, "--with-colons", "--list-keys").decode()
        self.fingerprint = next(line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr"))
        subkey = ("--quick-add-key", self.fingerprint, "cv25519", "encr", f"{days + 1}d")
        self._gpg(*_NO_PASSPHRASE, *made, *subkey)
        self.certificate = self._gpg("--export", self.fingerprint)

    @staticmethod
    def _stamp(day: int) -> tuple[str, str]:
        midnight = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day)
        return "--faked-system-time", f"{midnight:%Y%m%dT%H%M%S}!"

    def _gpg(self, *arguments: str, given: bytes = b"") -> bytes:
        command = ["gpg", "--homedir", str(self.home), "--quiet", "--no-tty", *arguments]
        ended = subprocess.run(command, input=given, capture_output=True, check=False)
        assert ended.returncode == 0, ended.stderr.decode()
        return ended.stdout

    def decrypt(self, message: bytes) -> bytes:
        """What plain `gpg --decrypt` gives."""
        return self._gpg(*self._stamp(self.day), "--batch", "--decrypt", given=message)

    def packets(self, message: bytes) -> str:
        """What `gpg --list-packets` tells of a message once it is decrypted."""
        return self._gpg(*self._stamp(self.day), "--batch", "--list-packets", given=message).decode()

    def close(self) -> None:
        """Ends the agent and removes the key."""
        environment = {**os.environ, "GNUPGHOME": str(self.home)}
        subprocess.run(["gpgconf", "--kill", "all"], env=environment, capture_output=True, check=True)
        shutil.rmtree(self.home, ignore_errors=True)

    def __enter__(self) -> "CounsellorKey":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
