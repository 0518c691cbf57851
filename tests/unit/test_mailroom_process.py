"""The real process on a real disk: its command line, and kill -9 at any moment."""

import os
import random
import resource
import secrets
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from mailroom.banks import no_progress
from mailroom.client import MailroomDown, SourceClient
from mailroom.create import create_store
from mailroom.disk import Disk
from mailroom.operator_client import OperatorClient
from mailroom.state import FILE as STATE_FILE
from securedrop_config.erasing import ERASING
from sluis.errors import SluisError
from sluis.instance import EnrolmentRequest
from sluis.limits import DEMO, SiteProfile
from sluis.primitives import random_id
from tests.support.mailroom_stage import DAY, Stage, Workstation

ROOT = Path(__file__).resolve().parents[2]
SITE = SiteProfile(1, "demo", 128, 1_048_576, banks=6)
DEADLINE_S = 30


def wait_for(socket_path: Path, process: subprocess.Popen[bytes]) -> None:
    """Until the mailroom answers."""
    deadline = time.monotonic() + DEADLINE_S
    while True:
        try:
            SourceClient(socket_path).status()
        except MailroomDown:
            assert process.poll() is None, "the mailroom ended"
            assert time.monotonic() < deadline
            threading.Event().wait(0.02)
        else:
            return


class Sender(threading.Thread):
    """A reporter who sends until the mailroom is gone or full, and remembers what was acknowledged."""

    def __init__(self, stage: Stage, socket_path: Path, seed: int) -> None:
        super().__init__()
        self.acknowledged: dict[bytes, bytes] = {}
        self.refused: list[str] = []
        self._stage = stage
        self._client = SourceClient(socket_path, DEADLINE_S)
        self._chance = random.Random(seed)

    def run(self) -> None:
        try:
            while True:
                text = self._chance.random() < 0.5
                self._send(secrets.token_bytes(200 if text else 150_000), text=text)
        except SluisError as error:
            self.refused.append(error.code)

    def _send(self, stream: bytes, *, text: bool) -> None:
        set_id = random_id()
        with self._client.open_set(set_id, text=text) as writer:
            epoch = self._client.status().epoch
            for index, cell in enumerate(self._stage.workstation.cells(epoch, set_id, stream)):
                writer.put(epoch, index, cell)
            if self._chance.random() < 0.2:
                return  # a broken upload: aborted
            writer.commit()
        self.acknowledged[set_id] = stream


def start(store: Path, run: Path) -> subprocess.Popen[bytes]:
    arguments = [str(store), str(run), str(SITE.slots), str(SITE.banks), str(DAY), "0.01"]
    command = [sys.executable, "-m", "tests.support.mailroom_process", *arguments]
    return subprocess.Popen(command, cwd=ROOT)


@pytest.mark.slow
def test_what_was_acknowledged_survives_kill_at_any_moment(tmp_path: Path) -> None:
    stage = Stage.make(SITE)
    store, run = tmp_path / "store", tmp_path / "run"
    store.mkdir()
    run.mkdir()
    stage.ram.dump(store)
    operator, chance = OperatorClient(run / "operator.sock"), random.Random(5)
    acknowledged: dict[bytes, bytes] = {}
    for round_number in range(8):
        process = start(store, run)
        wait_for(run / "source.sock", process)
        if round_number == 0:
            operator.import_release(stage.next_release())
        if round_number == 4:
            operator.make_export()
        senders = [Sender(stage, run / "source.sock", 10 * round_number + n) for n in range(3)]
        for sender in senders:
            sender.start()
        moment = time.monotonic() + chance.uniform(0.05, 0.4)
        threading.Event().wait(max(0.0, moment - time.monotonic()))
        process.send_signal(signal.SIGKILL)
        process.wait(DEADLINE_S)
        for sender in senders:
            sender.join(DEADLINE_S)
            acknowledged |= sender.acknowledged
            assert set(sender.refused) <= {"mailroom-down", "store-full"}
        if round_number % 3 == 2:
            (run / "bank.key").unlink()  # as after a power cut
    process = start(store, run)
    wait_for(run / "source.sock", process)
    if operator.status().open_since_day is not None:
        operator.make_export()
    for bank in operator.status().closed:
        stage.exports[bank.serial] = operator.read_export(bank.serial, 0, operator.export_size())
    process.terminate()
    assert process.wait(DEADLINE_S) == 0 or process.returncode == -signal.SIGTERM
    slots = stage.slots()
    assert len(acknowledged) > 20
    for set_id, stream in acknowledged.items():
        assert stage.workstation.stream(slots, set_id) == stream


CONFIG = """
[instance]
name = "A line for tests"
record = "instance.record"

[site]
profile = "demo"

[mailroom]
store = "store"
run = "run"
tick_seconds = 0.05

[source]
bind = "source.sock"
gnupg = "gnupg"

[journalist]
bind = "journalist.sock"
database = "sqlite:///operators.sqlite"
"""


