"""Inside our own seals a report is plain OpenPGP: GnuPG alone opens it, and it tells no time but a day."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from demo.acts import draw_codename, report
from sluis.cells import join_cells
from sluis.envelope import EnvelopeReader, Kind
from sluis.epoch import Epoch
from tests.support.counsellor_key import tmpfs_folder
from tests.support.server_processes import Plan, Server, received, server
from workstation.export_file import ExportFile
from workstation.models import EpochSeed
from workstation.sets import CellSet, EpochKeys, SetReader

TEXT = "Nobody here knows that I write this.\nEven I do not."
_DAY_S = 86_400

pytestmark = pytest.mark.slow


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Server]:
    with server(tmp_path, Plan(banks=2)) as made:
        made.open()
        yield made


@pytest.fixture
def gnupg(site: Server) -> Iterator["Gnupg"]:
    """A custodian's GnuPG, which knows the secret key that the office exported and nothing else."""
    armoured, passphrase = site.office.export_secret_key()
    home = tmpfs_folder()
    made = Gnupg(home, passphrase)
    made.run("--import", given=armoured.encode())
    yield made
    made.end()
    shutil.rmtree(home, ignore_errors=True)


class Gnupg:
    """GnuPG as it comes, in a home of its own, with the clock of the machine."""

    def __init__(self, home: Path, passphrase: str) -> None:
        self._home = home
        self._passphrase = home / "passphrase"
        self._passphrase.write_text(passphrase)

    def run(self, *arguments: str, given: bytes) -> bytes:
        options = ("--batch", "--pinentry-mode", "loopback", "--passphrase-file", str(self._passphrase))
        command = ["gpg", "--homedir", str(self._home), *options, *arguments]
        ended = subprocess.run(command, input=given, capture_output=True, check=False)
        assert ended.returncode == 0, ended.stderr.decode()
        return ended.stdout

    def end(self) -> None:
        subprocess.run(
            ["gpgconf", "--homedir", str(self._home), "--kill", "all"], capture_output=True, check=True
        )


def openpgp_messages(site: Server, export: Path) -> list[bytes]:
    """What lies inside the cells of an export: opened with the day keys, joined, and still encrypted."""
    with site.office._desk() as desk, ExportFile(export, desk.record.instance_id) as file:
        seeds = {Epoch(one.release, one.day): one.seed for one in desk.session.scalars(select(EpochSeed))}
        keys = EpochKeys(seeds)
        bank = file.bank_header()
        bank_key = bank.open_key(keys.key(bank.epoch))
        reader = SetReader(file, bank_key, keys, desk.record.instance_id, desk.staging.vault)
        sets = file.scan(bank_key, lambda done, total: None).sets
        return [
            b"".join(join_cells(reader.cells(CellSet(set_id, cells)), set_id))
            for set_id, cells in sets.items()
        ]


def test_plain_gnupg_opens_what_a_source_sent(site: Server, gnupg: Gnupg, tmp_path: Path) -> None:
    path = tmp_path / "IMG_20260101_235959.jpg"
    content = os.urandom(300_000)
    path.write_bytes(content)
    visitor = site.visitor()
    _, page = draw_codename(visitor)
    assert len(received(report(visitor, page, TEXT, [path]))) == 2
    encrypted = openpgp_messages(site, site.export())

    opened = {}
    instance_id = bytes.fromhex(site.office.info.instance_id)
    for message in encrypted:
        plain = gnupg.run("--decrypt", given=message)
        # The envelope is readable without Sluis too: a header, then the text or the file, byte for byte.
        reader = EnvelopeReader(instance_id)
        body = b"".join(reader.feed(plain))
        assert body in plain
        opened[reader.finish().kind] = body
    assert opened == {Kind.TEXT: TEXT.encode(), Kind.FILE: content}


def test_its_packets_tell_neither_time_nor_name_nor_reader(site: Server, gnupg: Gnupg) -> None:
    visitor = site.visitor()
    _, page = draw_codename(visitor)
    report(visitor, page, TEXT, [])
    (message,) = openpgp_messages(site, site.export())

    packets = gnupg.run("--list-packets", "--verbose", given=message).decode()
    literal = re.search(r"^:literal data packet:\n(?P<fields>(?:\t.*\n)+)", packets, re.MULTILINE)
    assert literal
    created = re.search(r"mode b \(62\), created (\d+), name=\"(.*)\"", literal["fields"])
    assert created
    today = datetime.now(UTC).date()
    assert int(created[1]) % _DAY_S == 0
    assert abs(datetime.fromtimestamp(int(created[1]), UTC).date() - today).days <= 1
    assert created[2] == ""
    assert re.search(r"^:pubkey enc packet: .* keyid 0000000000000000$", packets, re.MULTILINE)
    # Whatever else may carry a time: it is none, or midnight too.
    times = [int(number) for number in re.findall(r"\b(?:created|timestamp|sigtime) (\d+)", packets)]
    assert [time % _DAY_S for time in times] == [0] * len(times)
    assert set(re.findall(r"^:(.*?)(?: packet)?:", packets, re.MULTILINE)) == {
        "pubkey enc",
        "encrypted data",
        "literal data",
    }
