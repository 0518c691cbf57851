"""One look at a time: the queue, what is kept, and what a lock takes away."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sluis.errors import Unopenable
from tests.support import hostile_files as made
from tests.support.sandbox_probe import left_running, still_running
from workstation.previews.desk import Look, Previews
from workstation.previews.kinds import Kind
from workstation.previews.limits import Limits, Refusal

# Two tests that look for what LibreOffice left behind must not run at once.
pytestmark = pytest.mark.xdist_group("previews")
LIMITS = Limits(seconds=40, pages=3, side=400, stills=2, text_bytes=1_000)
WAIT_S = 60.0


class Files:
    """Files by identifier; one named "slow" is held until `go` is set."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.at_once = self.most_at_once = 0
        self.kept: dict[str, tuple[str, bytes]] = {}

    def open(self, file_id: str) -> tuple[str, Iterator[bytes]]:
        name, data = self.kept.get(file_id, ("note.txt", file_id.encode()))
        return name, self._chunks(name, data)

    def _chunks(self, name: str, data: bytes) -> Iterator[bytes]:
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        if name == "slow":
            assert self.go.wait(WAIT_S)
        if name == "damaged":
            raise Unopenable("changed")
        yield data
        self.at_once -= 1


def ended(look: Look) -> Look:
    assert look.ended.wait(WAIT_S)
    return look


def poll(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_S
    while not holds():
        assert time.monotonic() < deadline


def test_pictures_text_and_refusals() -> None:
    files = Files()
    files.kept |= {
        "1": ("two.pdf", made.pdf(2)),
        "2": ("table.csv", b"=1+1\n" * 1_000),
        "3": ("photo.png", b"\x89PMG\r\n\x1a\n\0\0"),
        "4": ("photo.png", made.pdf(1)),
        "5": ("damaged", b""),
        "6": ("what", b"\0\1\2"),
    }
    previews = Previews(files.open, LIMITS)
    first = ended(previews.look("1"))
    assert (first.kind, first.pages, len(first.pictures), first.refusal) == (Kind.PDF, 2, 2, None)
    assert previews.look("1") is first
    table = ended(previews.look("2"))
    assert table.text is not None
    assert table.text.cut
    assert len(table.text.pieces[0].text) == 1_000
    assert ended(previews.look("3")).refusal is Refusal.NOT_ITS_NAME
    other = ended(previews.look("4"))
    assert (other.other_name, len(other.pictures)) == (True, 1)
    assert ended(previews.look("5")).refusal is Refusal.DAMAGED
    assert ended(previews.look("6")).refusal is Refusal.UNKNOWN_KIND


def test_one_at_a_time_and_no_endless_queue() -> None:
    files = Files()
    files.kept["slow"] = ("slow", b"text")
    previews = Previews(files.open, LIMITS)
    slow = previews.look("slow")
    waiting = [previews.look(f"text {number}") for number in range(20)]
    refused = [look for look in waiting if look.refusal is Refusal.BUSY]
    assert len(refused) >= 15
    assert not slow.ended.is_set()
    assert not any(look.begun for look in waiting)
    files.go.set()
    for look in (slow, *waiting):
        ended(look)
    assert files.most_at_once == 1
    assert [look.text is not None for look in waiting].count(True) == 20 - len(refused)


def test_only_the_last_looks_are_kept() -> None:
    previews = Previews(Files().open, LIMITS)
    for number in range(6):
        ended(previews.look(f"{number} and some text"))
    assert previews.known("0 and some text") is None
    assert previews.known("5 and some text") is not None


def test_a_lock_stops_what_runs_and_forgets_what_was_seen(tmp_path: Path) -> None:
    files = Files()
    files.kept["sound"] = ("a.wav", made.media(tmp_path, "-map", "1", "-f", "wav"))
    files.kept["office"] = ("letter.docx", made.docx(b"Hello."))
    previews = Previews(files.open, LIMITS)
    seen = ended(previews.look("sound"))
    assert seen.pictures
    running, waiting = previews.look("office"), previews.look("a text")
    poll(lambda: bool(still_running("/tmp/document.docx")))
    previews.forget()
    assert previews.known("sound") is None
    assert not seen.pictures
    for look in (running, waiting):
        ended(look)
        assert not look.pictures
        assert look.text is None
    assert running.refusal is Refusal.STOPPED
    assert left_running("/tmp/document.docx") == []
    again = ended(previews.look("a text"))
    assert again.text is not None
