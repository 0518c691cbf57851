"""Nothing that can be weighed tells how much was sent: a file has one size, with no report and with 200."""

import itertools
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from demo.acts import answers, come_back, draw_codename, report, withdraw
from demo.person import Page
from sluis.envelope import WithdrawScope
from source_interface.pages import PageSize
from tests.support.server_processes import AT_ONCE, Server, messages, received, server

_SOURCES = 50
_EACH = 4
_REPORTS = _SOURCES * _EACH
_WITHDRAWN = 6

pytestmark = pytest.mark.slow


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Server]:
    with server(tmp_path) as made:
        made.open()
        yield made


def sizes(site: Server) -> dict[str, int]:
    """Every file of the store and of the run folder, sockets left out."""
    files = [path for folder in (site.store, site.run / "mailroom") for path in folder.iterdir()]
    return {path.name: path.stat().st_size for path in files if path.is_file()}


def several_reports(site: Server, number: int) -> str:
    """One source writes its reports, the last one far longer than the first; gives the codename."""
    visitor = site.visitor()
    codename, page = draw_codename(visitor)
    for count in range(_EACH):
        text = f"report {count} of source {number} " + "x" * 12_000 * count
        assert len(received(report(visitor, page, text, []))) == 1
        page = visitor.open("/en/write")
    return codename


def many_reports(site: Server) -> dict[int, str]:
    """All sources, in two halves: so many at once are more than one process takes in without a pause."""
    codenames: dict[int, str] = {}
    for half in (range(_SOURCES // 2), range(_SOURCES // 2, _SOURCES)):
        with ThreadPoolExecutor(AT_ONCE) as pool:
            codenames |= zip(half, pool.map(lambda number: several_reports(site, number), half), strict=True)
        site.processes.stop("source")
        site.begin_source()
        site.wait_for("source")
    return codenames


def take_back(site: Server, codenames: Sequence[str]) -> list[Page]:
    """Each source takes back what it sent, everything or the sharing in turn; the pages that say so."""
    pages = []
    for codename, scope in zip(codenames, itertools.cycle(WithdrawScope), strict=False):
        visitor = site.visitor()
        pages.append(withdraw(visitor, come_back(visitor, codename), scope))
    return pages


def test_sizes_with_no_report_and_with_two_hundred_reports_and_answers(site: Server) -> None:
    store = sizes(site)
    assert len(store) > 70
    first = site.export()
    site.take_in(first)
    export = first.stat().st_size
    release = len(site.bring_release())
    assert sizes(site) == store

    codenames = many_reports(site)
    assert sizes(site) == store
    second = site.export()
    assert second.stat().st_size == export
    assert site.take_in(second).reports == _REPORTS
    assert sizes(site) == store

    for summary in site.office.conversations.all(site.office.actor):
        for count in range(_EACH):
            reply_id = site.office.answers.draft(
                site.office.actor, summary.thread_id, f"answer {count} " + "y" * 1_500 * count, "en"
            )
            site.office.answers.approve(site.office.actor, reply_id)
    assert len(site.bring_release()) == release
    assert sizes(site) == store
    assert site.office.releases.queued() == _REPORTS - 128  # a release has no more rows
    third = site.export()
    site.take_in(third)
    assert len(site.bring_release()) == release
    assert site.office.releases.queued() == 0
    assert sizes(site) == store
    assert {path.stat().st_size for path in (first, second, third, site.export())} == {export}

    # The 200 were really there: every text arrived, every answer can be read.
    assert len({message.text for message in messages(site.office)}) == _REPORTS
    for codename in codenames.values():
        assert len(answers(come_back(site.visitor(), codename))) == _EACH

    # Taking back weighs nothing either, whatever its scope.
    pages = take_back(site, list(codenames.values())[:_WITHDRAWN])
    assert {len(page.body) for page in pages} == {PageSize.PLAIN}
    assert sizes(site) == store
    last = site.export()
    assert last.stat().st_size == export
    assert site.take_in(last).verified_sets == _WITHDRAWN
    assert len(site.bring_release()) == release
    assert sizes(site) == store
