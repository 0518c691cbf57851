"""GnuPG as a stream: it leaves nothing behind, and no truncated message ever looks whole."""

import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from source_interface.openpgp import (
    CannotReceive,
    GpgFailed,
    GpgMissing,
    GpgStream,
    KeyExpired,
    require_tmpfs,
    sweep,
)
from tests.support.counsellor_key import CounsellorKey, tmpfs_folder

DAY = 20_780


@pytest.fixture(scope="module")
def key() -> Iterator[CounsellorKey]:
    with CounsellorKey(DAY, days=30) as made:
        yield made


@pytest.fixture
def folder() -> Iterator[Path]:
    made = tmpfs_folder()
    yield made
    shutil.rmtree(made)


class Collected:
    def __init__(self) -> None:
        self.message = bytearray()

    def __call__(self, piece: bytes) -> None:
        self.message += piece


def encrypt(key: CounsellorKey, folder: Path, data: bytes, day: int = DAY) -> bytes:
    collected = Collected()
    stream = GpgStream(key.certificate, day, folder, collected)
    stream.write(data)
    stream.finish()
    return bytes(collected.message)


def children() -> set[int]:
    listed = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    return {int(pid) for file in listed for pid in file.read_text().split()}


@pytest.mark.parametrize("size", [0, 1, 65_536, 3_000_000])
def test_plain_gpg_opens_it(key: CounsellorKey, folder: Path, size: int) -> None:
    data = os.urandom(size)
    assert key.decrypt(encrypt(key, folder, data)) == data


def test_packets_tell_nothing_but_the_day(key: CounsellorKey, folder: Path) -> None:
    listed = key.packets(encrypt(key, folder, b"text", DAY + 3))
    assert re.findall(r"created (\d+)", listed) == [str((DAY + 3) * 86_400)]
    assert 'name=""' in listed
    assert "keyid 0000000000000000" in listed
    assert key.fingerprint[-16:] not in listed
    assert "compressed packet" not in listed


def test_the_size_does_not_depend_on_the_content(key: CounsellorKey, folder: Path) -> None:
    sizes = {len(encrypt(key, folder, data)) for data in (bytes(50_000), os.urandom(50_000))}
    assert len(sizes) == 1


def test_nothing_stays_behind(key: CounsellorKey, folder: Path) -> None:
    before = children()
    encrypt(key, folder, b"text")
    assert list(folder.iterdir()) == []
    assert children() == before


def test_while_it_runs_its_home_holds_only_the_certificate(key: CounsellorKey, folder: Path) -> None:
    stream = GpgStream(key.certificate, DAY, folder, Collected())
    stream.write(bytes(1_000_000))
    held = [path for path in folder.rglob("*") if path.is_file()]
    assert [path.read_bytes() for path in held] == [key.certificate]
    assert next(folder.iterdir()).stat().st_mode & 0o777 == 0o700
    stream.kill()


def test_killed_it_leaves_no_message_that_opens(key: CounsellorKey, folder: Path) -> None:
    collected = Collected()
    before = children()
    stream = GpgStream(key.certificate, DAY, folder, collected)
    stream.write(os.urandom(1_000_000))
    stream.kill()
    stream.kill()
    assert children() == before
    assert list(folder.iterdir()) == []
    assert collected.message
    with pytest.raises(AssertionError):
        key.decrypt(bytes(collected.message))


def test_closing_its_input_early_would_make_a_valid_message(key: CounsellorKey, folder: Path) -> None:
    """The trap that `kill` avoids: this is what the broken order gives."""
    collected = Collected()
    stream = GpgStream(key.certificate, DAY, folder, collected)
    stream.write(b"only the beginning of ")
    stream._stdin.close()
    stream._process.wait(20)
    stream.kill()
    assert key.decrypt(bytes(collected.message)) == b"only the beginning of "


def test_a_slow_consumer_holds_the_writer_back(key: CounsellorKey, folder: Path) -> None:
    go_on = threading.Event()
    written = []

    def consume(piece: bytes) -> None:
        go_on.wait(60)

    stream = GpgStream(key.certificate, DAY, folder, consume)

    def write() -> None:
        for _ in range(64):
            stream.write(bytes(65_536))
            written.append(65_536)
        stream.finish()

    writer = threading.Thread(target=write)
    writer.start()
    writer.join(1)
    assert writer.is_alive()
    assert sum(written) < 1_000_000
    go_on.set()
    writer.join(60)
    assert sum(written) == 64 * 65_536
    assert not writer.is_alive()


