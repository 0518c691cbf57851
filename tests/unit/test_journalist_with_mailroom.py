"""The operators' site over the real mailroom: every release that must be refused, with its reason."""

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pyotp
import pytest
from werkzeug.test import TestResponse

from demo.person import Page, Upload
from demo.person import Person as Browser
from demo.unix_http import UnixConnection, circuit_line
from journalist_interface.accounts.passphrases import make_hash
from journalist_interface.notices import Notice, Warned, notices
from journalist_interface.port import Status
from journalist_interface.settings import AlarmRule, PassphraseCost
from journalist_interface.texts import RELEASE_REASONS
from mailroom.operator_client import OperatorClient
from mailroom.server import Server
from mailroom.store import Mailroom
from securedrop_config.erasing import ERASING
from sluis.instance import EnrolmentRequest
from sluis.limits import DEMO
from sluis.primitives import SigningKey, random_id
from sluis.release import MAGIC, RELEASE_SIZE
from tests.support.journalist_site import CLIENT_KEY, PASSPHRASE, Clocks, Desk, Person, make_site
from tests.support.mailroom_stage import TINY, Stage, Workstation

ROOT = Path(__file__).resolve().parents[2]
DEADLINE_S = 90
WAIT_S = 0.05


@dataclass
class Story:
    """A server of a fresh instance, its workstation, and an operator who is signed in."""

    stage: Stage
    room: Mailroom
    server: Server
    person: Person

    def upload(self, data: bytes, lang: str = "en") -> TestResponse:
        return self.person.upload(data, lang)

    def refused(self, data: bytes, code: str) -> None:
        """The site refuses this file, with the texts of `code` in both languages, and nothing changes."""
        before = self.room.operator_status()
        for lang in ("en", "nl"):
            answer = self.upload(data, lang)
            assert answer.status_code in {413, 422, 503}
            app = self.person.desk.app
            with app.test_request_context(f"/{lang}/release"):
                app.preprocess_request()
                expected = [str(part) for part in RELEASE_REASONS[code]]
            for text in expected:
                assert text in answer.text, (lang, code)
        assert self.room.operator_status() == before


WIDE = replace(TINY, slots=64)


@pytest.fixture
def story(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Story]:
    stage = Stage.make(getattr(request, "param", TINY))
    room = stage.start()
    server = Server(room, tmp_path, 0.01)
    thread = threading.Thread(target=server.serve)
    thread.start()
    clocks = Clocks(day=stage.day, seconds=stage.day * 86_400.0)
    client = OperatorClient(tmp_path / "operator.sock")
    app, accounts, secret = make_site(f"sqlite:///{tmp_path / 'accounts.sqlite'}", client, clocks)
    desk = Desk(app, client, clocks, accounts, secret)  # type: ignore[arg-type]
    end = time.monotonic() + DEADLINE_S
    while not (tmp_path / "operator.sock").exists():
        assert time.monotonic() < end
        time.sleep(WAIT_S)
    yield Story(stage, room, server, desk.operator())
    server.stop()
    thread.join(DEADLINE_S)


def test_a_release_an_export_and_its_acknowledgement(story: Story) -> None:
    stage, person = story.stage, story.person
    assert "no keys yet" in person.get("/en/exports").text
    assert story.upload(stage.next_release()).status_code == 303
    assert "Release 1 was taken in" in person.get("/en/release").text
    assert person.post("/en/exports", "/en/exports").status_code == 303
    first = person.get("/en/exports/1", headers={"Range": "bytes=0-99999"}).data
    rest = person.get("/en/exports/1", headers={"Range": f"bytes={len(first)}-"}).data
    stage.exports[1] = first + rest
    header, slots = stage.workstation.open_export(stage.exports[1], stage.request)
    assert header.serial == 1
    assert slots == []
    assert person.get("/en/exports/1").headers["ETag"] == f'"{header.hash.hex()}"'
    assert story.upload(stage.next_release(acknowledged=stage.acknowledged(1))).status_code == 303
    page = person.get("/en/release").text
    assert "Release 2 was taken in" in page
    assert "confirmed export 1. Its place" in page
    assert person.get("/en/exports/1").status_code == 404


def test_a_full_store_keeps_its_open_bank(story: Story) -> None:
    story.upload(story.stage.next_release())
    for _ in range(story.stage.site.banks - 1):
        assert story.person.post("/en/exports", "/en/exports").status_code == 303
    answer = story.person.post("/en/exports", "/en/exports")
    assert answer.status_code == 409
    assert "no place in the store is free" in answer.text
    assert story.room.operator_status().open_since_day is not None


