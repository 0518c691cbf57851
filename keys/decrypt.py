"""Decrypts one OpenPGP message as a stream through gpg, with bounded memory and no plaintext on a disk."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
from collections.abc import Iterable, Iterator
from typing import IO

from keys.errors import GpgBroken, GpgFailed
from keys.gnupg_home import GnupgHome, midnight
from sluis.errors import TooLarge

_PIECE = 65_536
# A message names no key, so gpg tries each that it has. It counts one that does not fit as an error, and then
# ends with 2 although it opened the message whole: what it says decides, not how it ends. (GnuPG's
# doc/DETAILS, "Format of the --status-fd output".)
_ENDS = (0, 2)
_WHOLE = (b"DECRYPTION_OKAY", b"GOODMDC")
_NOT_WHOLE = frozenset((b"BADMDC", b"DECRYPTION_FAILED", b"ERROR", b"FAILURE", b"NODATA", b"UNEXPECTED"))


class _Feeder(threading.Thread):
    """Writes the ciphertext to gpg. When its source fails, gpg is killed **before** its input closes.

    gpg takes the end of its input for the end of the message, and ends well for a message that was cut
    short at the right place.
    """

    def __init__(self, process: subprocess.Popen[bytes], sink: IO[bytes], pieces: Iterable[bytes]) -> None:
        super().__init__(daemon=True)
        self._process = process
        self._sink = sink
        self._pieces = pieces
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            for piece in self._pieces:
                self._sink.write(piece)
        except BrokenPipeError:
            pass  # gpg has given up; its status says why
        except BaseException as error:  # noqa: BLE001  # raised again by the reader, in its own thread
            self.error = error
            self._process.kill()
        finally:
            with contextlib.suppress(BrokenPipeError):
                self._sink.close()


def decrypt_stream(
    home: GnupgHome, passphrase: str, pieces: Iterable[bytes], limit: int, today: int
) -> Iterator[bytes]:
    """Gives the plaintext in pieces of at most 64 KiB; only after the last one is it known to be whole.

    `limit` bounds the plaintext, so that a compressed message cannot grow without end. Raises TooLarge,
    GpgFailed when it is not encrypted to this home's key or damaged, GpgBroken when gpg itself was stopped,
    or what `pieces` raised.
    """
    status = os.memfd_create("status")
    secret_read, secret_write = os.pipe()
    try:
        os.write(secret_write, passphrase.encode("utf-8") + b"\n")
        os.close(secret_write)
        process = subprocess.Popen(
            _command(home, secret_read, status, today),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=(secret_read, status),
            bufsize=0,
        )
    except BaseException:
        os.close(status)
        raise
    finally:
        os.close(secret_read)
    try:
        yield from _run(process, pieces, limit)
        if process.returncode < 0:
            raise GpgBroken("gpg was stopped by a signal")
        if process.returncode not in _ENDS or not _is_whole(_content(status)):
            raise GpgFailed("gpg did not open the message whole")
    finally:
        os.close(status)


def _command(home: GnupgHome, secret_fd: int, status_fd: int, today: int) -> list[str]:
    return [
        *(home.gpg, "--homedir", str(home.path), "--batch", "--no-tty", "--quiet"),
        *("--pinentry-mode", "loopback", "--passphrase-fd", str(secret_fd), "--status-fd", str(status_fd)),
        *("--faked-system-time", midnight(today), "--no-random-seed-file", "--no-auto-key-locate"),
        *("--no-auto-check-trustdb", "--trust-model", "always", "--decrypt"),
    ]


def _run(process: subprocess.Popen[bytes], pieces: Iterable[bytes], limit: int) -> Iterator[bytes]:
    assert process.stdin is not None
    assert process.stdout is not None
    feeder = _Feeder(process, process.stdin, pieces)
    feeder.start()
    total = 0
    try:
        while piece := process.stdout.read(_PIECE):
            total += len(piece)
            if total > limit:
                raise TooLarge("a message whose plaintext is over the limit")
            yield piece
        process.wait()
    finally:
        if process.poll() is None:
            process.kill()
        process.stdout.close()
        process.wait()
        feeder.join()
    if feeder.error is not None:
        raise feeder.error


def _is_whole(status: bytes) -> bool:
    words = [line[9:].split(b" ", 1)[0] for line in status.splitlines() if line.startswith(b"[GNUPG:] ")]
    return all(words.count(word) == 1 for word in _WHOLE) and _NOT_WHOLE.isdisjoint(words)


def _content(descriptor: int) -> bytes:
    os.lseek(descriptor, 0, os.SEEK_SET)
    with open(descriptor, "rb", closefd=False) as file:
        return file.read()
