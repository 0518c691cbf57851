"""Disks that are really full: said plainly, nothing lost, nothing half changed; with room it goes on."""

import errno
import hashlib
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.acts import draw_codename, report
from demo.processes import ProcessFailed
from demo.unix_http import UnixConnection, circuit_line
from mailroom.errors import MailroomDown
from sluis.errors import Truncated
from sluis.limits import DEMO
from tests.support.server_processes import HOST, PASSPHRASE, Plan, Server, messages, received, server
from tests.support.small_disk import SmallDisk
from workstation.errors import DiskFull

MIB = 1_048_576
# All banks, the ring of 30 MiB, and room to put new files in the place of old ones.
STORE = DEMO.banks * DEMO.bank_size + 40 * MIB
FILE = 6 * MIB

pytestmark = pytest.mark.slow


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """A disk in the place of the store that the stores are too large for."""
    with SmallDisk(tmp_path / "store", 20 * MIB) as made:
        yield made


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Server]:
    """A server with its first release, that an operator can sign in to."""
    with server(tmp_path, Plan(banks=2)) as made:
        made.open(journalist=True)
        yield made


def send(site: Server, text: str, *files: Path) -> None:
    visitor = site.visitor()
    _, page = draw_codename(visitor)
    assert len(received(report(visitor, page, text, files))) == 1 + len(files)


def make_file(folder: Path) -> tuple[Path, str]:
    path = folder / "film.bin"
    content = b"film" * (FILE // 4)
    path.write_bytes(content)
    return path, hashlib.sha256(content).hexdigest()


def says_why_it_ended(site: Server, part: str, why: str) -> None:
    with pytest.raises(ProcessFailed, match=why) as ended:
        site.processes.wait_for(part, lambda: False)
    assert "Traceback" not in str(ended.value)


def start_again(site: Server) -> None:
    site.begin_mailroom()
    site.wait_for("mailroom")


def test_a_server_whose_disk_is_full(tmp_path: Path, disk: SmallDisk) -> None:
    with server(tmp_path, Plan(around_mailroom=disk.around)) as site:
        with pytest.raises(ProcessFailed, match="No space left on device") as failed:
            site.make_store(disk.outside)
        assert "Traceback" not in str(failed.value)
        site.begin_mailroom()
        says_why_it_ended(site, "mailroom", "mailroom: ")

        disk.resize(STORE)
        site.open(seen=disk.outside)
        disk.fill()
        path, sent = make_file(tmp_path)
        send(site, "in place of random bytes", path)

        release = site.office.releases.make(site.office.actor)[0].data
        with pytest.raises(MailroomDown):
            site.operator.import_release(release)
        says_why_it_ended(site, "mailroom", "a write failed")
        start_again(site)
        assert site.operator.status().newest_release == 1
        send(site, "still full")
        with pytest.raises(MailroomDown):
            site.operator.make_export()
        says_why_it_ended(site, "mailroom", "a write failed")
        start_again(site)
        assert site.operator.status().closed == ()
        send(site, "full as before")

        disk.empty()
        assert site.operator.import_release(release).sequence == 2
        taken_in = site.take_in(site.export())
        assert (taken_in.reports, taken_in.files, taken_in.incomplete) == (3, 1, 0)
        shown = {message.text: message.files for message in messages(site.office)}
        assert set(shown) == {"in place of random bytes", "still full", "full as before"}
        assert [file.sha256 for file in shown["in place of random bytes"]] == [sent]


def workstation(disk: SmallDisk, *arguments: str) -> subprocess.CompletedProcess[str]:
    """One command of the office that lies on the small disk."""
    name, *rest = arguments
    options = ("--folder", str(disk.place / "office"), "--passphrase-fd", "0")
    return subprocess.run(
        [*disk.around, sys.executable, "-B", "-m", "workstation", name, *options, *rest],
        input=PASSPHRASE + "\n",
        text=True,
        capture_output=True,
        check=False,
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "PYTHONPATH": ":".join(sys.path), "LANG": "C.UTF-8"},
    )


