"""Who sees anything: locked and unlocked, idle, a second browser, the air gap, forged requests."""

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.export_builder import new_source
from tests.support.workroom import Workroom, workroom
from tests.support.workstation_browser import IDLE_S, Counsellor, counsellor, form, hidden_fields
from workstation.errors import Locked
from workstation.office import Office
from workstation.ui.headers import SECURITY_HEADERS

INSIDE = ("/en/", "/en/import", "/en/import/progress", "/en/import/report", "/en/release", "/en/about")


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Workroom]:
    with workroom(tmp_path) as made:
        yield made


@pytest.fixture
def person(room: Workroom) -> Iterator[Counsellor]:
    with counsellor(room) as made:
        yield made


def test_a_locked_workstation_shows_only_the_unlock_page(person: Counsellor) -> None:
    for path in (*INSIDE, "/en/thread/00", "/en/file/00", "/en/release/report", "/nl/", "/"):
        answer = person.get(path)
        assert answer.request.path in {"/en/unlock", "/nl/unlock"}, path
        assert 'id="unlock-form"' in answer.text
        assert "lock-form" not in answer.text.replace("unlock-form", "")
    assert person.get("/en/nowhere").status_code == 404


def test_nothing_can_be_done_while_locked(person: Counsellor) -> None:
    for path in (
        *("/en/import", "/en/release", "/en/release/write"),
        *("/en/thread/00/reply/00/approve", "/en/thread/00/reply/00/withdraw"),
    ):
        answer = person.browser.post(path, data={"export": "x"})
        assert (answer.status_code, answer.location) == (303, "/en/unlock"), path


def test_a_wrong_passphrase_is_told_and_the_right_one_opens(person: Counsellor) -> None:
    assert person.unlock("open sesame").status_code == 403
    assert "This passphrase does not open the workstation." in person.text
    assert "sesame" not in person.markup
    with pytest.raises(Locked):
        _ = person.office
    person.send("unlock-form", passphrase="")
    assert "Type the passphrase." in person.text
    person.unlock()
    assert "No case is open." in person.text


def test_one_goes_on_to_the_page_that_was_asked_for(person: Counsellor) -> None:
    person.get("/nl/release")
    answer = person.send("unlock-form", passphrase="walls have ears")
    assert answer.request.path == "/nl/release"


def test_the_cookie_is_random_new_at_unlocking_and_tells_nothing(person: Counsellor) -> None:
    before = person.browser.get("/en/unlock").headers["Set-Cookie"]
    markup = form(person.get("/en/unlock").text, 'id="unlock-form"')
    answer = person.browser.post(
        "/en/unlock", data={**hidden_fields(markup), "passphrase": "walls have ears"}
    )
    after = answer.headers["Set-Cookie"]
    for cookie in (before, after):
        assert re.fullmatch(r"workstation=[\w-]{43}; HttpOnly; Path=/; SameSite=Strict", cookie)
    assert before != after
    stolen = person.app.test_client()
    stolen.set_cookie("workstation", before.split("=", 1)[1].split(";")[0])
    assert stolen.get("/en/").status_code == 303


def test_locking_closes_the_office(person: Counsellor, room: Workroom) -> None:
    person.unlock()
    person.send("lock-form")
    assert "Unlock the workstation" in person.text
    assert person.browser.get("/en/").status_code == 303
    Office.unlock(room.folder, "walls have ears", today=room.clock).close()


def test_it_locks_when_nobody_clicks(person: Counsellor) -> None:
    person.unlock()
    person.steady.now += IDLE_S - 1
    assert person.browser.get("/en/about").status_code == 200
    person.steady.now += IDLE_S - 1
    assert person.browser.get("/en/about").status_code == 200
    person.steady.now += IDLE_S + 1
    person.holder.lock_if_idle()
    with pytest.raises(Locked):
        _ = person.office
    person.get("/en/about")
    assert "nobody clicked for 15 minutes" in person.text
    assert ":root { --idle: 900s; }" in person.get("/idle.css").text


def test_the_text_of_an_answer_survives_the_lock(room: Workroom) -> None:
    room.take_in(room.export(room.server.report(new_source(), b"Hello.", room.day)))
    with counsellor(room) as person:
        person.unlock()
        person.open_thread()
        person.steady.now += IDLE_S + 1
        text = 'Long thoughts, "quoted"\nand <b>two</b> lines.'
        person.send("reply-form", text=text, language="nl")
        assert person.page is not None
        assert person.page.status_code == 403
        assert "The text you wrote is kept on this page" in person.text
        person.send("unlock-form", passphrase="no")
        person.send("unlock-form", passphrase="walls have ears")
        assert "had locked itself before your text was saved" in person.text
        person.send("reply-form", text=shown_text(person), language="nl")
        assert "Saved as a draft" in person.text
        (_, reply) = person.office.conversations.view(
            person.office.actor, person.office.conversations.all(person.office.actor)[0].thread_id
        ).entries
        assert reply.text == text


