"""A counsellor at the workstation's pages, over Flask's client and the real office with a cheap KDF."""

from __future__ import annotations

import html
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from securedrop_config.lexicon import load_lexicon
from tests.support.workroom import CHEAP, PASSPHRASE, Workroom
from workstation.office import Office
from workstation.ui.app import create_app
from workstation.ui.holder import Holder
from workstation.ui.settings import LANGUAGES, UiSettings

IMPORT_S = 60.0
IDLE_S = 900.0


class Steady:
    """Seconds pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


class Counsellor:
    """One workstation and the browser in front of it; `room.office` is closed while this one has it."""

    def __init__(
        self, room: Workroom, *, demonstration: bool = False, now: Callable[[], float] = time.time
    ) -> None:
        room.office.close()
        self.room = room
        self.steady = Steady()
        self.interfaces: tuple[str, ...] = ()
        settings = UiSettings(
            room.folder,
            room.media,
            idle_s=IDLE_S,
            demonstration=demonstration,
            draw=load_lexicon(LANGUAGES).draw,
            codename_kdf=CHEAP,
        )
        self.app: Flask = create_app(settings, room.clock, self.steady, lambda: self.interfaces, now)
        self.browser: FlaskClient = self.app.test_client()
        self.page: TestResponse | None = None

    @property
    def holder(self) -> Holder:
        made: Holder = self.app.extensions["station"].holder
        return made

    @property
    def office(self) -> Office:
        return self.holder.office

    @property
    def markup(self) -> str:
        """The present page."""
        assert self.page is not None
        return self.page.text

    @property
    def text(self) -> str:
        """The present page without its markup, as a person reads it."""
        body = self.markup.partition("<body>")[2]
        return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", body)))

    def get(self, path: str) -> TestResponse:
        """Follows redirects, as a browser does."""
        self.page = self.browser.get(path, follow_redirects=True)
        return self.page

    def send(self, form_id: str, **fields: str) -> TestResponse:
        """Fills in the form with this id on the present page, and sends it."""
        return self.submit(form(self.markup, f'id="{form_id}"'), fields)

    def press(self, attribute: str, **fields: str) -> TestResponse:
        """Presses the first button of this kind that belongs to a form which lies elsewhere on the page.

        `attribute` is the button's own, or that of an element around it. All of the form goes along.
        """
        place = self.markup.find(attribute)
        assert place >= 0, f"no {attribute}"
        begin = self.markup.rfind("<", 0, place)
        tag = re.search(r"<button[^>]*>", self.markup[begin:])
        assert tag
        own = {name: html.unescape(value) for name, value in re.findall(r'([\w-]+)="([^"]*)"', tag[0])}
        values = {**form_fields(form(self.markup, f'id="{own["form"]}"')), **fields}
        if "name" in own:
            values[own["name"]] = own["value"]
        self.page = self.browser.post(own["formaction"], data=values, follow_redirects=True)
        return self.page

    def submit(self, markup: str, fields: dict[str, str]) -> TestResponse:
        action = re.search(r'action="([^"]+)"', markup)
        assert action
        values = {**hidden_fields(markup), **fields}
        self.page = self.browser.post(html.unescape(action[1]), data=values, follow_redirects=True)
        return self.page

    def unlock(self, passphrase: str = PASSPHRASE) -> TestResponse:
        self.get("/en/unlock")
        return self.send("unlock-form", passphrase=passphrase)

    def sign_in(self, desk: str, passphrase: str, code: str) -> TestResponse:
        """Once there are people."""
        self.get("/en/unlock")
        return self.send("unlock-form", desk=desk, passphrase=passphrase, one_time=code)

    def open_thread(self, number: int = 0, language: str = "en") -> TestResponse:
        inbox = self.get(f"/{language}/").text
        links = re.findall(r'class="thread-link" href="([^"]+)"', inbox)
        return self.get(links[number])

    def take_in(self, path: Path, **fields: str) -> TestResponse:
        """Chooses an export, waits until the import has ended, and looks at the report."""
        self.get("/en/import")
        self.send("import-form", export=path.relative_to(self.room.media).as_posix(), **fields)
        return self.wait()

    def wait(self) -> TestResponse:
        """The report of the import that is running."""
        job = self.holder.job
        assert job is not None
        assert job.ended.wait(IMPORT_S)
        return self.get("/en/import/progress")


def form(page: str, attribute: str) -> str:
    """The markup of the first form with this attribute."""
    found = re.search(rf"<form(?=[^>]*{re.escape(attribute)}).*?</form>", page, re.S)
    assert found, f"no form with {attribute}"
    return found[0]


def hidden_fields(markup: str) -> dict[str, str]:
    """Names and values of the hidden fields."""
    fields = {}
    for tag in re.findall(r"<input[^>]*>", markup):
        if 'type="hidden"' in tag:
            name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag, re.S)
            assert name
            fields[name[1]] = html.unescape(value[1]) if value else ""
    return fields


def form_fields(markup: str) -> dict[str, str]:
    """What a browser sends of a form in which nothing was changed."""
    fields = hidden_fields(markup)
    for tag in re.findall(r'<input[^>]* type="text"[^>]*>', markup):
        own = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        fields[own["name"]] = html.unescape(own.get("value", ""))
    for name, text in re.findall(r'<textarea[^>]* name="([^"]+)"[^>]*>\r?\n?(.*?)</textarea>', markup, re.S):
        fields[name] = html.unescape(text)
    for name, options in re.findall(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', markup, re.S):
        chosen = re.search(r"<option selected value=.([^\"]*).>", options) or re.search(
            r'<option value="([^"]*)" selected>', options
        )
        first = re.search(r'<option[^>]* value="([^"]*)"', options)
        fields[name] = chosen[1] if chosen else first[1] if first else ""
    return fields


@contextmanager
def counsellor(room: Workroom, *, demonstration: bool = False) -> Iterator[Counsellor]:
    """A counsellor whose workstation is locked at the end."""
    person = Counsellor(room, demonstration=demonstration)
    try:
        yield person
    finally:
        person.holder.lock()
