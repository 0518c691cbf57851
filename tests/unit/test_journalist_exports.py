"""Handing out exports: one at a time, in pieces, and with warnings of what needs attention."""

from dataclasses import replace
from pathlib import Path

import pytest

from journalist_interface.notices import Notice, notices
from journalist_interface.ranges import Span, Unsatisfiable, choose_span
from journalist_interface.settings import AlarmRule
from sluis.errors import BadField, StoreFull
from tests.support.journalist_site import DAY, Desk, Person, hidden_fields, make_desk
from tests.support.operator_simulator import TINY, MailroomDown, OperatorSimulator

PAGE = "/en/exports"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return make_desk(f"sqlite:///{tmp_path / 'accounts.sqlite'}")


@pytest.fixture
def person(desk: Desk) -> Person:
    return desk.operator()


def test_an_export_is_made_shown_and_downloaded(desk: Desk, person: Person) -> None:
    assert "There is no export now" in person.get(PAGE).text
    answer = person.post(PAGE, PAGE)
    assert answer.status_code == 303
    page = person.get(answer.headers["Location"])
    assert 'id="result"' in page.text
    assert "Export 1 was made" in page.text
    assert 'href="/en/exports/1" download="export-1.sluis"' in page.text
    assert 'id="result"' not in person.get(PAGE).text
    download = person.get("/en/exports/1")
    bank = desk.mailroom.closed[0]
    assert download.data == bank.content
    assert download.status_code == 200
    assert download.headers["ETag"] == f'"{bank.header_hash.hex()}"'
    assert download.headers["Accept-Ranges"] == "bytes"
    assert download.headers["Content-Length"] == str(TINY.bank_size)
    assert download.headers["Content-Disposition"] == 'attachment; filename="export-1.sluis"'
    assert download.headers["Cache-Control"] == "no-store"


def test_pressing_twice_makes_one_export(desk: Desk, person: Person) -> None:
    fields = hidden_fields(person.get(PAGE).text)
    assert person.client.post(PAGE, data=fields).status_code == 303
    second = person.client.post(PAGE, data=fields)
    assert second.status_code == 409
    assert "No second one was made" in second.text
    assert len(desk.mailroom.closed) == 1
    assert person.client.post(PAGE, data=hidden_fields(second.text)).status_code == 303
    assert len(desk.mailroom.closed) == 2


def test_a_full_store_is_explained(desk: Desk, person: Person) -> None:
    for _ in range(3):
        assert person.post(PAGE, PAGE).status_code == 303
    answer = person.post(PAGE, PAGE)
    assert answer.status_code == 409
    assert "no place in the store is free" in answer.text
    assert "bring back a release" in answer.text
    assert len(desk.mailroom.closed) == 3


def test_before_the_first_release_there_is_nothing_to_export(desk: Desk, person: Person) -> None:
    desk.mailroom.sequence, desk.mailroom.open_since = 0, None
    page = person.get(PAGE)
    assert "no keys yet" in page.text
    answer = person.post(PAGE, PAGE)
    assert answer.status_code == 409
    assert "Bring in the first release" in answer.text


def test_a_mailroom_that_does_not_answer_has_a_page(desk: Desk, person: Person) -> None:
    fields = hidden_fields(person.get(PAGE).text)
    desk.mailroom.refuse_next(MailroomDown("gone"))
    answer = person.get(PAGE)
    assert answer.status_code == 503
    assert "The stores do not answer" in answer.text
    desk.mailroom.refuse_next(MailroomDown("gone"))
    answer = person.client.post(PAGE, data=fields)
    assert answer.status_code == 503
    assert "may be there already" in answer.text


def test_a_refusal_with_an_unknown_code_names_the_code(desk: Desk, person: Person) -> None:
    class Odd(StoreFull):
        code = "odd"

    desk.mailroom.make_export = lambda: (_ for _ in ()).throw(Odd("x"))  # type: ignore[method-assign]
    assert "(“odd”)" in person.post(PAGE, PAGE).text


def test_only_the_signed_in_get_exports(desk: Desk, person: Person) -> None:
    person.post(PAGE, PAGE)
    visitor = desk.visitor()
    assert visitor.get(PAGE).status_code == 303
    download = visitor.get("/en/exports/1", headers={"Range": "bytes=10-"})
    assert download.status_code == 403  # not a redirect, whose page a browser would append to the file
    assert visitor.client.post(PAGE).status_code == 303
    assert len(desk.mailroom.closed) == 1
    assert not desk.mailroom.reads


