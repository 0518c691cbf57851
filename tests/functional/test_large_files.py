"""The largest files, over the real site: whole on the workstation, little memory, no plaintext on a disk."""

import hashlib
import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.acts import draw_codename, report
from tests.support.marked_upload import MARK
from tests.support.memory import Growth, worker
from tests.support.server_processes import Plan, Server, messages, received, server, wait_until
from tests.support.watched_writes import read_trace, strace
from workstation.records import FileInfo

MIB = 1_048_576
_MOST_GROWTH = 64 * MIB
_PIECE = 65_536

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("large-files")]


def marked(size: int) -> Iterator[bytes]:
    piece = MARK * (MIB // len(MARK))
    yield from (piece for _ in range(size // len(piece)))
    yield piece[: size % len(piece)]


def noise(size: int) -> Iterator[bytes]:
    """Repeatable, and nothing that could be compressed."""
    generator = random.Random(450)
    yield from (generator.randbytes(MIB) for _ in range(size // MIB))


def write(path: Path, pieces: Iterator[bytes]) -> str:
    """The SHA-256 of what it wrote."""
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for piece in pieces:
            digest.update(piece)
            file.write(piece)
    return digest.hexdigest()


def upload(site: Server, path: Path) -> int:
    """Sends one file with a text; how many bytes the worker's memory grew by while it came in."""
    warm = path.with_name("warm.bin")
    warm.write_bytes(b"w" * 3 * _PIECE)
    visitor = site.visitor()
    _, page = draw_codename(visitor)
    assert len(received(report(visitor, page, "first a small one", [warm]))) == 2
    page = visitor.open("/en/write")

    growth = Growth(worker(site.processes.pid("source")))
    page = report(visitor, page, "and now the large one", [path])
    assert [entry.split(" ✓")[0] for entry in received(page)] == ["Your text", path.name]
    return growth.most()


def take_in(site: Server, name: str) -> tuple[FileInfo, str]:
    """Exports, imports; the file as the workstation shows it, and the SHA-256 of what it hands out."""
    report = site.take_in(site.export())
    assert (report.verified_sets, report.incomplete, report.refused) == (4, 0, ())
    (info,) = [file for message in messages(site.office) for file in message.files if file.name == name]
    digest = hashlib.sha256()
    for chunk in site.office.conversations.file_chunks(site.office.actor, info.file_id):
        digest.update(chunk)
    return info, digest.hexdigest()


def test_sixty_mebibytes_leave_no_plaintext_on_the_server(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    # What is written to files at all is so little that the beginning of each write is enough to see.
    watching = strace(trace, 64, "-D", "--seccomp-bpf")
    with server(tmp_path, Plan("small", banks=2, kdf=None, around_source=watching)) as site:
        site.open()
        path = tmp_path / f"{MARK.decode()}.bin"
        sent = write(path, marked(60 * MIB))
        growth = upload(site, path)
        path.unlink()
        info, arrived = take_in(site, path.name)
        assert (info.size, info.sha256, arrived) == (60 * MIB, sent, sent)
        assert growth < _MOST_GROWTH

        arbiter = site.processes.pid("source")
        log = tmp_path / "logs" / "source.log"
        site.processes.stop("source")
        ended = re.compile(rf"^{arbiter} +\+\+\+ exited", re.MULTILINE)
        wait_until(lambda: bool(ended.search(trace.read_text(errors="replace"))), "strace has written all")
        assert MARK.decode() not in log.read_text()
        watched = read_trace(trace, MARK.decode())
        assert watched.marks_in_pipes > 60 * MIB // _PIECE, "the trace does not show the upload itself"
        assert watched.marks_in_files == []
        assert watched.shared_maps == []
        # Each of the four messages had a copy of the public certificate; nothing else was written.
        homes = {path for path in watched.files_written if re.fullmatch(rf"{site.run}/gnupg/g\w+/to", path)}
        assert len(homes) == 4
        assert watched.files_written - homes <= {str(log)}


@pytest.mark.timeout(900)  # 15 GB go to and from the disk
def test_four_hundred_and_fifty_mebibytes_arrive_whole(tmp_path: Path) -> None:
    with server(tmp_path, Plan("large", banks=2, kdf=None)) as site:
        site.open()
        path = tmp_path / "film.bin"
        sent = write(path, noise(450 * MIB))
        growth = upload(site, path)
        path.unlink()
        info, arrived = take_in(site, path.name)
        assert (info.size, info.sha256, arrived) == (450 * MIB, sent, sent)
        assert growth < _MOST_GROWTH
