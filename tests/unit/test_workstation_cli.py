"""The whole office from a terminal."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from sluis.errors import NotEnrolled
from sluis.instance import InstanceRecord
from tests.support.export_builder import ModelServer, new_source
from tests.support.workroom import CHEAP, PASSPHRASE, ROOT_PASSPHRASE
from workstation.__main__ import main, today
from workstation.aliases import COLOURS, THINGS
from workstation.office import Office
from workstation.records import ThreadSummary
from workstation.terminal import show_inbox

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def line(text: str) -> Iterator[str]:
    """A descriptor from which one line can be read, as a passphrase comes."""
    read, write = os.pipe()
    os.write(write, text.encode() + b"\n")
    os.close(write)
    try:
        yield str(read)
    finally:
        os.close(read)


class Terminal:
    def __init__(self, folder: Path) -> None:
        self.folder = folder / "office"

    def do(self, name: str, *arguments: str, typed: str = "", fails: bool = False) -> str:
        """One command, which must succeed unless it `fails`; what it said."""
        with line(PASSPHRASE) as mine, line(ROOT_PASSPHRASE) as root:
            options = ["--folder", str(self.folder), "--passphrase-fd", mine]
            if name in ("create", "renew-operating-key"):
                options += ["--root-passphrase-fd", root]
            done = CliRunner(env={"COLUMNS": "160"}).invoke(main, [name, *options, *arguments], typed)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert (done.exit_code != 0) is fails, done.output
        return done.stdout

    def program(
        self, *arguments: str, secret: str = PASSPHRASE, prefix: tuple[str, ...] = ()
    ) -> subprocess.CompletedProcess[str]:
        """The same as a program of its own."""
        name, *rest = arguments
        with line(secret) as descriptor:
            options = ["--folder", str(self.folder)]
            options += [] if name == "serve" else ["--passphrase-fd", descriptor]
            return subprocess.run(
                [*prefix, sys.executable, "-m", "workstation", name, *options, *rest],
                cwd=self.folder.parent,
                env=os.environ | {"PYTHONPATH": str(ROOT)},
                capture_output=True,
                text=True,
                check=False,
                pass_fds=(int(descriptor),),
            )


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.chdir(tmp_path)
    made = Terminal(tmp_path)
    (tmp_path / "media").mkdir()
    Office.create(
        made.folder,
        PASSPHRASE,
        ROOT_PASSPHRASE,
        instance_name="The Line",
        training=True,
        today=today,
        kdf=CHEAP,
    ).close()
    return made


def test_a_new_instance(tmp_path: Path) -> None:
    made = Terminal(tmp_path)
    said = made.do("create", "--name", "The Line", "--training")
    assert made.do("info").splitlines()[1] == said.splitlines()[1]
    assert (tmp_path / "office").stat().st_mode & 0o777 == 0o700


def test_a_report_and_its_answer(terminal: Terminal, tmp_path: Path) -> None:
    media = tmp_path / "media"
    shown = terminal.do("info", "--record", "record")
    record = InstanceRecord.parse((tmp_path / "record").read_bytes())
    assert record.fingerprint in shown
    server, source = ModelServer(record), new_source()
    (tmp_path / "request").write_bytes(server.request())
    assert "fingerprint" in terminal.do("enrol", "request", "--label", "north", typed="y\n")
    terminal.do("release", "media")
    (first,) = media.glob("release-000001-*.sluis")
    server.take(first.read_bytes())
    day = int(time.time()) // 86_400
    hostile = "Look \x1b[2J here [bold]"
    export = server.export(media, server.report(source, hostile.encode(), day), day, day)
    said = terminal.do("import", str(export))
    assert "1 expected, 1 verified (1 reports, 0 files), 0 incomplete, 0 replayed, 0 refused" in said
    assert "replayed" in terminal.do("import", str(export))
    assert "1 expected" in terminal.do("imports")
    inbox = terminal.do("list")
    alias = inbox.splitlines()[3].split("│")[1].strip()
    thread = terminal.do("show", alias)
    assert "\x1b" not in thread
    assert "verified, first" in thread
    draft = terminal.do("reply", alias, "--language", "en", typed="Are you safe?").strip()
    terminal.do("approve", draft)
    taken_back = terminal.do("reply", alias, "--language", "en", "--approve", typed="No.").strip()
    terminal.do("withdraw", taken_back)
    assert "SHA-256 as read back" in terminal.do("release", "media")
    (second,) = media.glob("release-000002-*.sluis")
    server.take(second.read_bytes())
    assert [one.text for one in server.mailbox(source)] == ["Are you safe?"]
    terminal.do("release", "media", "--again")
    assert f"{draft} (exported)" in terminal.do("show", alias)
    terminal.do("renew-operating-key")
    terminal.do("retire-server", "north", "--yes")
    with pytest.raises(NotEnrolled):
        terminal.do("release", "media")


def test_a_wrong_passphrase_or_file_is_one_line(terminal: Terminal, tmp_path: Path) -> None:
    wrong = terminal.program("list", secret="walls have eyes")
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert wrong.stderr == "refused (wrong-passphrase): the passphrase does not open this key\n"
    (tmp_path / "holiday.jpg").write_bytes(b"\xff\xd8\xff" + bytes(5_000))
    refused = terminal.program("import", "holiday.jpg")
    assert refused.returncode == 1
    assert refused.stderr.splitlines()[-1] == "refused (not-ours): this is not an export"


def test_training_cases_and_a_key_for_the_custodians(terminal: Terminal, tmp_path: Path) -> None:
    assert "4 invented cases" in terminal.do("training-cases")
    assert "TRAINING" in terminal.program("list").stderr
    terminal.do("export-secret-key", "key", typed="n\n", fails=True)
    assert not (tmp_path / "key").exists()
    said = terminal.do("export-secret-key", "key", "--yes")
    assert "passphrase of the key" in said
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600


def test_a_file_is_saved_only_after_a_warning(terminal: Terminal, tmp_path: Path) -> None:
    terminal.do("training-cases")
    aliases = [line.split("│")[1].strip() for line in terminal.do("list").splitlines()[3:6]]
    shown = next(text for text in (terminal.do("show", one) for one in aliases) if "file" in text)
    file_id = shown.split("file ")[1].split()[0]
    terminal.do("save-file", file_id, "saved", typed="n\n", fails=True)
    terminal.do("save-file", file_id, "saved", "--yes")
    assert "kenteken" in (tmp_path / "saved").read_text("utf-8")


def test_pages_are_not_served_while_a_network_is_there(terminal: Terminal) -> None:
    up = 'ip link add v0 type veth peer name v1 && ip link set v0 up && exec "$@"'
    apart = ("unshare", "--user", "--map-root-user", "--net", "sh", "-c", up, "sh")
    refused = terminal.program("serve", "--media", "media", "--socket", "s", prefix=apart)
    assert refused.returncode == 1
    assert refused.stderr == "refused (airgap-broken): a network interface is up: v0\n"


def test_an_alias_stays_on_one_line_on_a_narrow_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    longest = f"{max(COLOURS, key=len)} {max(THINGS, key=len)} 1234"
    for withdrawn in (None, 20_001):
        told = ThreadSummary("00" * 16, longest, 1, 1, 20_000, "en", True, withdrawn_day=withdrawn)
        show_inbox([told])
        assert longest in capsys.readouterr().out
