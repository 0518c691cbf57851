"""A reporters' site to test: a clock that the test sets, a cheap KDF, real GnuPG, a mailroom in memory."""

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from shutil import rmtree

from flask import Flask
from werkzeug.test import Client, TestResponse

from securedrop_config.lexicon import load_lexicon
from sluis.codename import Lexicon
from sluis.envelope import EnvelopeReader, Header
from sluis.keytree import KdfProfile, SourceKeys, derive_root, row_tag
from sluis.primitives import random_id
from sluis.ring import Reply, Row, seal_reply
from sluis.sealing import SealingKey
from source_interface.app import create_app
from source_interface.context import EXTENSION, Site
from source_interface.settings import SourceSettings
from tests.support.counsellor_key import CounsellorKey, tmpfs_folder
from tests.support.mailroom_simulator import MailroomSimulator

DAY = 20_780
INSTANCE = bytes(range(16))
CHEAP = KdfProfile(8_192, 1)
LANGUAGES = ("en", "nl")
LARGEST = 2 * 1_048_576
CIRCUIT = "fc00:dead:beef:4dad::0:{:x}"
BOUNDARY = "----a-boundary"
_VOID = frozenset({"meta", "link", "input", "br"})


@dataclass
class Clock:
    """A monotonic clock that moves when somebody sleeps."""

    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@dataclass
class Element:
    """One element of a page, with all text inside it."""

    tag: str
    attributes: dict[str, str]
    text: str = ""
    parents: tuple["Element", ...] = field(default=(), repr=False)


class Page(HTMLParser):
    """An answer as a browser without script has it."""

    def __init__(self, response: TestResponse) -> None:
        super().__init__(convert_charrefs=True)
        self.status = response.status_code
        self._status_line = response.status
        self.headers = response.headers
        self.body = response.data
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self.feed(response.data.decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self.elements.append(Element(tag, attributes, parents=tuple(self._open)))
        if tag not in _VOID:
            self._open.append(self.elements[-1])

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> without its beginning"
        assert self._open[-1].tag == tag, f"</{tag}> ends <{self._open[-1].tag}>"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data

    def close(self) -> None:
        super().close()
        assert not self._open, f"<{self._open[-1].tag}> without an end"

    def all(self, tag: str = "", **attributes: str) -> list[Element]:
        """Elements of this tag (any, when empty) with these attributes; `class_` is among its classes."""
        kind = attributes.pop("class_", "")
        return [
            one
            for one in self.elements
            if tag in ("", one.tag)
            and (not kind or kind in one.attributes.get("class", "").split())
            and attributes.items() <= one.attributes.items()
        ]

    def has(self, id_: str) -> bool:
        return bool(self.all(id=id_))

    def text(self, id_: str) -> str:
        """The text of the element with this id, with single spaces."""
        (element,) = self.all(id=id_)
        return re.sub(r"\s+", " ", element.text).strip()

    @property
    def h1(self) -> str:
        (heading,) = self.all("h1")
        return heading.text.strip()

    def within(self, id_: str) -> list[Element]:
        """All elements inside the one with this id."""
        return [one for one in self.elements if any(up.attributes.get("id") == id_ for up in one.parents)]

    def fields(self, form: str) -> dict[str, str]:
        """What a browser would send of this form, without its buttons and files."""
        values: dict[str, str] = {}
        for one in self.within(form):
            name = one.attributes.get("name", "")
            if one.tag == "textarea":
                values[name] = one.text.removeprefix("\n")
            elif one.tag == "select":
                values[name] = next(
                    option.attributes["value"]
                    for option in self.elements
                    if option.tag == "option" and one in option.parents and "selected" in option.attributes
                )
            elif one.tag == "input" and one.attributes["type"] in ("hidden", "text"):
                values[name] = one.attributes.get("value", "")
            elif one.tag == "input" and "checked" in one.attributes:
                values[name] = one.attributes["value"]
        return values

    def action(self, form: str) -> str:
        (element,) = self.all("form", id=form)
        return element.attributes["action"]

    def head_size(self) -> int:
        """Bytes of status line and headers as they would be sent."""
        lines = sum(len(f"{name}: {value}\r\n") for name, value in self.headers.items())
        return len(self._status_line) + lines


def multipart(fields: Mapping[str, str], files: Sequence[tuple[str, bytes]] = ()) -> bytes:
    """The body of the form "write", in the order of the page: fields first, files last."""
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode()
        + value.replace("\n", "\r\n").encode()
        + b"\r\n"
        for name, value in fields.items()
    ]
    parts += [file_head(name) + content + b"\r\n" for name, content in files]
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


def file_head(name: str) -> bytes:
    """What comes before the content of a file."""
    disposition = f'Content-Disposition: form-data; name="files"; filename="{name}"'
    return f"--{BOUNDARY}\r\n{disposition}\r\nContent-Type: application/octet-stream\r\n\r\n".encode()