@pytest.mark.parametrize(
    ("header", "start", "stop"),
    [
        ("bytes=0-", 0, TINY.bank_size),
        ("bytes=500000-", 500_000, TINY.bank_size),
        ("bytes=500000-500009", 500_000, 500_010),
        ("bytes=-7", TINY.bank_size - 7, TINY.bank_size),
        ("bytes=1000000-99999999", 1_000_000, TINY.bank_size),
    ],
)
def test_a_range_gives_those_bytes(desk: Desk, person: Person, header: str, start: int, stop: int) -> None:
    person.post(PAGE, PAGE)
    etag = person.client.head("/en/exports/1").headers["ETag"]
    answer = person.get("/en/exports/1", headers={"Range": header, "If-Range": etag})
    assert answer.status_code == 206
    assert answer.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{TINY.bank_size}"
    assert answer.headers["Content-Length"] == str(stop - start)
    assert answer.headers["ETag"] == etag
    assert answer.data == desk.mailroom.closed[0].content[start:stop]


@pytest.mark.parametrize("header", ["bytes=99999999-", f"bytes={TINY.bank_size}-"])
def test_a_range_outside_is_416(person: Person, header: str) -> None:
    person.post(PAGE, PAGE)
    answer = person.get("/en/exports/1", headers={"Range": header})
    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == f"bytes */{TINY.bank_size}"


@pytest.mark.parametrize(
    ("range_header", "if_range"),
    [
        ("bytes=5-", '"another"'),
        ("bytes=5-", 'W/"tag"'),
        ("bytes=5-", "Wed, 21 Oct 2015 07:28:00 GMT"),
        ("bytes=0-1,5-6", None),
        ("lines=0-1", None),
        ("bytes=x-", None),
        ("bytes=9-2", None),
        ("bytes=-0", None),
        (None, None),
        (None, '"tag"'),
    ],
)
def test_the_whole_file_when_a_part_would_not_fit(range_header: str | None, if_range: str | None) -> None:
    assert choose_span(100, "tag", range_header, if_range) is None


def test_spans_know_their_size() -> None:
    assert choose_span(100, "tag", "bytes=5-", '"tag"') == Span(5, 100, 100)
    assert Span(0, 100, 100).whole
    assert Span(5, 100, 100).length == 95
    with pytest.raises(Unsatisfiable):
        choose_span(100, "tag", "bytes=100-", None)


def test_head_reads_nothing_and_says_everything(desk: Desk, person: Person) -> None:
    person.post(PAGE, PAGE)
    answer = person.client.head("/en/exports/1", headers={"Range": "bytes=5-"})
    assert answer.status_code == 200
    assert answer.headers["Content-Length"] == str(TINY.bank_size)
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert not answer.data
    assert not desk.mailroom.reads


def test_an_export_is_never_whole_in_memory(desk: Desk, person: Person) -> None:
    person.post(PAGE, PAGE)
    assert len(person.get("/en/exports/1", headers={"Range": "bytes=100-"}).data) == TINY.bank_size - 100
    assert desk.mailroom.reads[0][1] == 100  # nothing before the range is read
    assert max(length for _, _, length in desk.mailroom.reads) == 262_144
    assert sum(length for _, _, length in desk.mailroom.reads) == TINY.bank_size - 100


def test_a_slow_download_does_not_sign_out(desk: Desk, person: Person) -> None:
    person.post(PAGE, PAGE)
    answer = person.get("/en/exports/1", buffered=False)
    received = bytearray()
    for chunk in answer.response:
        received += chunk
        desk.clocks.pass_(800)
    assert bytes(received) == desk.mailroom.closed[0].content
    assert person.get(PAGE).status_code == 200


@pytest.mark.parametrize("error", [MailroomDown("gone"), BadField("freed meanwhile")])
def test_a_mailroom_that_fails_under_way_leaves_a_short_file(
    desk: Desk, person: Person, error: Exception
) -> None:
    person.post(PAGE, PAGE)
    answer = person.get("/en/exports/1", buffered=False)
    chunks = iter(answer.response)
    first = next(chunks)
    desk.mailroom.refuse_next(error)
    assert len(first) + sum(map(len, chunks)) < int(answer.headers["Content-Length"])


