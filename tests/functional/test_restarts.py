"""Parts of the server end and start again while somebody writes: what was received or typed stays."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from demo.acts import come_back, draw_codename, report
from demo.person import Page, Person
from demo.unix_http import UnixConnection, circuit_line
from tests.support.server_processes import DEADLINE_S, HOST, Server, messages, received, server, wait_until

FILE = 4 * 1_048_576
_HELD_BACK_AFTER = FILE // 2

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One for all tests, which each leave it as they found it: with all its parts up."""
    with server(tmp_path_factory.mktemp("server")) as made:
        made.open()
        yield made


@dataclass
class SlowLine:
    """A line on which an upload stops in its middle until `go_on`."""

    site: Server
    go_on: threading.Event = field(default_factory=threading.Event)

    def connect(self) -> UnixConnection:
        return _SlowConnection(self.site.source_socket, self.go_on)


class _SlowConnection(UnixConnection):
    def __init__(self, path: Path, go_on: threading.Event) -> None:
        super().__init__(path, proxy_line=circuit_line(0xABCDE))
        self._go_on = go_on
        self._sent = 0

    def send(self, data: object) -> None:
        assert isinstance(data, bytes)
        self._sent += len(data)
        if self._sent > _HELD_BACK_AFTER:
            assert self._go_on.wait(DEADLINE_S)
        super().send(data)


class Upload(threading.Thread):
    """A report with a file, sent over a slow line; `answer` is the page that came of it, if any."""

    def __init__(self, site: Server, visitor: Person, page: Page, text: str, file: Path) -> None:
        super().__init__()
        self.line = SlowLine(site)
        self._person = Person(HOST, self.line.connect)
        self._person.cookies = dict(visitor.cookies)
        self._sent = (page, text, [file])
        self.answer: Page | None = None

    def run(self) -> None:
        try:
            self.answer = report(self._person, *self._sent)
        except OSError:
            self.answer = None

    def end(self) -> Page | None:
        """Goes on, to the end."""
        self.line.go_on.set()
        self.join(DEADLINE_S)
        return self.answer


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "film.bin"
    path.write_bytes(b"f" * FILE)
    return path


def begin_upload(site: Server, visitor: Person, page: Page, text: str, film: Path) -> Upload:
    """The text is received already, as a second tab shows, and the file is half way."""
    upload = Upload(site, visitor, page, text, film)
    upload.start()

    def shows_it() -> bool:
        entries = visitor.open("/en/received").root.all("#received-list li")
        return ["on its way" in entry.text for entry in entries] == [False, True]

    wait_until(shows_it, "the text is received and the file on its way")
    assert len(received(visitor.open("/en/received"))) == 1
    return upload


def arrive(site: Server, sent: set[str], *, files: int = 0) -> None:
    """On the workstation there is exactly this in the next export, and nothing refused."""
    taken_in = site.take_in(site.export())
    assert (taken_in.reports, taken_in.files) == (len(sent), files)
    assert (taken_in.refused, taken_in.incomplete, taken_in.damaged_slots) == ((), 0, ())
    assert sent <= {message.text for message in messages(site.office)}


def test_the_site_is_killed_during_an_upload(site: Server, film: Path) -> None:
    visitor = site.visitor()
    codename, page = draw_codename(visitor)
    upload = begin_upload(site, visitor, page, "before it was killed", film)
    site.processes.kill("source")
    assert upload.end() is None
    site.begin_source()
    site.wait_for("source")

    # The page was open all the time: the server does not know its session, its codename or its form any more.
    page = visitor.press(page, "write-form", {"text": "written\nin the meantime"})
    assert page.root.one("#text").text == "written\nin the meantime"
    assert "codename" in [field.attributes.get("name") for field in page.form("write-form").all("input")]
    page = visitor.press(page, "write-form", {"codename": codename})
    assert received(page) == ["Your text ✓ received, 23 characters"]
    come_back(site.visitor(), codename)
    arrive(site, {"before it was killed", "written\nin the meantime"})


def test_the_mailroom_is_restarted_while_the_site_runs(site: Server, film: Path) -> None:
    visitor = site.visitor()
    _, page = draw_codename(visitor)
    other = site.visitor()
    _, other_page = draw_codename(other)
    upload = begin_upload(site, visitor, page, "before the restart", film)
    site.processes.stop("mailroom")

    other_page = other.press(other_page, "write-form", {"text": "not lost\n\nbut late"})
    assert "A part of our site does not work at the moment." in other_page.root.one("#error-summary").text
    assert other_page.root.one("#text").text == "not lost\n\nbut late"
    answer = upload.end()
    assert answer is not None
    assert received(answer) == ["Your text ✓ received, 18 characters"]
    assert "film.bin ✗ not received" in answer.root.one("#missing-list").text

    site.begin_mailroom()
    site.wait_for("mailroom")
    assert len(received(other.press(other_page, "write-form"))) == 1
    assert len(received(report(visitor, visitor.open("/en/write"), "and after it", []))) == 1
    arrive(site, {"before the restart", "not lost\n\nbut late", "and after it"})


def test_a_site_that_is_told_to_end_lets_an_upload_come_in(site: Server, film: Path) -> None:
    visitor = site.visitor()
    _, page = draw_codename(visitor)
    upload = begin_upload(site, visitor, page, "while it is told to end", film)
    stopper = threading.Thread(target=site.processes.stop, args=("source",))
    stopper.start()
    wait_until(lambda: not site.source_socket.exists(), "the site takes no new visitor")
    upload.end()
    stopper.join(DEADLINE_S)
    site.begin_source()
    site.wait_for("source")
    arrive(site, {"while it is told to end"}, files=1)
