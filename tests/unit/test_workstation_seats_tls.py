"""Seats and a server on a LAN: certificates on both sides; nothing is said to what is not the server."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.support.lan import DATABASE, SUBNET, Lan, Machine, lan
from tests.support.postgres import Cluster, stopped_cluster
from tests.support.workroom import PASSPHRASE, workroom
from workstation.__main__ import main
from workstation.lan import LanAway, LanOpen

SEATS = ("10.20.0.11", "10.20.0.12")
OPEN = """
import sys
from pathlib import Path
import workstation.database
from sluis.errors import SluisError
from workstation.seats_file import parse_shared
from workstation.shared import open_shared
ASKED = "SELECT version, client_dn FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
try:
    settings = Path(sys.argv[1])
    erasing = settings.with_name("erasing.key")
    engine = open_shared(parse_shared(settings.read_bytes()), bytes(32), erasing, new=True)
    with engine.connect() as connection:
        print("in", connection.exec_driver_sql(ASKED).one())
except SluisError as error:
    print(error.code, error.__cause__)
"""


@pytest.fixture(scope="module")
def wires(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lan]:
    with lan(tmp_path_factory.mktemp("lan")) as made:
        yield made


def files(folder: Path) -> Path:
    """As the command writes them."""
    words = ["seats", "lan-files", str(folder), "--address", DATABASE, "--subnet", SUBNET]
    for seat in SEATS:
        words += ["--seat", seat]
    done = CliRunner().invoke(main, words, catch_exceptions=False)
    assert "17 files: seats.toml, server, and seat-1 to seat-2" in done.output
    assert {path.stat().st_mode & 0o777 for path in folder.rglob("*") if path.is_file()} == {0o600}
    return folder


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return files(tmp_path_factory.mktemp("files") / "out")


@contextmanager
def server(wires: Lan, written: Path, **changed: str) -> Iterator[Cluster]:
    """The server of the files, on its machine; `changed` are settings that somebody has changed."""
    with ExitStack() as ends:
        made = ends.enter_context(stopped_cluster(wires.database))
        for path in (written / "server").iterdir():
            made.write(path.name, path.read_bytes())
        for name in ("pg_hba.conf", "pg_ident.conf"):
            made.write(f"data/{name}", (written / "server" / name).read_bytes())
        made.write("data/pg_hba.conf", b"local all all trust\n" + (made.data / "pg_hba.conf").read_bytes())
        settings = (
            (written / "server" / "postgresql.conf").read_text().replace("/etc/sluis/lan", str(made.path))
        )
        settings += "".join(f"{name} = '{value}'\n" for name, value in changed.items())
        made.start(settings)
        ends.callback(made.stop)
        made.psql("-f", made.path / "rights.sql")
        yield made


def seat(written: Path, number: int, folder: Path, **changed: str) -> Path:
    """The settings of a seat, with its files where this test has them."""
    own = written / f"seat-{number}"
    text = (written / "seats.toml").read_text().replace("/etc/sluis/lan", str(own))
    for before, after in changed.items():
        text = "".join(
            f'{before} = "{after}"\n' if line.startswith(f"{before} =") else line + "\n"
            for line in text.splitlines()
        )
    settings = folder / "seats.toml"
    settings.write_text(text)
    return settings


def opened(machine: Machine, settings: Path) -> str:
    return machine.run(sys.executable, "-c", OPEN, settings).stdout.strip()


def test_each_seat_comes_in_by_its_own_certificate_and_no_impostor_is_spoken_to(
    wires: Lan, written: Path, tmp_path: Path
) -> None:
    other = files(tmp_path / "other")
    with server(wires, written) as made:
        for number in (1, 2):
            found = opened(wires.seats[number - 1], seat(written, number, tmp_path))
            assert found == f"in ('TLSv1.3', '/CN=seat-{number}')", found
        # The address of one seat, the certificate of another office.
        stranger = seat(
            written, 1, tmp_path, certificate=f"{other}/seat-1/seat.pem", key=f"{other}/seat-1/seat.key"
        )
        assert opened(wires.seats[0], stranger).startswith("server-away")
        # A server that this office's authority did not sign, and one of another name.
        for wrong in ({"authority": f"{other}/seat-1/authority.pem"}, {"host": "files.office"}):
            assert opened(wires.seats[0], seat(written, 1, tmp_path, **wrong)).startswith("server-unproven")
        made.write("data/pg_ident.conf", b"seats seat-2 office\n")  # the first seat was lost
        made.sql("SELECT pg_reload_conf()")
        assert opened(wires.seats[0], seat(written, 1, tmp_path)).startswith("server-away")
        assert opened(wires.seats[1], seat(written, 2, tmp_path)).startswith("in")


def test_a_server_that_speaks_plainly_is_refused(wires: Lan, written: Path, tmp_path: Path) -> None:
    with server(wires, written, ssl="off"):
        assert opened(wires.seats[0], seat(written, 1, tmp_path)).startswith("server-unproven")
    # Nobody is there.
    assert opened(wires.seats[0], seat(written, 1, tmp_path)).startswith("server-away")


WORK = """
import sys
from pathlib import Path
from sluis.errors import SluisError
from workstation.office import Office
office = Office.unlock(Path(sys.argv[1]), sys.argv[2], today=lambda: 20_000)
print("in", flush=True)
for _ in sys.stdin:
    try:
        print(office.info.instance_name, flush=True)
    except SluisError as error:
        print(error.code, flush=True)
"""


def test_an_office_on_the_lan_locks_when_its_cable_is_pulled(
    wires: Lan, written: Path, tmp_path: Path
) -> None:
    with workroom(tmp_path) as room, server(wires, written):
        room.office.close()
        one = wires.seats[0]
        settings = seat(written, 1, tmp_path, scratch=str(tmp_path / "scratch"))
        move = one.command(
            *(sys.executable, "-m", "workstation", "seats", "move-to-postgres"),
            *("--folder", room.folder, "--passphrase-fd", "0", settings),
        )
        said = subprocess.run(move, input=PASSPHRASE + "\n", capture_output=True, text=True, check=False)
        assert "rows are in PostgreSQL" in said.stdout, said.stderr
        with pytest.raises((LanOpen, LanAway)):  # this machine is no seat
            room.reopen()
        command = one.command(sys.executable, "-c", WORK, room.folder, PASSPHRASE)
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdin is not None
            assert child.stdout is not None

            def asks() -> str:
                assert child.stdin is not None
                assert child.stdout is not None
                child.stdin.write("\n")
                child.stdin.flush()
                return child.stdout.readline().strip()

            assert child.stdout.readline() == "in\n"
            assert asks() == "The Line"
            wires.pull(1)
            assert asks() == "lan-away"
            wires.pull(1, out=False)
            assert asks() == "locked"
            child.stdin.close()
