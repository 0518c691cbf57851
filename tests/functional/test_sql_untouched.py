"""What sources do never reaches the operators' accounts database, not even its time of change."""

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from demo.acts import come_back, draw_codename, report
from tests.support.server_processes import AT_ONCE, Plan, Server, received, server

_SOURCES = 20
_EACH = 5

pytestmark = pytest.mark.slow


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Server]:
    with server(tmp_path, Plan(banks=2)) as made:
        made.open(journalist=True)
        yield made


def state(database: Path) -> dict[str, tuple[str, int, int]]:
    """Hash, time of change and inode of the database, and of whatever journal lies beside it."""
    files = database.parent.glob(f"{database.name}*")
    return {
        path.name: (hashlib.sha256(path.read_bytes()).hexdigest(), stat.st_mtime_ns, stat.st_ino)
        for path in files
        for stat in [path.stat()]
    }


def one_source(site: Server) -> int:
    """Reports and logins of one source; how many reports were received."""
    visitor = site.visitor()
    codename, page = draw_codename(visitor)
    arrived = 0
    for number in range(_EACH):
        arrived += len(received(report(visitor, page, f"report {number}", [])))
        come_back(visitor, codename)
        page = visitor.open("/en/write")
    return arrived


def test_a_hundred_reports_and_logins_change_no_byte_of_the_accounts(site: Server) -> None:
    operator = site.add_operator()
    operator.sign_in()
    before = state(site.accounts)
    assert set(before) == {site.accounts.name}

    with ThreadPoolExecutor(AT_ONCE) as pool:
        arrived = list(pool.map(one_source, [site] * _SOURCES))
    assert sum(arrived) == _SOURCES * _EACH
    assert state(site.accounts) == before
    assert site.take_in(operator.fetch_export(site.media)).reports == _SOURCES * _EACH
    assert state(site.accounts) == before