class Failing:
    """Fails once it is told to; GnuPG gives the head of a message before it is given any input."""

    def __init__(self) -> None:
        self.told = False

    def __call__(self, piece: bytes) -> None:
        if self.told:
            raise LookupError("of the consumer")


def test_an_error_of_the_consumer_comes_out_of_write(key: CounsellorKey, folder: Path) -> None:
    consume = Failing()
    stream = GpgStream(key.certificate, DAY, folder, consume)
    consume.told = True
    with pytest.raises(LookupError):
        stream.write(bytes(100_000_000))
    assert list(folder.iterdir()) == []


def test_an_error_of_the_consumer_comes_out_of_finish(key: CounsellorKey, folder: Path) -> None:
    consume = Failing()
    stream = GpgStream(key.certificate, DAY, folder, consume)
    consume.told = True
    with pytest.raises(LookupError):
        stream.finish()
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("day", [DAY + 31, DAY - 2], ids=["after its end", "before its beginning"])
def test_a_certificate_outside_its_days(key: CounsellorKey, folder: Path, day: int) -> None:
    with pytest.raises(KeyExpired):
        GpgStream(key.certificate, day, folder, Collected())
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("day", [DAY - 1, DAY, DAY + 29])
def test_a_certificate_on_its_days(key: CounsellorKey, folder: Path, day: int) -> None:
    assert key.decrypt(encrypt(key, folder, b"text", day)) == b"text"


@pytest.mark.parametrize("certificate", [b"", b"not a certificate", bytes(4_096)])
def test_what_is_no_certificate(folder: Path, certificate: bytes) -> None:
    with pytest.raises(GpgFailed):
        GpgStream(certificate, DAY, folder, Collected())
    assert list(folder.iterdir()) == []


def test_without_a_folder(key: CounsellorKey, folder: Path) -> None:
    with pytest.raises(CannotReceive):
        GpgStream(key.certificate, DAY, folder / "absent", Collected())


def test_without_gnupg(key: CounsellorKey, folder: Path) -> None:
    open_files = len(os.listdir("/proc/self/fd"))
    with pytest.raises(GpgMissing):
        GpgStream(key.certificate, DAY, folder, Collected(), program="gpg-that-is-not-there")
    assert list(folder.iterdir()) == []
    assert len(os.listdir("/proc/self/fd")) == open_files


def test_gnupg_that_dies_on_the_way(key: CounsellorKey, folder: Path) -> None:
    stream = GpgStream(key.certificate, DAY, folder, Collected())
    stream._process.kill()
    stream._process.wait(20)
    with pytest.raises(GpgFailed):
        stream.write(bytes(1_000_000))
    assert list(folder.iterdir()) == []


def test_no_file_descriptor_leaks(key: CounsellorKey, folder: Path) -> None:
    encrypt(key, folder, b"text")
    open_files = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        encrypt(key, folder, b"text")
        stream = GpgStream(key.certificate, DAY, folder, Collected())
        stream.kill()
    assert len(os.listdir("/proc/self/fd")) == open_files


def test_no_agent_is_started(key: CounsellorKey, folder: Path) -> None:
    encrypt(key, folder, b"text")
    running = subprocess.run(["pgrep", "-af", f"homedir {folder}"], capture_output=True, check=False)
    assert running.stdout == b""


def test_a_folder_on_a_tmpfs(folder: Path) -> None:
    require_tmpfs(folder)


@pytest.mark.parametrize("kind", ["ext4", "overlay", "proc"])
def test_a_folder_on_a_disk(folder: Path, tmp_path: Path, kind: str) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"root / tmpfs rw 0 0\nshm /dev/shm tmpfs rw 0 0\nfirst {folder} {kind} rw 0 0\n")
    with pytest.raises(CannotReceive):
        require_tmpfs(folder, mounts)
    require_tmpfs(folder.parent, mounts)


def test_what_a_killed_process_left_is_swept_at_the_next_start(tmp_path: Path) -> None:
    left = tmp_path / "gabcd1234"
    left.mkdir()
    (left / "to").write_bytes(b"a certificate")
    sweep(tmp_path)
    assert list(tmp_path.iterdir()) == []