def test_the_text_of_an_answer_survives_an_old_form(room: Workroom) -> None:
    room.take_in(room.export(room.server.report(new_source(), b"Hello.", room.day)))
    with counsellor(room) as person:
        person.unlock()
        old = form(person.open_thread().text, 'id="reply-form"')
        person.send("lock-form")
        person.unlock()
        answer = person.submit(old, {"text": "Dear reader", "language": "en"})
        assert answer.status_code == 400
        assert shown_text(person) == "Dear reader"


def shown_text(person: Counsellor) -> str:
    """What the text field of the present page holds."""
    found = re.search(r"<textarea[^>]*>\r?\n?(.*?)</textarea>", person.markup, re.S)
    assert found
    return html.unescape(found[1]).replace("\r\n", "\n")


def test_only_the_browser_that_unlocked_sees_anything(person: Counsellor) -> None:
    person.unlock()
    first, person.browser = person.browser, person.app.test_client()
    assert person.browser.get("/en/").status_code == 303
    person.unlock()
    assert person.browser.get("/en/").status_code == 200
    assert first.get("/en/").status_code == 303


def test_a_network_interface_locks_it_at_once(person: Counsellor) -> None:
    person.unlock()
    person.interfaces = ("eth0",)
    answer = person.get("/en/")
    assert answer.status_code == 503
    assert "Network: eth0 is up." in person.text
    with pytest.raises(Locked):
        _ = person.office
    person.interfaces = ()
    assert "Unlock the workstation" in person.get("/en/").text


def test_a_demonstration_says_that_a_network_is_there(room: Workroom) -> None:
    with counsellor(room, demonstration=True) as person:
        person.interfaces = ("eth0", "wlan0")
        assert 'id="network-banner"' in person.get("/en/unlock").text
        person.unlock()
        assert "eth0, wlan0" in person.text
        person.interfaces = ()
        assert "This machine sees only itself (lo)." in person.get("/en/").text


def test_a_request_without_the_token_of_a_form_is_refused(person: Counsellor) -> None:
    person.unlock()
    for path in ("/en/import", "/en/release", "/en/release/write", "/en/lock", "/en/unlock"):
        assert person.browser.post(path, data={"passphrase": "walls have ears"}).status_code == 400
    assert person.browser.get("/en/about").status_code == 200


def test_another_program_that_has_the_folder_open_is_named(person: Counsellor, room: Workroom) -> None:
    with Office.unlock(room.folder, "walls have ears", today=room.clock):
        assert person.unlock().status_code == 503
    assert "Another program on this machine has the workstation open." in person.text


def test_a_missing_gnupg_is_named(
    person: Counsellor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    person.get("/nl/unlock")
    with monkeypatch.context() as changed:
        changed.setenv("PATH", str(tmp_path))
        answer = person.send("unlock-form", passphrase="walls have ears")
    assert answer.status_code == 503
    assert "GnuPG ontbreekt op deze machine." in person.text


def test_every_answer_has_the_strict_headers(person: Counsellor) -> None:
    person.unlock()
    for path in (*INSIDE, "/en/unlock", "/en/nowhere", "/static/site.css", "/idle.css", "/"):
        with person.browser.get(path) as answer:
            for name, value in SECURITY_HEADERS.items():
                assert answer.headers[name] == value, path
            policy = answer.headers["Content-Security-Policy"]
            assert policy.startswith(
                "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'"
            )
            assert "script" not in policy
            assert not {"Last-Modified", "ETag"} & set(answer.headers.keys())


def test_every_page_of_a_training_line_says_so(person: Counsellor) -> None:
    person.unlock()
    for path in (*INSIDE, "/en/nowhere", "/en/thread/00"):
        assert 'id="training-banner"' in person.get(path).text
    person.send("lock-form")
    assert 'id="training-banner"' in person.get("/en/unlock").text


def test_a_workstation_that_starts_anew_knows_that_it_is_for_training(room: Workroom) -> None:
    with counsellor(room) as person:
        person.unlock()
    with counsellor(room) as person:
        assert 'id="training-banner"' in person.get("/en/unlock").text


def test_a_real_line_has_no_such_banner(tmp_path: Path) -> None:
    with workroom(tmp_path, training=False) as room, counsellor(room) as person:
        person.unlock()
        assert "training-banner" not in person.get("/en/").text


def test_a_fault_shows_a_kind_page_and_no_traceback(
    person: Counsellor, room: Workroom, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    person.unlock()

    def broken() -> str:
        raise RuntimeError("a secret")

    person.app.view_functions["about.page"] = broken
    answer = person.get("/en/about")
    assert answer.status_code == 500
    assert "Something went wrong here." in person.text
    for said in (answer.text, caplog.text, *capfd.readouterr()):
        assert "a secret" not in said
        assert "Traceback" not in said


def test_an_unknown_language_is_no_page(person: Counsellor) -> None:
    assert person.browser.get("/xx/unlock").status_code == 404
    assert person.browser.get("/", headers={"Accept-Language": "nl"}).location == "/nl/"
    assert person.browser.get("/", headers={"Accept-Language": "fr"}).location == "/en/"
