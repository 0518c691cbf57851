"""OpenPGP by GnuPG as a stream, leaving no trace of it on a disk (docs/protocol.md, "OpenPGP").

Left to itself GnuPG leaves traces. Each was seen in an experiment and is prevented here:

* it rewrites `random_seed` at every run, whose time is then the last submission: `--no-random-seed-file`;
* it puts the clock into the literal packet: `--faked-system-time <day>T000000!`, subkeys are dated earlier;
* it puts the input's name there as well: `--set-filename ""`;
* it names the recipient: `--throw-keyids`; it keeps key rings and starts an agent: `--no-keyring`,
  `--no-autostart`;
* once its input ends early it makes a **valid** message of the truncated text: on abort it is killed first.

Its home is a folder on a tmpfs that holds the public certificate only and is gone with the stream.
"""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, cast

from sluis.errors import SluisError

_PIECE = 65_536
_START_S = 20.0
_STALL_S = 120.0
_STATUS_MAX = 65_536
# FAILURE carries a gpg-error number; its low 16 bits are the code (gpg-error.h: GPG_ERR_UNUSABLE_PUBKEY,
# GPG_ERR_KEY_EXPIRED, and GPG_ERR_NO_USER_ID, said of a key from a later day than the one that is told).
_UNUSABLE_TODAY = (53, 153, 16)
_OPTIONS = (
    *("--no-options", "--batch", "--no-tty", "--quiet", "--no-random-seed-file", "--lock-never"),
    *("--no-keyring", "--trust-model", "always", "--no-autostart", "--disable-dirmngr", "--throw-keyids"),
    *("-z", "0", "--set-filename", "", "--no-comments"),
)


class CannotReceive(SluisError):
    """Nothing can be encrypted now; the page says so and asks to come back."""

    code = "cannot-receive"


class GpgMissing(CannotReceive):
    """GnuPG is not installed, or cannot be started."""

    code = "gpg-missing"


class KeyExpired(CannotReceive):
    """GnuPG says that the certificate has no key that can be encrypted to on this day."""

    code = "openpgp-key-expired"


class GpgFailed(CannotReceive):
    """GnuPG ended in another way than with a whole message."""

    code = "gpg-failed"


def require_tmpfs(folder: Path, mounts: Path = Path("/proc/self/mounts")) -> None:
    """For the entry point: raises CannotReceive unless `folder` is on a file system that is on no disk."""
    found = (Path(), "")
    for line in mounts.read_text(encoding="utf-8").splitlines():
        _, point, kind, *_ = line.split()
        place = Path(point.replace("\\040", " "))
        # A later line of the same place lies on top of the earlier one.
        if folder.resolve().is_relative_to(place) and len(place.parts) >= len(found[0].parts):
            found = (place, kind)
    if found[1] not in ("tmpfs", "ramfs"):
        raise CannotReceive("the folder for GnuPG is not on a tmpfs")


def sweep(folder: Path) -> None:
    """For the entry point: removes what a killed process left behind, copies of a public certificate."""
    for home in folder.glob("g*"):
        shutil.rmtree(home, ignore_errors=True)