def mailroom(folder: Path, command: str) -> subprocess.CompletedProcess[str]:
    arguments = [sys.executable, "-m", "mailroom", command, "--config", str(folder / "sluis.toml")]
    return subprocess.run(
        arguments, cwd=ROOT, env=os.environ | ERASING, capture_output=True, text=True, check=False
    )


@pytest.mark.slow
def test_the_command_line(tmp_path: Path) -> None:
    workstation = Workstation()
    (tmp_path / "sluis.toml").write_text(CONFIG)
    (tmp_path / "instance.record").write_bytes(workstation.record_bytes)
    assert mailroom(tmp_path, "serve").returncode == 2
    made = mailroom(tmp_path, "init")
    assert (made.returncode, made.stderr) == (0, "")
    store = tmp_path / "store"
    data = (store / "enrol.request").read_bytes()
    enrolment = EnrolmentRequest.parse(data, workstation.record.instance_id)
    assert enrolment.fingerprint in made.stdout
    assert mailroom(tmp_path, "request").stdout == made.stdout
    again = mailroom(tmp_path, "init")
    assert (again.returncode, "exists already" in again.stderr) == (2, True)
    assert (store / "enrol.request").read_bytes() == data
    assert stat.S_IMODE(store.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in store.iterdir()} == {0o600}
    assert {file.stat().st_size for file in store.glob("bank-*")} == {DEMO.bank_size}
    command = [sys.executable, "-m", "mailroom", "serve", "--config", str(tmp_path / "sluis.toml")]
    with subprocess.Popen(command, cwd=ROOT, env=os.environ | ERASING, stdout=subprocess.PIPE) as process:
        wait_for(tmp_path / "run" / "source.sock", process)
        assert mailroom(tmp_path, "serve").returncode == 2  # another one has the store
        status = OperatorClient(tmp_path / "run" / "operator.sock").status()
        assert (status.server_id, status.reason) == (enrolment.server_id, "no-release")
        today = int(time.time()) // 86_400
        release = workstation.release(1, day=today)
        transfer = enrolment.transfer_public
        days = (today, today + 90)
        sealed = workstation.seal(release, enrolment.server_id, 0, transfer, days=days)
        OperatorClient(tmp_path / "run" / "operator.sock").import_release(sealed)
        source = SourceClient(tmp_path / "run" / "source.sock")
        assert source.status().ready
        with source.open_set(random_id(), text=True) as writer:
            writer.put(source.status().epoch, 0, bytes(65_536))
            writer.commit()
        process.terminate()
        assert process.stdout is not None
        assert process.stdout.read() == b"the mailroom is open\n"
        assert process.wait(DEADLINE_S) == 0
    assert stat.S_IMODE((tmp_path / "run").stat().st_mode) == 0o711
    assert stat.S_IMODE((tmp_path / "run" / "bank.key").stat().st_mode) == 0o600


def test_making_the_stores_can_be_begun_again(tmp_path: Path) -> None:
    site = SiteProfile(1, "demo", 16, 1, 2)
    record = Workstation().record_bytes
    disk = Disk(tmp_path)

    def stop_half_way(done: int, total: int) -> None:
        if done > total // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        create_store(disk, site, record, stop_half_way)
    assert STATE_FILE not in disk.names()
    told: list[tuple[int, int]] = []
    create_store(disk, site, record, lambda done, total: told.append((done, total)))
    assert told[-1] == (2 * site.bank_size, 2 * site.bank_size)
    with pytest.raises(FileExistsError):
        create_store(disk, site, record, stop_half_way)
    disk.close()


def test_a_store_of_too_few_slots_is_not_made(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    with pytest.raises(ValueError, match="at least 16"):
        create_store(disk, SiteProfile(1, "demo", 8, 1, 2), Workstation().record_bytes, no_progress)
    assert disk.names() == set()
    disk.close()


def test_running_out_of_file_handles_does_not_make_it_deaf(tmp_path: Path) -> None:
    stage = Stage.make(SITE)
    store, run = tmp_path / "store", tmp_path / "run"
    store.mkdir()
    run.mkdir()
    stage.ram.dump(store)
    process = start(store, run)
    try:
        wait_for(run / "source.sock", process)
        handles = len(os.listdir(f"/proc/{process.pid}/fd"))
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (handles + 8, handles + 8))
        held = [socket.socket(socket.AF_UNIX) for _ in range(30)]
        for connection in held:
            connection.connect(str(run / "source.sock"))
        with pytest.raises(MailroomDown):
            SourceClient(run / "source.sock", timeout_s=0.5).status()
        for connection in held:
            connection.close()
        wait_for(run / "source.sock", process)
    finally:
        process.kill()
        process.wait(DEADLINE_S)
