"""The operators' site as it is served: a real gunicorn on a unix socket, spoken to as tor does."""

import hashlib
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPResponse
from pathlib import Path
from urllib.parse import urlencode

import pytest

from demo.unix_http import UnixConnection, circuit_line
from tests.support.journalist_site import PASSPHRASE, hidden_fields, multipart
from tests.support.operator_simulator import TINY

ROOT = Path(__file__).resolve().parents[2]
DEADLINE_S = 60
WAIT_S = 0.05


@dataclass
class Served:
    """The process, the folder that holds its socket and its log, and a cookie."""

    process: subprocess.Popen[bytes]
    folder: Path
    cookie: str = ""

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> HTTPResponse:
        connection = UnixConnection(self.folder / "site.sock", proxy_line=circuit_line(7), timeout=DEADLINE_S)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body or None, {"Cookie": self.cookie, **sent})
        answer = connection.getresponse()
        cookie = answer.headers.get("Set-Cookie")
        if cookie:
            self.cookie = cookie.split(";")[0]
        return answer

    def form(self, path: str, page: str, **fields: str) -> HTTPResponse:
        hidden = hidden_fields(self.ask("GET", page).read().decode())
        body = urlencode({**hidden, **fields}).encode()
        return self.ask("POST", path, body, Content_Type="application/x-www-form-urlencoded")

    def raw(self) -> socket.socket:
        stream = socket.socket(socket.AF_UNIX)
        stream.settimeout(DEADLINE_S)
        stream.connect(str(self.folder / "site.sock"))
        stream.sendall(circuit_line(7))
        return stream


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("desk")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.journalist_site"],
            cwd=ROOT,
            env={**os.environ, "DESK_FOLDER": str(folder)},
            stdout=log,
            stderr=log,
        )
    end = time.monotonic() + DEADLINE_S
    while not (folder / "ready").exists():
        assert process.poll() is None, (folder / "log").read_text()
        assert time.monotonic() < end
        time.sleep(WAIT_S)
    site = Served(process, folder)
    code = (folder / "code").read_text()
    answer = site.form("/en/sign-in", "/en/sign-in", alias="Desk 3", passphrase=PASSPHRASE, code=code)
    assert answer.status == 303, answer.read()
    yield site
    process.terminate()
    process.wait(DEADLINE_S)


def test_a_broken_download_goes_on_and_gives_the_same_bytes(served: Served) -> None:
    content = (served.folder / "export").read_bytes()
    received, tag, breaks = bytearray(), "", 0
    while len(received) < TINY.bank_size:
        headers = {"Range": f"bytes={len(received)}-", "If_Range": tag} if tag else {}
        answer = served.ask("GET", "/en/exports/1", **headers)
        assert answer.status == (206 if tag else 200)
        tag = answer.headers["ETag"]
        assert not tag.startswith("W/")
        assert int(answer.headers["Content-Length"]) == TINY.bank_size - len(received)
        received += answer.read(300_001)
        answer.close()  # the circuit breaks here
        breaks += 1
    assert breaks == 4
    assert hashlib.sha256(received).digest() == hashlib.sha256(content).digest()


def test_a_download_with_a_changed_tag_starts_again(served: Served) -> None:
    answer = served.ask("GET", "/en/exports/1", Range="bytes=1000-", If_Range='"0000"')
    assert answer.status == 200
    assert answer.read() == (served.folder / "export").read_bytes()


def test_head_tells_that_ranges_work(served: Served) -> None:
    answer = served.ask("HEAD", "/en/exports/1")
    assert answer.status == 200
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["Content-Length"] == str(TINY.bank_size)
    assert answer.read() == b""


def test_a_range_outside_gets_416(served: Served) -> None:
    answer = served.ask("GET", "/en/exports/1", Range=f"bytes={TINY.bank_size}-")
    assert answer.status == 416
    assert answer.headers["Content-Range"] == f"bytes */{TINY.bank_size}"


def test_answers_tell_neither_server_nor_clock(served: Served) -> None:
    for path in ("/en/exports", "/en/exports/1", "/static/site.css", "/nothing"):
        headers = served.ask("HEAD", path).headers
        assert not {"Server", "Date", "Last-Modified"} & set(headers), path


def test_the_circuit_address_means_tor(served: Served) -> None:
    assert b"without-tor-banner" not in served.ask("GET", "/en/exports").read()
    connection = UnixConnection(
        served.folder / "site.sock", proxy_line=b"PROXY TCP4 127.0.0.1 127.0.0.1 9 80\r\n"
    )
    connection.request("GET", "/en/sign-in")
    assert b"without-tor-banner" in connection.getresponse().read()
    bare = UnixConnection(served.folder / "site.sock")
    bare.request("GET", "/en/sign-in", headers={"X-Forwarded-For": "fc00:dead:beef:4dad::1"})
    assert b"without-tor-banner" in bare.getresponse().read()


def test_an_upload_that_is_too_large_is_answered_early_and_readably(served: Served) -> None:
    fields = hidden_fields(served.ask("GET", "/en/release").read().decode())
    body, kind = multipart(fields, bytes(6_000_000))
    with served.raw() as stream:
        head = f"POST /en/release HTTP/1.1\r\nHost: x\r\nCookie: {served.cookie}\r\nContent-Type: {kind}\r\n"
        stream.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body[:1000])
        first = stream.recv(65_536)  # the answer comes while almost nothing was sent
        assert first.startswith(b"HTTP/1.1 413 ")
        stream.sendall(body[1000:])  # and the browser, which goes on sending, is not cut off
        rest = b"".join(iter(lambda: stream.recv(65_536), b""))
    assert b"Is it an export?" in first + rest
    assert b"</html>" in first + rest


def test_an_upload_without_a_length_is_bounded_too(served: Served) -> None:
    fields = hidden_fields(served.ask("GET", "/en/release").read().decode())
    body, kind = multipart(fields, bytes(3_000_000))
    with served.raw() as stream:
        head = f"POST /en/release HTTP/1.1\r\nHost: x\r\nCookie: {served.cookie}\r\nContent-Type: {kind}\r\n"
        stream.sendall(
            f"{head}Transfer-Encoding: chunked\r\n\r\n{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n"
        )
        answer = b"".join(iter(lambda: stream.recv(65_536), b""))
    assert answer.startswith(b"HTTP/1.1 413 ")


def test_a_release_goes_through(served: Served) -> None:
    fields = hidden_fields(served.ask("GET", "/nl/release").read().decode())
    body, kind = multipart(fields, os.urandom(1_000_000))
    answer = served.ask("POST", "/nl/release", body, Content_Type=kind)
    assert answer.status == 303
    page = served.ask("GET", answer.headers["Location"]).read().decode()
    assert 'id="result"' in page


def test_what_is_not_http_gets_a_plain_refusal(served: Served) -> None:
    with served.raw() as stream:
        stream.sendall(b"nonsense secret-words\r\n\r\n")
        assert stream.recv(100).startswith(b"HTTP/1.1 400 ")


def test_the_log_has_no_time_address_path_or_person(served: Served) -> None:
    served.ask("GET", "/en/exports?secret-words")
    log = served.log
    assert "sign-in.accepted" in log
    for trace in ("secret-words", "fc00", "127.0.0.1", "/en/", "Desk 3", PASSPHRASE, "Traceback"):
        assert trace not in log, trace
    assert not re.search(r"\d\d:\d\d", log)


def test_nothing_is_written_beside_the_accounts(served: Served) -> None:
    names = {path.name for path in served.folder.iterdir()}
    assert names == {"accounts.sqlite", "code", "export", "log", "ready", "site.sock"}
