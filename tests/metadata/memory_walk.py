"""One source's visit to a site whose memory is read, and what to look for in it."""

from __future__ import annotations

import base64
import hashlib
import io
import secrets
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import cast
from unittest.mock import patch

from demo.acts import answers, come_back, draw_codename
from demo.person import Page, Upload
from sluis.keytree import SourceKeys, derive_root, row_tag
from sluis.limits import ID_SIZE
from sluis.primitives import hkdf
from tests.metadata.memory import Needles, found, of_key, of_mark, of_words
from tests.metadata.memory_child import KDF, session_key
from tests.support.memory import worker
from tests.support.server_processes import Server, wait_until

IN_FLIGHT = frozenset(
    {"root", "cookie", "text", "file", "name of the file", "boundary", "key of the session"}
)
"""Some of what the site holds while a report comes in: whoever reads its memory then sees it all."""

_ENDS_S = 30.0


def serving(made: Server, name: str) -> int:
    """The process that serves this site; its socket is there a little earlier."""
    arbiter = made.processes.pid(name)
    children = Path(f"/proc/{arbiter}/task/{arbiter}/children")
    wait_until(lambda: len(children.read_text().split()) == 1, f"{name} serves", _ENDS_S)
    return worker(arbiter)


class Visit:
    """One source's visit, up to a read answer; `needles` grow with what it gives away."""

    def __init__(self, made: Server, seed: bytes) -> None:
        self.server = made
        self.pid = serving(made, "source")
        self.person = made.visitor()
        self.text, self.answer, self.name, self.boundary = (secrets.token_hex(16) for _ in range(4))
        self.file = secrets.token_bytes(32)
        self.in_flight: set[str] = set()
        self.needles: dict[str, frozenset[bytes]] = {
            "text": of_mark(self.text),
            "answer": of_mark(self.answer),
            "name of the file": of_mark(self.name),
            "boundary": of_mark(self.boundary),
            "file": of_key(self.file),
            "key of the session": of_key(session_key(seed, 1)) | of_key(session_key(seed, 2)),
        }

    def scan(self) -> set[str]:
        """The names of what is in the site now."""
        return set(found(self.pid, self.needles))

    def draw(self) -> Page:
        self.codename, page = draw_codename(self.person)
        instance = bytes.fromhex(self.server.office.info.instance_id)
        root = derive_root(self.codename, instance, KDF)
        keys = SourceKeys.from_root(root)
        seed = hkdf(root, "reply")
        self.needles |= {
            "codename": of_words(self.codename),
            "codename as it was typed": of_words(self.codename.upper()),
            "root": of_key(root),
            "seed of X-Wing": of_key(seed),
            "keys of X-Wing": of_key(hashlib.shake_256(seed).digest(96)),
            "seed of Ed25519": of_key(hkdf(root, "sign")),
            "k_tag": of_key(keys.k_tag),
            "thread": of_key(keys.thread),
            "a tag that was asked for": of_key(row_tag(keys.k_tag, instance, 1, 3)),
        }
        self._know_cookie()
        return page

    def _know_cookie(self) -> None:
        (cookie,) = self.person.cookies.values()
        raw = base64.urlsafe_b64decode(cookie + "==")
        for name, pieces in {
            "cookie": of_mark(cookie[24:]) | of_key(raw[ID_SIZE:]),
            "id of the session": of_key(raw[:ID_SIZE]),
        }.items():
            self.needles[name] = self.needles.get(name, frozenset()) | pieces

    def report(self, page: Page) -> None:
        """Sends text and file; halfway through the file the memory is read."""
        file = cast(Path, _Watched(self.file * 8_192, self._look))
        with patch("demo.person.secrets.token_hex", lambda size: self.boundary):
            uploads = {"files": [Upload(f"{self.name}.txt", file)]}
            page = self.person.press(page, "write-form", {"text": f"✓ {self.text}"}, uploads)
        assert self.name in page.text

    def _look(self) -> None:
        def seen() -> bool:
            self.in_flight = self.scan()
            return self.in_flight >= IN_FLIGHT

        wait_until(seen, "what is in flight is found", _ENDS_S)

    def come_back(self) -> None:
        """Another session, with the codename in capitals; the answer is read in it."""
        self.leave()
        assert answers(self.sign_in()) == [self.answer]

    def sign_in(self) -> Page:
        """Gives the mailbox."""
        page = come_back(self.person, self.codename.upper())
        self._know_cookie()
        return page

    def leave(self) -> None:
        page = self.person.open("/en/mailbox")
        assert page.root.all("#leave-form"), page.text
        self.person.press(page, "leave-form")
        assert not self.person.cookies

    def everything(self) -> None:
        """A report, an answer from the office, a second session in which it is read."""
        self.report(self.draw())
        self.answered()
        self.come_back()

    def answered(self) -> None:
        """The office answers, and the answer is on the server."""
        made = self.server
        made.take_in(made.export())
        for thread in made.office.conversations.all(made.office.actor):
            if self.text in str(made.office.conversations.view(made.office.actor, thread.thread_id).entries):
                made.office.answers.approve(
                    made.office.actor,
                    made.office.answers.draft(made.office.actor, thread.thread_id, self.answer, "en"),
                )
        made.bring_release()

    def comes_to(self, names: Iterable[str]) -> None:
        """Waits, without any visit, until exactly this is found in the site."""
        comes_to(self.pid, self.needles, names)


def comes_to(pid: int, needles: Needles, names: Iterable[str]) -> None:
    """Waits until these are found in the memory of this process, and no others."""
    seen: list[set[str]] = []

    def there() -> bool:
        seen.append(set(found(pid, needles)))
        return seen[-1] == set(names)

    try:
        wait_until(there, "", _ENDS_S)
    except AssertionError:
        raise AssertionError(f"found {seen[-1]}, not {set(names)}") from None


class _Watched:
    """A file that calls `halfway` when half of it has been sent; before, its length is measured."""

    def __init__(self, content: bytes, halfway: Callable[[], None]) -> None:
        self._content = content
        self._halfway = halfway
        self._openings = 0

    def open(self, mode: str) -> io.BytesIO:
        self._openings += 1
        return _Halved(self._content, self._halfway) if self._openings == 2 else io.BytesIO(self._content)


class _Halved(io.BytesIO):
    def __init__(self, content: bytes, halfway: Callable[[], None]) -> None:
        super().__init__(content)
        self._half = len(content) // 2
        self._halfway = halfway

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() == self._half:
            self._halfway()
        return super().read(size)