def refuses(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 1
    assert "\nrefused (disk-full): " in f"\n{done.stderr}"
    assert "Traceback" not in done.stderr


def contents(office: Path) -> dict[str, str]:
    """Hashes of the case database and every vault file; the journal is SQLCipher's own affair."""
    files = [office / "cases.key", office / "cases.db", *(office / "vault").iterdir()]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_a_workstation_whose_disk_is_full(site: Server, tmp_path: Path) -> None:
    path, sent = make_file(tmp_path)
    send(site, "with a file that has no room", path)
    export = str(site.export())
    with SmallDisk(tmp_path / "desk", 512 * MIB) as disk:
        office = disk.outside / "office"
        shutil.copytree(tmp_path / "office", office)
        before = contents(office)
        used = sum(path.stat().st_size for path in office.rglob("*"))
        disk.resize(used + FILE // 2)
        refuses(workstation(disk, "import", export))
        assert contents(office) == before

        disk.resize(512 * MIB)
        assert workstation(disk, "import", export).returncode == 0
        listed = workstation(disk, "list").stdout
        alias = next(line.split("│")[1].strip() for line in listed.splitlines() if line.startswith("│"))
        shown = workstation(disk, "show", alias).stdout
        assert "with a file that has no room" in shown
        file_id = re.findall(r"file (\w+) film", shown)[0]

        disk.fill()
        before = contents(office)
        saved = disk.place / "saved.bin"
        refuses(workstation(disk, "save-file", file_id, str(saved), "--yes"))
        assert not (disk.outside / saved.name).exists()
        refuses(workstation(disk, "release", str(site.media)))
        assert contents(office) == before
        disk.empty()
        assert workstation(disk, "save-file", file_id, str(saved), "--yes").returncode == 0
        assert hashlib.sha256((disk.outside / saved.name).read_bytes()).hexdigest() == sent
        assert workstation(disk, "release", str(site.media)).returncode == 0
        (made,) = site.media.glob("release*")
        assert site.operator.import_release(made.read_bytes()).sequence == 2


def download(site: Server, cookies: dict[str, str], path: str, to: Path, **headers: str) -> str:
    """Appends what the operators' site gives to a file, as a browser does; the entity tag. Raises OSError."""
    connection = UnixConnection(site.journalist_socket, proxy_line=circuit_line(7))
    cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        connection.request("GET", path, headers={"Host": HOST, "Cookie": cookie, **named})
        with connection.getresponse() as answer, to.open("ab", buffering=0) as file:
            assert answer.status == (206 if headers else 200)
            (to.parent / "tag").write_text(answer.headers["ETag"])
            while piece := answer.read(65_536):
                while piece:
                    piece = piece[file.write(piece) :]
            return answer.headers["ETag"]
    finally:
        connection.close()


def test_a_medium_that_is_full(site: Server, tmp_path: Path) -> None:
    send(site, "on a medium")
    operator = site.add_operator()
    operator.sign_in()
    exports = operator.person.press(operator.person.open("/en/exports"), "export-form")
    link = exports.root.one(".export-download").attributes["href"]
    cookies = operator.person.cookies
    with SmallDisk(tmp_path / "stick", MIB) as stick:
        site.office.releases.make(site.office.actor)
        with pytest.raises(DiskFull):
            site.office.releases.write(site.office.actor, stick.outside)
        assert list(stick.outside.iterdir()) == []
        stick.resize(2 * MIB)
        (written,) = site.office.releases.write(site.office.actor, stick.outside)
        assert site.operator.import_release(written.path.read_bytes()).sequence == 2

        export = stick.outside / "export"
        stick.resize(DEMO.bank_size // 2)
        with pytest.raises(OSError, match="No space left") as full:
            download(site, cookies, link, export)
        assert full.value.errno == errno.ENOSPC
        before = contents(tmp_path / "office")
        with pytest.raises(Truncated):
            site.take_in(export)
        assert contents(tmp_path / "office") == before

        stick.resize(2 * DEMO.bank_size)
        tag = (stick.outside / "tag").read_text()
        there = export.stat().st_size
        assert download(site, cookies, link, export, Range=f"bytes={there}-", If_Range=tag) == tag
        assert site.take_in(export).reports == 1