def test_damaged_files_are_refused(story: Story) -> None:
    good = story.stage.next_release()
    assert len(good) == RELEASE_SIZE
    story.refused(good[:-1], "wrong-size")
    story.refused(good[: RELEASE_SIZE // 2], "wrong-size")
    story.refused(good[:9], "truncated")
    story.refused(good + b"\0", "too-large")
    story.refused(good + good, "too-large")
    story.refused(os.urandom(RELEASE_SIZE), "not-ours")
    story.refused(b"%PDF-1.7 and so on", "not-ours")
    story.refused(MAGIC + b"\0\7" + good[10:], "unknown-version")
    for place in (60, 5_000, RELEASE_SIZE - 1):
        flipped = bytearray(good)
        flipped[place] ^= 1
        story.refused(bytes(flipped), "unopenable")
    assert story.upload(good).status_code == 303


def test_releases_for_others_are_refused(story: Story) -> None:
    stage = story.stage
    release = stage.workstation.release(1)
    stranger = Workstation()
    elsewhere = stranger.seal(stranger.release(1), stage.request.server_id, 0, stage.request.transfer_public)
    story.refused(elsewhere, "wrong-instance")
    other = stage.workstation.seal(release, random_id(), 0, stage.request.transfer_public)
    story.refused(other, "wrong-server")
    forger, _ = SigningKey.generate()
    forged = stage.workstation.seal(
        release, stage.request.server_id, 0, stage.request.transfer_public, signer=forger
    )
    story.refused(forged, "bad-signature")
    unknown_key = stage.workstation.seal(release, stage.request.server_id, 9, stage.request.transfer_public)
    story.refused(unknown_key, "unopenable")


def test_releases_out_of_order_are_refused(story: Story) -> None:
    stage = story.stage
    first = stage.next_release()
    assert stage.newest is not None
    rival = stage.seal(replace(stage.newest, certificate=b"another"))
    second = stage.next_release()
    older = stage.seal(replace(stage.newest, sequence=1))
    assert story.upload(first).status_code == 303
    story.refused(first, "replayed")
    story.refused(rival, "forked")
    assert story.upload(second).status_code == 303
    story.refused(second, "replayed")
    story.refused(older, "rolled-back")
    stage.newest = replace(stage.newest, certificate=b"not the one here")
    story.refused(stage.next_release(), "forked")


def test_an_expired_release_is_refused(story: Story) -> None:
    stage = story.stage
    late = stage.next_release()
    stage.day += 91
    story.refused(late, "expired")


def test_an_impossible_release_is_refused(story: Story) -> None:
    release = story.stage.workstation.release(1)
    story.refused(story.stage.seal(replace(release, first_epoch_day=release.day + 1)), "bad-field")


def test_without_the_mailroom_nothing_is_claimed(story: Story) -> None:
    story.person.get("/en/release")
    story.server.stop()
    end = time.monotonic() + DEADLINE_S
    while not story.room.broken:
        assert time.monotonic() < end
        time.sleep(WAIT_S)
    answer = story.upload(story.stage.next_release())
    assert answer.status_code == 503
    assert "not known whether the release was taken in" in answer.text
    assert story.person.get("/en/exports").status_code == 503


def exports_pages(story: Story) -> dict[str, str]:
    """The first page after signing in, byte for byte but for its form token, in both languages."""
    return {
        lang: re.sub(r'(name="csrf_token" value=")[^"]+', r"\1", story.person.get(f"/{lang}/exports").text)
        for lang in ("en", "nl")
    }


def arrived(story: Story) -> int:
    """How many slots of the open bank are taken: what the page must not depend on."""
    return WIDE.slots - story.room.intake.free_slots


@pytest.mark.parametrize("story", [WIDE], indirect=True)
@pytest.mark.parametrize("reports", [1, 50, WIDE.slots - 1])
def test_the_first_page_has_the_same_bytes_whatever_arrived(
    story: Story, reports: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage, room = story.stage, story.room
    story.upload(stage.next_release())
    nothing = exports_pages(story)
    assert "An export is due every day" in nothing["en"]
    assert "is het tijd voor een export" in nothing["nl"]

    def counting(status: Status, today: int, rule: AlarmRule) -> tuple[Warned, ...]:
        waits = [Warned(Notice.NO_EXPORT, arrived(story))] if arrived(story) else []
        return (*notices(status, today, rule), *waits)

    assert arrived(story) == 0
    for _ in range(reports):
        stage.send(room, b"They came to the house.", text=True)
    assert arrived(story) >= reports
    assert exports_pages(story) == nothing
    # A page that counts, or that only knows whether anything came, is noticed.
    monkeypatch.setattr("journalist_interface.views.exports.notices", counting)
    assert exports_pages(story)["en"] != nothing["en"]


@pytest.mark.parametrize("story", [WIDE], indirect=True)
def test_only_the_last_slot_shows_and_the_page_says_what_opens_the_site_again(story: Story) -> None:
    """What everybody sees on the reporters' site, which is closed then, the operators may see too."""
    stage, room = story.stage, story.room
    story.upload(stage.next_release())
    for _ in range(WIDE.slots):
        assert room.status().ready
        assert "warnings" not in exports_pages(story)["en"]
        stage.send(room, b"They came to the house.", text=True)
    assert room.status().reason == "store-full"
    page = exports_pages(story)["en"]
    assert "the open place in the store is full" in page
    assert "Make an export now" in page
    assert story.person.post("/en/exports", "/en/exports").status_code == 303
    assert room.status().ready
    assert "the open place in the store is full" not in exports_pages(story)["en"]


CONFIG = """
[instance]
name = "Test line"
record = "instance.record"
[site]
profile = "demo"
[mailroom]
store = "store"
run = "run"
[source]
bind = "source.sock"
gnupg = "gnupg"
[journalist]
bind = "journalist.sock"
database = "sqlite:///{folder}/accounts.sqlite"
"""


def python(folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", *arguments, "--config", str(folder / "sluis.toml")]
    return subprocess.Popen(
        command, cwd=ROOT, env=os.environ | ERASING, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def wait_until_exists(path: Path, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + DEADLINE_S
    while not path.exists():
        assert process.poll() is None
        assert time.monotonic() < end
        time.sleep(WAIT_S)


@pytest.fixture
def installed(tmp_path: Path) -> Iterator[tuple[Path, Workstation, str]]:
    """Mailroom and site as their own processes, from a configuration file; with one operator enrolled."""
    workstation = Workstation(training=True)
    (tmp_path / "instance.record").write_bytes(workstation.record_bytes)
    (tmp_path / "sluis.toml").write_text(CONFIG.format(folder=tmp_path))
    secret = pyotp.random_base32()
    record = {
        "format": "sluis-operator",
        "version": 1,
        "alias": "Desk 3",
        "passphrase_hash": make_hash(PASSPHRASE, PassphraseCost(passes=2, memory_kib=19_456, lanes=1)),
        "totp_secret": secret,
        "client_auth_public": CLIENT_KEY,
    }
    (tmp_path / "operator.json").write_text(json.dumps(record))
    assert python(tmp_path, "mailroom", "init").wait(DEADLINE_S) == 0
    adding = python(
        tmp_path, "journalist_interface", "add-operator", "--record", str(tmp_path / "operator.json")
    )
    assert adding.wait(DEADLINE_S) == 0
    running = []
    for module, socket in (("mailroom", "run/operator.sock"), ("journalist_interface", "journalist.sock")):
        process = python(tmp_path, module, "serve")
        running.append(process)
        wait_until_exists(tmp_path / socket, process)
    yield tmp_path, workstation, secret
    for process in running:
        process.terminate()
        process.wait(DEADLINE_S)


@pytest.mark.slow
def test_a_whole_turn_with_the_installed_programs(installed: tuple[Path, Workstation, str]) -> None:
    folder, workstation, secret = installed
    browser = Browser(
        "desk.example", lambda: UnixConnection(folder / "journalist.sock", proxy_line=circuit_line(3))
    )

    def sign_in() -> Page:
        values = {"alias": "desk 3", "passphrase": PASSPHRASE, "code": pyotp.TOTP(secret).now()}
        return browser.press(browser.open("/en/sign-in"), "signin-form", values)

    page = sign_in()
    assert page.root.one("#training-banner")
    assert "no keys yet" in page.text
    request = EnrolmentRequest.parse(
        (folder / "store/enrol.request").read_bytes(), workstation.record.instance_id
    )
    assert page.root.one("#server-fingerprint").text == request.fingerprint
    today = int(time.time()) // 86_400
    data = workstation.seal(workstation.release(1, day=today), request.server_id, 0, request.transfer_public)
    (folder / "release-1.sluis").write_bytes(data)
    upload = {"release": [Upload("release-1.sluis", folder / "release-1.sluis")]}
    page = browser.press(browser.open("/en/release"), "release-form", files=upload)
    assert "Release 1 was taken in" in page.root.one("#result").text
    page = browser.press(browser.open("/en/exports"), "export-form")
    assert "Export 1 was made" in page.root.one("#result").text
    link = page.root.one(".export-download").attributes["href"]
    whole = browser.open(link)
    assert whole.status == 200
    middle = browser.open(link, {"Range": "bytes=9000000-9999999", "If-Range": whole.headers["ETag"]})
    assert middle.status == 206
    assert middle.body == whole.body[9_000_000:10_000_000]
    assert len(whole.body) == DEMO.bank_size
    header, slots = workstation.open_export(whole.body, request)
    assert (header.serial, slots, header.training) == (1, [], True)
    assert browser.press(browser.open("/en/exports"), "signout-form").root.one("#signin-form")