@dataclass
class SourceSite:
    """One site with its mailroom, its clock and the counsellors' key."""

    app: Flask
    site: Site
    mailroom: MailroomSimulator
    clock: Clock
    key: CounsellorKey
    folder: Path
    circuits: int = 0

    def visitor(self, *, circuit: str | None = None) -> "Visitor":
        self.circuits += 1
        return Visitor(self, CIRCUIT.format(self.circuits) if circuit is None else circuit)

    def draw(self, language: str = "en") -> str:
        return self.site.lexicon.draw(language)

    def keys(self, codename: str) -> SourceKeys:
        return SourceKeys.from_root(derive_root(codename, INSTANCE, CHEAP))

    def reply(self, codename: str, text: str, *, place: int = 0, release: int = 1, day: int = DAY) -> bytes:
        """Puts a reply where the source finds it; its id."""
        keys, reply_id = self.keys(codename), random_id()
        answer = Reply(reply_id, day, day + 30, "nl", text)
        sealed = seal_reply(SealingKey(keys.reply.public), INSTANCE, keys.thread, release, place, answer)
        self.mailroom.place(Row(row_tag(keys.k_tag, INSTANCE, release, place), sealed))
        return reply_id

    def sent(self, number: int = -1) -> tuple[Header, str]:
        """A message as the workstation reads it: `gpg --decrypt`, envelope, signature."""
        reader = EnvelopeReader(INSTANCE)
        body = b"".join(reader.feed(self.key.decrypt(self.mailroom.message(number))))
        return reader.finish(), body.decode("utf-8", "replace")


@dataclass
class Visitor:
    """A browser without script on one circuit, with its cookie."""

    site: SourceSite
    circuit: str
    client: Client = field(init=False)

    def __post_init__(self) -> None:
        self.client = Client(self.site.app)

    def _environ(self) -> dict[str, object]:
        return {"REMOTE_ADDR": self.circuit or "127.0.0.1"}

    def get(self, path: str, **headers: str) -> Page:
        return Page(self.client.get(path, environ_overrides=self._environ(), headers=headers))

    def send(self, path: str, fields: Mapping[str, str], **headers: str) -> Page:
        """A small form; redirects are not followed."""
        answer = self.client.post(path, data=fields, environ_overrides=self._environ(), headers=headers)
        return Page(answer)

    def follow(self, page: Page) -> Page:
        assert page.status == 303, page.body[:4_000].decode()
        return self.get(page.headers["Location"])

    def raw(self, path: str, body: bytes | io.RawIOBase, kind: str = "", length: int | None = None) -> Page:
        """A POST whose body is exactly this."""
        stream = io.BytesIO(body) if isinstance(body, bytes) else body
        size = length if length is not None else len(body) if isinstance(body, bytes) else 1 << 30
        environ = {
            **self._environ(),
            "wsgi.input": stream,
            "CONTENT_LENGTH": str(size),
            "CONTENT_TYPE": kind or f"multipart/form-data; boundary={BOUNDARY}",
        }
        answer = self.client.post(path, environ_overrides=environ)
        return Page(answer)

    def enter(self, codename: str, language: str = "en") -> Page:
        """Comes in with a codename; the mailbox."""
        page = self.get(f"/{language}/return")
        fields = {**page.fields("return-form"), "codename": codename}
        return self.follow(self.send(page.action("return-form"), fields))

    def report(
        self,
        text: str | None = None,
        files: Sequence[tuple[str, bytes]] = (),
        page: Page | None = None,
        **more: str,
    ) -> Page:
        """Fills in the form "write" (of `page`, or a fresh one) and sends it; the answer itself."""
        page = page or self.get("/en/write")
        fields = {**page.fields("write-form"), **more}
        if text is not None:
            fields["text"] = text
        return self.raw(page.action("write-form"), multipart(fields, files))


@cache
def _lexicon() -> Lexicon:
    return load_lexicon(LANGUAGES)


@contextmanager
def source_site(key: CounsellorKey, **settings: object) -> Iterator[SourceSite]:
    """A site that is gone afterwards; `settings` change those of SourceSettings."""
    folder = tmpfs_folder()
    base = SourceSettings(INSTANCE, "Test Line", False, LANGUAGES, 5, LARGEST, folder, CHEAP)
    chosen = replace(base, **settings)  # type: ignore[arg-type]  # names are checked by the dataclass
    mailroom = MailroomSimulator(INSTANCE, key.certificate, DAY)
    clock = Clock()
    app = create_app(chosen, mailroom, _lexicon(), lambda: DAY, clock=clock, sleep=clock.sleep)
    try:
        yield SourceSite(app, app.extensions[EXTENSION], mailroom, clock, key, folder)
    finally:
        rmtree(folder)
