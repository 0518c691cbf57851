"""`make run` as its user meets it: everything comes up, a page says where, Ctrl-C leaves nothing behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
READY_DEADLINE_S = 240
END_DEADLINE_S = 60

pytestmark = [pytest.mark.tor, pytest.mark.slow, pytest.mark.xdist_group("stage")]


def _get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310  # a loopback port of the demo
        return str(answer.read().decode("utf-8"))


def _processes_naming(text: str) -> list[str]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            except OSError:
                continue
            if text in command:
                found.append(command)
    return found


@pytest.fixture(params=[signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def ending(request: pytest.FixtureRequest) -> signal.Signals:
    return signal.Signals(request.param)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    command = [sys.executable, "-m", "demo", "run"]
    with (tmp_path / "printed").open("w+") as printed:
        process = subprocess.Popen(command, cwd=ROOT, stdout=printed, stderr=printed, text=True)
        try:
            yield process, _lines_until_ready(process, tmp_path / "printed")
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait(END_DEADLINE_S)


def _lines_until_ready(process: subprocess.Popen[str], printed: Path) -> list[str]:
    end = time.monotonic() + READY_DEADLINE_S
    while "READY" not in (text := printed.read_text()):
        assert process.poll() is None, text
        assert time.monotonic() < end, text
        select_pause()
    return text.splitlines()


def select_pause() -> None:
    """Waits a moment for a process that cannot be waited on in another way."""
    signal.sigtimedwait([], 0.1)


def test_it_comes_up_says_where_and_leaves_nothing(
    running: tuple[subprocess.Popen[str], list[str]], ending: signal.Signals
) -> None:
    process, lines = running
    text = "\n".join(lines)
    places = re.search(r"everything is in (\S+) and (\S+),", text)
    assert places is not None, text
    ready = re.search(r"READY\. Open (http://127\.0\.0\.1:\d+/)", text)
    assert ready is not None, text
    guide = _get(ready[1])
    assert len(re.findall(r"[a-z2-7]{56}\.onion", guide)) == 2
    sites = re.findall(r'href="(http://127\.0\.0\.1:\d+/)"', guide)
    assert len(sites) == 3
    pages = [_get(site) for site in sites]
    assert all("training" in page.lower() for page in pages), "each part says that it is for training"
    assert all("without tor" in page.lower() for page in pages[:2]), "both sites say that Tor is missing"
    process.send_signal(ending)
    assert process.wait(END_DEADLINE_S) == (0 if ending == signal.SIGINT else 128 + ending)
    for folder in places.groups():
        assert not Path(folder).exists()
        assert not _processes_naming(folder)
