"""The office with real gpg, real SQLCipher and genuine exports: a report comes in, an answer goes out."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sluis.instance import InstanceRecord
from sluis.keytree import KdfProfile
from tests.support.export_builder import ModelServer, new_source
from workstation.office import Office

CHEAP = KdfProfile(memory_kib=64, passes=1)
DAY = 20_000


class Clock:
    def __init__(self) -> None:
        self.day = DAY

    def __call__(self) -> int:
        return self.day


def nothing(done: int, total: int) -> None:
    assert done <= total


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def office(tmp_path: Path, clock: Clock) -> Iterator[Office]:
    with Office.create(
        tmp_path / "workstation",
        "a passphrase",
        "a root passphrase",
        instance_name="The Line",
        training=True,
        today=clock,
        kdf=CHEAP,
    ) as made:
        yield made


@pytest.fixture
def server(office: Office) -> ModelServer:
    server = ModelServer(InstanceRecord.parse(office.info.record))
    office.enrol_server(server.request(), "north")
    (release,) = office.make_release()
    server.take(release.data)
    return server


def test_a_report_comes_in_and_an_answer_goes_out(
    office: Office, server: ModelServer, tmp_path: Path, clock: Clock
) -> None:
    source = new_source()
    report = server.report(source, b"They came to my shop.", DAY)
    export = server.export(tmp_path, report, DAY, DAY + 1)
    clock.day = DAY + 2
    taken = office.import_export(export, nothing)
    assert (taken.expected_sets, taken.verified_sets, taken.reports) == (1, 1, 1)
    (summary,) = office.threads()
    view = office.thread(summary.thread_id)
    assert view.entries[0].text == "They came to my shop."
    reply = office.draft_reply(summary.thread_id, "Thank you. Are you safe now?", "en")
    office.approve_reply(reply)
    (release,) = office.make_release()
    server.take(release.data)
    assert [one.text for one in server.mailbox(source)] == ["Thank you. Are you safe now?"]
