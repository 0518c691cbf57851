"""The handlers' OpenPGP key with real gpg: dates, streams, and every way a message can fail."""

import re
import subprocess
import threading
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from keys.decrypt import decrypt_stream
from keys.errors import GpgBroken, GpgFailed, GpgMissing
from keys.gnupg_home import GnupgHome
from keys.openpgp import (
    add_encryption_key,
    check_gnupg,
    create_key,
    export_certificate,
    newest_encryption_key,
)
from sluis.errors import TooLarge
from tests.support.export_builder import gpg_encrypt

DAY = 20_000
SECRET = "a passphrase of a test"
LIMIT = 100_000_000


class Made:
    def __init__(self, home: GnupgHome) -> None:
        self.home = home
        self.primary = create_key(home, "The Line", SECRET, DAY)
        add_encryption_key(home, self.primary, SECRET, DAY)

    def certificate(self, today: int = DAY) -> bytes:
        key = newest_encryption_key(self.home, self.primary, today)
        assert key is not None
        return export_certificate(self.home, key, today)

    def decrypt(self, message: bytes, limit: int = LIMIT, secret: str = SECRET) -> bytes:
        return b"".join(decrypt_stream(self.home, secret, [message], limit, DAY))


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Made]:
    long = tmp_path / ("a-long-name-" * 12)  # the socket of an agent would not fit here
    long.mkdir()
    with GnupgHome(long / "gnupg") as home:
        yield Made(home)


def packets(made: Made, data: bytes) -> str:
    command = ["gpg", "--homedir", str(made.home.path), "--list-packets"]
    return subprocess.run(command, input=data, capture_output=True, check=True).stdout.decode()


def test_the_certificate_tells_days_only(made: Made) -> None:
    listed = packets(made, made.certificate())
    created = re.findall(r"version 4,.* created (\d+)", listed)
    assert len(created) == 4  # two keys, and the two signatures that bind them
    assert {int(one) for one in created} == {(DAY - 1) * 86_400}
    assert "The Line" in listed


def test_only_the_newest_encryption_key_is_published(made: Made) -> None:
    first = made.certificate()
    add_encryption_key(made.home, made.primary, SECRET, DAY + 31)
    second = made.certificate(DAY + 31)
    assert first != second
    assert len(first) == len(second)
    assert packets(made, second).count(":public sub key packet:") == 1
    old, new = gpg_encrypt(first, b"old", DAY), gpg_encrypt(second, b"new", DAY + 31)
    assert made.decrypt(old) == b"old"
    assert made.decrypt(new) == b"new"
    check_gnupg(made.home, made.primary, SECRET, DAY + 31)


def test_a_key_can_be_encrypted_to_until_its_expiry(made: Made) -> None:
    certificate = made.certificate()
    assert gpg_encrypt(certificate, b"x", DAY + 149)
    with pytest.raises(subprocess.CalledProcessError):
        gpg_encrypt(certificate, b"x", DAY + 151)


def test_a_message_comes_out_as_it_went_in(made: Made) -> None:
    for plain in (b"", b"x", bytes(3_000_000)):
        assert made.decrypt(gpg_encrypt(made.certificate(), plain, DAY)) == plain


@pytest.mark.parametrize("more_keys", [0, 2])
def test_every_damage_is_seen(made: Made, more_keys: int) -> None:
    day = DAY
    for _ in range(more_keys):
        day += 31
        add_encryption_key(made.home, made.primary, SECRET, day)
    message = gpg_encrypt(made.certificate(day), b"plain" * 1_000, day)
    assert made.decrypt(message) == b"plain" * 1_000
    for at in (0, 5, 60, 150, 1_000, len(message) - 1):
        changed = bytearray(message)
        changed[at] ^= 1
        with pytest.raises(GpgFailed):
            made.decrypt(bytes(changed))
    for size in (0, 10, len(message) // 2, len(message) - 1):
        with pytest.raises(GpgFailed):
            made.decrypt(message[:size])


def test_for_another_key_or_with_another_passphrase(made: Made, tmp_path: Path) -> None:
    with GnupgHome(tmp_path / "other") as home:
        message = gpg_encrypt(Made(home).certificate(), b"x", DAY)
    with pytest.raises(GpgFailed):
        made.decrypt(message)
    message = gpg_encrypt(made.certificate(), b"x", DAY)
    made.home.__exit__(None, None, None)  # the agent that remembers the passphrase ends
    with GnupgHome(made.home.folder) as fresh, pytest.raises(GpgFailed):
        b"".join(decrypt_stream(fresh, "wrong", [message], LIMIT, DAY))


def test_the_plaintext_is_bounded(made: Made) -> None:
    message = gpg_encrypt(made.certificate(), bytes(20_000_000), DAY, "-z", "9")
    assert len(message) < 100_000
    with pytest.raises(TooLarge):
        made.decrypt(message, limit=1_000_000)


def test_an_error_of_the_source_is_raised_and_never_taken_for_the_end(made: Made) -> None:
    message = gpg_encrypt(made.certificate(), bytes(500_000), DAY)

    def pieces() -> Iterator[bytes]:
        yield message  # all of it: gpg would end well if its input were closed now
        raise LookupError("the next cell is missing")

    with pytest.raises(LookupError):
        b"".join(decrypt_stream(made.home, SECRET, pieces(), LIMIT, DAY))


def test_a_reader_that_stops_leaves_no_process_and_no_thread(made: Made) -> None:
    message = gpg_encrypt(made.certificate(), bytes(5_000_000), DAY)
    before = threading.active_count()
    stream = decrypt_stream(made.home, SECRET, [message] * 1_000, LIMIT, DAY)
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert threading.active_count() == before


def test_large_messages_do_not_fill_the_memory(made: Made) -> None:
    message = gpg_encrypt(made.certificate(), bytes(40_000_000), DAY)
    tracemalloc.start()
    pieces = (message[at : at + 65_536] for at in range(0, len(message), 65_536))
    total = sum(map(len, decrypt_stream(made.home, SECRET, pieces, LIMIT, DAY)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert total == 40_000_000
    assert peak < 2_000_000


def test_a_broken_gnupg_is_told_from_a_bad_message(made: Made) -> None:
    check_gnupg(made.home, made.primary, SECRET, DAY)
    for key in (made.home.folder / "private-keys-v1.d").iterdir():
        key.unlink()
    with GnupgHome(made.home.folder) as fresh, pytest.raises(GpgBroken):
        check_gnupg(fresh, made.primary, SECRET, DAY)


def test_without_gpg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(GpgMissing):
        GnupgHome(tmp_path / "gnupg")