def test_there_is_no_export_that_is_not_there(person: Person) -> None:
    for path in (
        "/en/exports/1",
        "/en/exports/0",
        "/en/exports/-1",
        "/en/exports/one",
        "/en/exports/" + "9" * 40,
    ):
        assert person.get(path).status_code == 404


def simulated(day: int) -> OperatorSimulator:
    mailroom = OperatorSimulator(lambda: day)
    mailroom.import_release(b"first")
    return mailroom


def kinds(mailroom: OperatorSimulator, today: int) -> list[Notice]:
    return [warned.notice for warned in notices(mailroom.status(), today, AlarmRule())]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (0, []),
        (6, []),
        (7, [Notice.NO_EXPORT]),
        (13, [Notice.NO_EXPORT]),
        (14, [Notice.NO_EXPORT, Notice.RELEASE_OLD]),
        (33, [Notice.NO_EXPORT, Notice.RELEASE_OLD]),
        (34, [Notice.NO_EXPORT, Notice.KEYS_END_SOON]),
        (44, [Notice.NO_EXPORT, Notice.KEYS_END_SOON]),
        (45, [Notice.KEYS_RUN_OUT, Notice.NO_EXPORT]),
        (90, [Notice.KEYS_RUN_OUT, Notice.NO_EXPORT]),
    ],
)
def test_warnings_come_on_their_day(days: int, expected: list[Notice]) -> None:
    assert kinds(simulated(DAY), DAY + days) == expected


def test_states_that_close_the_site_are_urgent_and_first() -> None:
    status = simulated(DAY).status()
    for reason, notice in [
        ("no-release", Notice.NO_RELEASE),
        ("expired", Notice.EXPIRED),
        ("store-full", Notice.STORE_FULL),
        ("something new", Notice.NOT_READY),
    ]:
        closed = replace(status, ready=False, reason=reason, free_banks=0)
        found = notices(closed, DAY + 60, AlarmRule())
        assert found[0].notice is notice
        assert found[0].urgent


def test_a_full_place_asks_for_an_export_as_long_as_another_is_free() -> None:
    full = replace(simulated(DAY).status(), ready=False, reason="store-full", free_banks=1)
    assert [warned.notice for warned in notices(full, DAY, AlarmRule()) if warned.urgent] == [
        Notice.OPEN_FULL
    ]
    full = replace(full, free_banks=0)
    assert [warned.notice for warned in notices(full, DAY, AlarmRule())] == [Notice.STORE_FULL]


def test_places_that_run_out_are_told() -> None:
    mailroom = simulated(DAY)
    for expected in ([], [Notice.LAST_FREE_BANK], [Notice.NO_FREE_BANK]):
        mailroom.make_export()
        assert kinds(mailroom, DAY) == expected


def test_an_export_that_nobody_confirms_is_told() -> None:
    mailroom = simulated(DAY)
    mailroom.make_export()
    mailroom.open_since = DAY + 7
    assert kinds(mailroom, DAY + 7) == [Notice.UNCONFIRMED]


def test_a_clock_set_back_is_told() -> None:
    assert kinds(simulated(DAY), DAY - 1) == [Notice.CLOCK_BEHIND]


def test_a_release_whose_expiry_comes_before_its_keys_end_is_told() -> None:
    status = replace(simulated(DAY).status(), release_expiry_day=DAY + 20)
    assert [warned.notice for warned in notices(status, DAY, AlarmRule())] == [Notice.EXPIRES_SOON]


@pytest.mark.parametrize("lang", ["en", "nl"])
def test_warnings_are_on_the_page_in_both_languages(desk: Desk, person: Person, lang: str) -> None:
    desk.clocks.day += 46
    page = person.get(f"/{lang}/exports").text
    expected = {
        "en": ("Urgent:", "ran out 2 days ago", "until 17 May 2026", "No export has been made for 46 days"),
        "nl": (
            "Dringend:",
            "zijn 2 dagen geleden opgeraakt",
            "tot en met 17 mei 2026",
            "al 46 dagen geen export",
        ),
    }[lang]
    for text in expected:
        assert text in page
