"""Taking in a release: bounded, in memory, and with a reason and a next step for every refusal."""

import io
import os
import tempfile
from pathlib import Path

import pytest
from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge

from journalist_interface.settings import RELEASE_SIZE, JournalistSettings
from journalist_interface.texts import RELEASE_REASONS
from journalist_interface.uploads import BoundedMemory, drain
from sluis import errors
from sluis.limits import RELEASE_SIZE as TRUE_RELEASE_SIZE
from tests.support.journalist_site import Desk, Person, make_desk
from tests.support.operator_simulator import DiskFull, MailroomDown

PAGE = "/en/release"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return make_desk(f"sqlite:///{tmp_path / 'accounts.sqlite'}")


@pytest.fixture
def person(desk: Desk) -> Person:
    return desk.operator()


def test_the_size_is_that_of_the_core() -> None:
    assert RELEASE_SIZE == TRUE_RELEASE_SIZE
    assert JournalistSettings("x", "y").release_size == TRUE_RELEASE_SIZE


def test_a_release_is_taken_in_and_told(desk: Desk, person: Person) -> None:
    for _ in range(2):
        person.post("/en/exports", "/en/exports")
    data = os.urandom(RELEASE_SIZE)
    answer = person.upload(data)
    assert answer.status_code == 303
    page = person.get(answer.headers["Location"]).text
    assert 'id="result"' in page
    assert "Release 2 was taken in" in page
    assert "confirmed the exports 1, 2" in page
    assert desk.mailroom.taken_in == [data]
    assert 'id="result"' not in person.get(PAGE).text


@pytest.mark.parametrize("block", [b"\n", b"\r\n--edg", b"\r\n--edgy\n", b"x" * 1000 + b"\r"])
def test_whatever_bytes_a_release_has_it_arrives_whole(desk: Desk, person: Person, block: bytes) -> None:
    data = (block * (RELEASE_SIZE // len(block) + 1))[:RELEASE_SIZE]
    assert person.upload(data).status_code == 303
    assert desk.mailroom.taken_in == [data]


def test_one_confirmed_export_and_none_read_well(person: Person) -> None:
    person.post("/en/exports", "/en/exports")
    person.upload(b"a")
    assert "confirmed export 1. Its place" in person.get(PAGE).text
    person.upload(b"b")
    assert "confirms no export" in person.get(PAGE).text


REFUSALS = [
    errors.Truncated("x"),
    errors.TrailingBytes("x"),
    errors.WrongSize("x"),
    errors.NotOurs("x"),
    errors.UnknownVersion("a release", 9),
    errors.BadField("x"),
    errors.FormatError("x"),
    errors.Unopenable("x"),
    errors.BadSignature("x"),
    errors.WrongInstance("x"),
    errors.WrongServer("x"),
    errors.Replayed("x"),
    errors.RolledBack("x"),
    errors.Forked("x"),
    errors.Expired("x"),
    errors.StoreFull("x"),
    DiskFull("x"),
    MailroomDown("x"),
]


@pytest.mark.parametrize("error", REFUSALS, ids=lambda error: error.code)
@pytest.mark.parametrize("lang", ["en", "nl"])
def test_every_refusal_says_why_and_what_next(desk: Desk, error: errors.SluisError, lang: str) -> None:
    person = desk.operator()
    person.get(f"/{lang}/release")
    import_release = desk.mailroom.import_release

    def refuse(data: bytes) -> object:
        desk.mailroom.refuse_next(error)
        return import_release(data)

    desk.mailroom.import_release = refuse  # type: ignore[assignment,method-assign]
    answer = person.upload(b"some file", lang)
    assert 422 <= answer.status_code <= 507
    with desk.app.test_request_context(f"/{lang}/release"):
        desk.app.preprocess_request()
        reason = RELEASE_REASONS[error.code]
        why, then = str(reason.why), str(reason.next)
    box = answer.text.partition('id="error-summary"')[2].partition("</div>")[0]
    assert why in box
    assert then in box
    assert error.code not in box
    assert not desk.mailroom.taken_in


def test_an_unknown_refusal_gives_its_code(desk: Desk, person: Person) -> None:
    class Odd(errors.SluisError):
        code = "brand-new"

    def refuse(data: bytes) -> object:
        raise Odd("x")

    desk.mailroom.import_release = refuse  # type: ignore[assignment,method-assign]
    assert "(“brand-new”)" in person.upload(b"x").text


def test_no_file_is_named(person: Person) -> None:
    for answer in (person.upload(b""), person.post(PAGE, PAGE)):
        assert answer.status_code == 422
        assert "No file was chosen" in answer.text


@pytest.mark.parametrize("size", [RELEASE_SIZE + 1, RELEASE_SIZE + 60_000, RELEASE_SIZE + 70_000, 5_000_000])
def test_what_is_larger_than_a_release_never_reaches_the_mailroom(
    desk: Desk, person: Person, size: int
) -> None:
    answer = person.upload(bytes(size))
    assert answer.status_code == 413
    assert "Is it an export?" in answer.text
    assert not desk.mailroom.taken_in


def test_other_forms_take_in_little(person: Person) -> None:
    answer = person.post("/en/exports", "/en/exports", {"newest": "0" * 100_000})
    assert answer.status_code == 413
    assert "too large" in answer.text


def test_a_stranger_cannot_upload(desk: Desk) -> None:
    stranger = desk.visitor()
    answer = stranger.client.post(PAGE, data={"release": (io.BytesIO(b"x"), "r")})
    assert answer.status_code == 303
    assert not desk.mailroom.taken_in


def test_an_upload_never_touches_a_disk(desk: Desk, person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(Path("/nowhere")))
    assert person.upload(bytes(RELEASE_SIZE)).status_code == 303
    # The broken variant: what Werkzeug itself would have put the file in looks for a temporary folder.
    stock = Request({}, populate_request=False)._get_file_stream(RELEASE_SIZE, None)
    with pytest.raises(FileNotFoundError):
        stock.write(bytes(RELEASE_SIZE))
    stock.close()


def test_memory_is_bounded() -> None:
    memory = BoundedMemory(10)
    assert memory.write(b"12345") == 5
    with pytest.raises(RequestEntityTooLarge):
        memory.write(b"123456")
    assert memory.getvalue() == b"12345"


def test_draining_stops_at_its_bound() -> None:
    source = io.BytesIO(bytes(1_000_000))
    drain(source, 300_000)
    assert source.tell() == 300_000
    drain(source, 10_000_000)
    assert source.tell() == 1_000_000
