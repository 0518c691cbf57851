"""The site behind the real gunicorn: circuit ids, no spooled body, no header or log that says too much."""

import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.counsellor_key import CounsellorKey, tmpfs_folder
from tests.support.source_site import BOUNDARY, DAY, file_head

ROOT = Path(__file__).parents[2]
# The server's process: the site with the simulator, told apart by what its pages say of the circuit.
PROGRAM = """
import os, sys
from pathlib import Path
from securedrop_config.lexicon import load_lexicon
from source_interface.app import create_app
from serving.unix_site import Server
from source_interface.serving import options
from source_interface.settings import SourceSettings
from tests.support.mailroom_simulator import MailroomSimulator
from tests.support.source_site import CHEAP, DAY, INSTANCE, LANGUAGES

folder = Path(sys.argv[1])
mailroom = MailroomSimulator(INSTANCE, (folder / "certificate").read_bytes(), DAY)

def make():
    settings = SourceSettings(
        INSTANCE, "Line", False, LANGUAGES, 5, 33_554_432, folder / "gnupg", CHEAP, answer_after_s=0.05
    )
    app = create_app(settings, mailroom, load_lexicon(LANGUAGES), lambda: DAY)
    def told(environ, start_response):
        if environ["PATH_INFO"] == "/fault":
            raise RuntimeError("secret words of a source")
        return app(environ, start_response)
    return told

Server(make, options(folder / "site.sock", 8)).run()
"""
PROXY = b"PROXY TCP6 %s ::1 276 80\r\n"
CIRCUIT = b"fc00:dead:beef:4dad::0:114"


def poll(ready: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 30
    while not ready():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    made = tmpfs_folder()
    (made / "gnupg").mkdir()
    with CounsellorKey(DAY) as key:
        (made / "certificate").write_bytes(key.certificate)
        yield made
    subprocess.run(["rm", "-r", str(made)], check=True)


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(folder)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(folder)},
            stdout=log,
            stderr=log,
        )
    try:
        poll(lambda: (folder / "site.sock").exists(), "the server does not come up")
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def connect(folder: Path, proxy: bytes = PROXY % CIRCUIT) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(30)
    connection.connect(str(folder / "site.sock"))
    connection.sendall(proxy)
    return connection


def ask(folder: Path, request: bytes, proxy: bytes = PROXY % CIRCUIT) -> tuple[bytes, bytes]:
    """Head and body of the answer; the connection is closed by the server."""
    with connect(folder, proxy) as connection:
        connection.sendall(request)
        return answer(connection)


def answer(connection: socket.socket) -> tuple[bytes, bytes]:
    got = b""
    while piece := connection.recv(65_536):
        got += piece
    head, _, body = got.partition(b"\r\n\r\n")
    return head, body


def get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: x.onion\r\nAccept-Encoding: gzip, br\r\n\r\n".encode()


@pytest.mark.usefixtures("server")
def test_the_head_names_no_server_and_no_time(folder: Path) -> None:
    head, body = ask(folder, get("/en/"))
    names = [line.split(b":")[0].lower() for line in head.split(b"\r\n")[1:]]
    assert head.startswith(b"HTTP/1.1 200 OK\r\nConnection: close\r\n")
    assert not {b"server", b"date", b"content-encoding", b"etag", b"transfer-encoding"} & set(names)
    assert len(names) == len(set(names))
    assert len(body) == 32_768


@pytest.mark.usefixtures("server")
def test_the_circuit_comes_from_the_proxy_line(folder: Path) -> None:
    assert b"Without Tor" not in ask(folder, get("/en/"))[1]
    assert b"Without Tor" in ask(folder, get("/en/"), PROXY % b"fc00:dead:beef:4dae::0:1")[1]


@pytest.mark.usefixtures("server")
def test_a_head_of_one_length_for_every_page_of_a_class(folder: Path) -> None:
    assert (
        len({len(ask(folder, get(path))[0]) for path in ("/en/", "/nl/about", "/en/new", "/nl/return")}) == 1
    )


