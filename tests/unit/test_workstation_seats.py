"""Several seats on a real PostgreSQL: nothing written at once is lost, and its disk holds no words."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.support.export_builder import new_source
from tests.support.postgres import Cluster, cluster, settings_of
from tests.support.workroom import PASSPHRASE, workroom
from workstation import column_policy, moving, opening, schema
from workstation.casework import ledger
from workstation.casework.roles import LONE_SEAT
from workstation.database import Base
from workstation.errors import SeatBusy
from workstation.shared import open_shared
from workstation.turns import turn

EACH = 25


@pytest.fixture(scope="module")
def server() -> Iterator[Cluster]:
    with cluster() as made:
        yield made


def test_every_column_is_decided_once() -> None:
    lists = (column_policy.SEALED, column_policy.MATCHED, column_policy.PLAIN)
    columns = {f"{table.name}.{one.name}" for table in Base.metadata.tables.values() for one in table.columns}
    assert columns == frozenset().union(*lists)
    assert len(columns) == sum(map(len, lists))


def test_two_seats_that_write_at_once_make_one_ledger(tmp_path: Path, server: Cluster) -> None:
    where = server.shared(tmp_path)
    seats = [open_shared(where, bytes(32), tmp_path / "erasing.key", new=True) for _ in range(2)]

    def write(number: int) -> None:
        for _ in range(EACH):
            with turn(seats[number]) as session:
                ledger.append(session, 20_000, LONE_SEAT, "noted", facts={"seat": str(number)})

    threads = [threading.Thread(target=write, args=(number,)) for number in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    with turn(seats[0]) as session:
        verdict = ledger.verify(session)
    assert (verdict.entries, verdict.broken) == (2 * EACH, 0)
    with turn(seats[0], transfer=True):  # an import at one seat: the other reads, and cannot write
        with turn(seats[1]) as reading:
            assert ledger.count(reading) == 2 * EACH
        with pytest.raises(SeatBusy), turn(seats[1]) as writing:
            ledger.append(writing, 20_000, LONE_SEAT, "noted")
    for seat in seats:
        seat.dispose()


OPEN = """
import sys
from pathlib import Path
import workstation.database
from workstation.seats_file import parse_shared
from workstation.shared import open_shared
path = Path(sys.argv[1])
open_shared(parse_shared(path.read_bytes()), bytes(32), path.with_name("erasing.key"))
print("open")
"""


def test_seats_that_open_an_older_database_at_once_upgrade_it_once(tmp_path: Path, server: Cluster) -> None:
    where = server.shared(tmp_path)
    (tmp_path / "seats.toml").write_bytes(settings_of(where))
    engine = open_shared(where, bytes(32), tmp_path / "erasing.key", new=True)
    schema.bring_down(engine, "0001")
    with schema.changing(engine):  # both find it old, and wait
        command = [sys.executable, "-c", OPEN, str(tmp_path / "seats.toml")]
        seats = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
        server.wait_for("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted", "2")
    assert [seat.communicate(timeout=60)[0] for seat in seats] == ["open\n"] * 2
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == schema.HEAD
    engine.dispose()


def test_the_disk_of_the_server_holds_no_alias_and_no_key(tmp_path: Path, server: Cluster) -> None:
    with workroom(tmp_path) as room:
        words = b"They came to my shop on Tuesday."
        room.take_in(room.export(room.server.report(new_source(), words, room.day)))
        alias = room.only_thread().summary.alias
        room.office.close()
        opened = opening.with_founding_passphrase(room.folder, PASSPHRASE)
        engine = open_shared(server.shared(tmp_path / "scratch"), opened.key, opened.folder.erasing, new=True)
        moving.copy_everything(opened.engine, engine)
        with opened.engine.connect() as connection:
            keys = list(connection.scalars(text('SELECT "key" FROM "case"')))
            keys += connection.scalars(text("SELECT seed FROM epoch_seed")).all()[:20]
        wanted = [words, alias.encode(), opened.key, *keys]
        assert not found(server, wanted)
        with engine.begin() as connection:  # the same search finds what is not sealed
            connection.execute(text("CREATE TABLE unsealed AS SELECT CAST(:a AS text) AS a"), {"a": alias})
        assert found(server, wanted) == {alias.encode()}
        engine.dispose()
        opened.close()


def found(server: Cluster, wanted: list[bytes]) -> set[bytes]:
    seen = [data for _, data in server.files()]
    return {one for one in wanted if any(one in data or one.hex().encode() in data for data in seen)}