class GpgStream:
    """One message being encrypted to a certificate (a binary OpenPGP public key).

    What GnuPG gives goes to `consume`, piece by piece (at most 65,536 bytes), in a thread of its own, while
    `write` is called; when `consume` is slow `write` waits, so no more than two pipes are ever full. An error
    in `consume` ends GnuPG and comes out of `write` or `finish`. Ends by `finish()` or `kill()`, never by
    itself. `day` (since 1970-01-01) is the only time that the message carries; `folder` is on a tmpfs and has
    a short path. Raises GpgMissing, KeyExpired or GpgFailed, before anything is written where possible.
    """

    def __init__(
        self,
        certificate: bytes,
        day: int,
        folder: Path,
        consume: Callable[[bytes], None],
        program: str = "gpg",
    ) -> None:
        self._consume = consume
        self._failure: Exception | None = None
        self._status = b""
        self._home = _make_home(folder, certificate)
        try:
            self._process, self._status_fd = self._start(program, day)
        except BaseException:
            shutil.rmtree(self._home, ignore_errors=True)
            raise
        self._stdin = cast(IO[bytes], self._process.stdin)
        os.set_blocking(self._stdin.fileno(), False)
        self._pump = threading.Thread(target=self._pump_output, name="gpg-output", daemon=True)
        self._pump.start()
        try:
            self._wait_for_start()
        except BaseException:
            self.kill()
            raise

    def _start(self, program: str, day: int) -> tuple[subprocess.Popen[bytes], int]:
        midnight = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day)
        status_read, status_write = os.pipe()
        command = [
            *(program, "--homedir", str(self._home), *_OPTIONS),
            *("--faked-system-time", f"{midnight:%Y%m%dT%H%M%S}!", "--status-fd", str(status_write)),
            *("--recipient-file", str(self._home / "to"), "--encrypt"),
        ]
        try:
            process = subprocess.Popen(
                command,
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                pass_fds=(status_write,),
                env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
                cwd="/",
            )
        except OSError as error:
            os.close(status_read)
            raise GpgMissing("GnuPG cannot be started") from error
        finally:
            os.close(status_write)
        return process, status_read

    def _wait_for_start(self) -> None:
        """GnuPG reads the certificate before its input, so that an unusable one is known at once."""
        while b"BEGIN_ENCRYPTION" not in self._status:
            if not _ready(self._status_fd, select.POLLIN, _START_S) or not self._read_status():
                raise self._ended()

    def _read_status(self) -> bool:
        piece = os.read(self._status_fd, 4_096)
        self._status = (self._status + piece)[-_STATUS_MAX:]
        return bool(piece)

    def write(self, data: bytes) -> None:
        """Encrypts the next piece; raises what `consume` raised, or how GnuPG ended."""
        rest = memoryview(data)
        while rest:
            if not _ready(self._stdin.fileno(), select.POLLOUT, _STALL_S):
                raise GpgFailed("GnuPG takes no input")
            try:
                rest = rest[os.write(self._stdin.fileno(), rest[:_PIECE]) :]
            except BlockingIOError:
                continue
            except BrokenPipeError as error:
                raise self._ended() from error

    def finish(self) -> None:
        """Ends the message; returns when `consume` has had all of it and GnuPG confirmed it as whole."""
        self._stdin.close()
        self._pump.join()
        try:
            ended_well = self._process.wait(_STALL_S) == 0
        except subprocess.TimeoutExpired:
            ended_well = False
        while self._read_status():
            continue
        if self._failure or not ended_well or b"END_ENCRYPTION" not in self._status:
            raise self._ended()
        self._clean_up()

    def kill(self) -> None:
        """Ends GnuPG without an end of the message; calling it again, or after `finish`, is no fault."""
        # Before its input closes: an early end of input would make a valid message.
        self._process.kill()
        self._process.wait()
        self._stdin.close()
        self._pump.join()
        self._clean_up()

    def _pump_output(self) -> None:
        stdout = cast(IO[bytes], self._process.stdout)
        try:
            while piece := stdout.read(_PIECE):
                self._consume(piece)
        except Exception as error:  # noqa: BLE001  # whatever it is, it is raised again by write or finish
            self._failure = error
            self._process.kill()
        finally:
            stdout.close()

    def _ended(self) -> Exception:
        """Why it ended, once it has."""
        self.kill()
        if self._failure is not None:
            return self._failure
        for line in self._status.splitlines():
            words = line.split()
            if words[:2] == [b"[GNUPG:]", b"FAILURE"] and int(words[-1]) & 0xFFFF in _UNUSABLE_TODAY:
                return KeyExpired("the certificate has no key to encrypt to on this day")
        return GpgFailed("GnuPG did not finish the message")

    def _clean_up(self) -> None:
        if self._status_fd >= 0:
            while self._read_status():
                continue
            os.close(self._status_fd)
            self._status_fd = -1
        shutil.rmtree(self._home, ignore_errors=True)


def _make_home(folder: Path, certificate: bytes) -> Path:
    try:
        home = Path(tempfile.mkdtemp(prefix="g", dir=folder))
    except OSError as error:
        raise CannotReceive("no folder for GnuPG can be made") from error
    try:
        (home / "to").write_bytes(certificate)
    except OSError as error:
        shutil.rmtree(home, ignore_errors=True)
        raise CannotReceive("there is no room for GnuPG's folder") from error
    return home


def _ready(fd: int, event: int, timeout_s: float) -> bool:
    poll = select.poll()
    poll.register(fd, event)
    return bool(poll.poll(timeout_s * 1_000))