@pytest.mark.usefixtures("server")
def test_what_is_no_request_gets_one_plain_answer(folder: Path) -> None:
    for request, proxy in (
        (b"\x16\x03\x01garbage\r\n\r\n", PROXY % CIRCUIT),
        (b"GET / HTTP/9.9\r\n\r\n", PROXY % CIRCUIT),
        (get("/en/"), b"PROXY TCP6 secret-address x y z\r\n"),
        (get("/" + "x" * 9_000), PROXY % CIRCUIT),
    ):
        head, body = ask(folder, request, proxy)
        assert head == b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0"
        assert body == b""


@pytest.mark.usefixtures("server")
def test_the_socket_is_for_this_user_and_its_group(folder: Path) -> None:
    assert stat.S_IMODE((folder / "site.sock").stat().st_mode) == 0o660


def written(process: subprocess.Popen[bytes]) -> set[str]:
    """Regular files that the server and its worker hold open for writing."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    found = set()
    for pid in (str(process.pid), *children):
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            target = os.readlink(descriptor)
            flags = int(
                Path(f"/proc/{pid}/fdinfo/{descriptor.name}").read_text().split("flags:")[1].split()[0], 8
            )
            if target.startswith("/") and not target.startswith("/dev/null") and flags & os.O_ACCMODE:
                found.add(target)
    return found


def test_no_body_is_spooled(folder: Path, server: subprocess.Popen[bytes]) -> None:
    """While 20 MB of a form have been sent, no file grew and none was opened."""
    before = {path: path.stat().st_size for path in folder.rglob("*") if path.is_file()}
    opened = written(server)
    head = f"POST /en/write HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary={BOUNDARY}\r\n"
    end = f"\r\n--{BOUNDARY}--\r\n".encode()
    body = file_head("film.mp4")
    length = len(body) + 20_000_000 + len(end)
    with connect(folder) as connection:
        connection.sendall(f"{head}Content-Length: {length}\r\n\r\n".encode() + body + b"MARK" * 5_000_000)
        assert written(server) == opened
        assert {path: path.stat().st_size for path in folder.rglob("*") if path.is_file()} == before
        connection.sendall(end)
        _, page = answer(connection)
    assert b'id="error-summary"' in page


@pytest.mark.usefixtures("server")
def test_a_chunked_form_is_read_too(folder: Path) -> None:
    body = b"codename=wrong&token="
    head = b"POST /en/return HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
    kind = b"Content-Type: application/x-www-form-urlencoded\r\n\r\n"
    _, page = ask(folder, head + kind + b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body))
    assert b'value="wrong"' in page


def test_one_request_on_each_connection(folder: Path, server: subprocess.Popen[bytes]) -> None:
    head, body = ask(folder, get("/en/") + get("/en/about"))
    assert head.count(b"HTTP/1.1") == 1
    assert b"HTTP/1.1" not in body
    assert server.poll() is None


def test_nothing_of_a_visitor_is_logged(folder: Path, server: subprocess.Popen[bytes]) -> None:
    """After visits, faults and broken requests the log holds not a path, an address, a time or a word."""
    ask(folder, get("/en/secret-path"))
    assert ask(folder, get("/fault"))[0].startswith(b"HTTP/1.1 400")
    with connect(folder) as connection:
        connection.sendall(b"POST /en/write HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf")
    poll(lambda: get_ok(folder), "the server does not answer any more")
    log = (folder / "log").read_text()
    assert server.poll() is None
    for word in (
        "secret",
        "fc00",
        "/en",
        "127.",
        "GET",
        "POST",
        "Traceback",
        ":",
        str(time.gmtime().tm_year),
    ):
        assert word not in log, log


def get_ok(folder: Path) -> bool:
    return ask(folder, get("/en/"))[0].startswith(b"HTTP/1.1 200")
