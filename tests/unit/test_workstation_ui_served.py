"""The pages as they are served: a real gunicorn on a unix socket, which only its user may open."""

import contextlib
import re
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest

from demo.unix_http import UnixConnection
from tests.support.workroom import PASSPHRASE, workroom
from tests.support.workstation_browser import form, hidden_fields
from workstation.office import Office

ROOT = Path(__file__).resolve().parents[2]
DEADLINE_S = 60
WAIT_S = 0.05
PROGRAM = """
import sys
from pathlib import Path
from workstation.serving import serve
office, bind, media = map(Path, sys.argv[1:])
serve(office, bind, media, lambda: 20_000, demonstration=True)
"""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    text: str


class Served:
    def __init__(self, folder: Path) -> None:
        self.socket = folder / "pages.sock"
        self.log = folder / "log"
        self.cookie = ""
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", PROGRAM, folder / "workstation", self.socket, folder / "media"],
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + DEADLINE_S
        while not self.socket.exists():
            assert time.monotonic() < deadline, self.log.read_text()
            with contextlib.suppress(subprocess.TimeoutExpired):
                raise AssertionError(f"it ended with {self.process.wait(WAIT_S)}: {self.log.read_text()}")

    def ask(self, method: str, path: str, **fields: str) -> Answer:
        headers = {"Cookie": self.cookie, "Content-Type": "application/x-www-form-urlencoded"}
        with contextlib.closing(UnixConnection(self.socket, timeout=DEADLINE_S)) as connection:
            connection.request(method, path, urlencode(fields) if fields else None, headers)
            with connection.getresponse() as answer:
                got = Answer(answer.status, dict(answer.headers), answer.read().decode())
        if "Set-Cookie" in got.headers:
            self.cookie = got.headers["Set-Cookie"].split(";")[0]
        return got

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(DEADLINE_S)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with workroom(tmp_path) as room:
        room.office.close()
        made = Served(tmp_path)
        try:
            yield made
        finally:
            made.process.kill()
            made.process.wait()


def test_it_is_served_unlocked_and_closed_at_the_end(served: Served, tmp_path: Path) -> None:
    assert stat.S_IMODE(served.socket.stat().st_mode) == 0o600
    answer = served.ask("GET", "/en/unlock")
    assert not {"Server", "Date"} & set(answer.headers)
    fields = hidden_fields(form(answer.text, 'id="unlock-form"'))
    unlocked = served.ask("POST", "/en/unlock", **fields, passphrase=PASSPHRASE)
    assert (unlocked.status, unlocked.headers["Location"]) == (303, "/en/")
    inbox = served.ask("GET", "/en/").text
    assert 'id="no-threads"' in inbox
    assert served.stop() == 0
    Office.unlock(tmp_path / "workstation", PASSPHRASE, today=lambda: 20_000).close()
    said = served.log.read_text()
    assert PASSPHRASE not in said
    assert not re.search(r"Traceback|GET |/en/|\d\d:\d\d", said), said


def test_the_entry_point_reads_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from workstation import wsgi

    monkeypatch.setenv("SLUIS_OFFICE", str(tmp_path / "office"))
    monkeypatch.setenv("SLUIS_MEDIA", str(tmp_path))
    monkeypatch.setenv("SLUIS_DEMONSTRATION", "1")
    settings = wsgi.application.extensions["station"].settings
    assert (settings.office_folder, settings.media) == (tmp_path / "office", tmp_path)
    assert settings.demonstration
    monkeypatch.delenv("SLUIS_OFFICE")
    with pytest.raises(KeyError):
        wsgi.make_app()
    with pytest.raises(AttributeError):
        _ = wsgi.nothing
    assert 19_000 < wsgi.today() < 40_000
