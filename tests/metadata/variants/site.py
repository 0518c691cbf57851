"""Reporters' sites that are broken on purpose, one promise each. They run in processes of their own."""

from __future__ import annotations

import gzip
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask, request
from gunicorn.glogging import Logger
from werkzeug.formparser import FormDataParser
from werkzeug.http import parse_options_header

from mailroom.client import SourceClient
from securedrop_config import ServerConfig
from sluis.keytree import SourceKeys
from sluis.ring import Reply, Row, open_reply
from source_interface import deadline, mailbox, pages, reception
from source_interface.context import EXTENSION
from source_interface.multipart import FilePart, Source, TextPart
from source_interface.permits import Permits
from source_interface.settings import SourceSettings
from source_interface.views import mailbox as mailbox_page

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_PIECE = 65_536


@dataclass
class Parts:
    """What a site is made of; `finishing` changes the application that was made."""

    config: ServerConfig
    settings: SourceSettings
    serving: dict[str, Any]
    finishing: list[Callable[[Flask], None]] = field(default_factory=list)


def compression(parts: Parts) -> None:
    """Pages are compressed for browsers that accept it, as web servers do."""

    def finish(app: Flask) -> None:
        app.wsgi_app = _compressed(app.wsgi_app)  # type: ignore[method-assign]  # the way Flask documents

    parts.finishing.append(finish)


def _compressed(inner: WSGIApplication) -> WSGIApplication:
    def outer(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        said: list[Any] = []

        def note(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[..., object]:
            said[:] = [status, [one for one in headers if one[0].lower() != "content-length"]]
            return lambda data: None

        body = b"".join(inner(environ, note))  # type: ignore[arg-type]
        if "gzip" in environ.get("HTTP_ACCEPT_ENCODING", ""):
            body = gzip.compress(body, mtime=0)
            said[1].append(("Content-Encoding", "gzip"))
        start(said[0], [*said[1], ("Content-Length", str(len(body)))])
        return [body]

    return outer


def no_padding(parts: Parts) -> None:
    """A page is as long as what it says."""
    pages.pad = lambda body, size: body


def no_dummies(parts: Parts) -> None:
    """Only rows with a tag of this source are tried, and only what is shown is made."""

    def opened(keys: SourceKeys, client: SourceClient, instance_id: bytes) -> list[tuple[Row, Reply]]:
        newest = client.status().newest_release
        places = {tag: (release, row) for release, row, tag in keys.tags(instance_id, newest)}
        rows = [row for row in client.fetch_rows(list(places)) if row.tag in places]
        return [
            (row, open_reply(keys.reply, instance_id, keys.thread, *places[row.tag], row.cell))
            for row in rows
        ]

    mailbox._open_rows = opened
    mailbox_page.MAX_LIVE_ROWS = 0  # type: ignore[misc]


def no_deadline(parts: Parts) -> None:
    """An answer leaves when it is ready."""
    deadline.Answer.wait = lambda self: None  # type: ignore[method-assign]


def one_update(parts: Parts) -> None:
    """Remembers on which day somebody last signed in, as many a site does."""
    path = parts.config.journalist.database.removeprefix("sqlite:///")

    def count() -> None:
        if request.method == "POST":
            with sqlite3.connect(path) as database:
                database.execute("UPDATE operator SET enrolled_day = enrolled_day + 1")

    parts.finishing.append(lambda app: app.before_request(count) and None)


class _StockReader:
    """Werkzeug's own form parser in the place of ours: parts over 500 kB go to a temporary file."""

    def __init__(self, source: Source, content_type: str, most_bytes: int) -> None:
        self._source = source
        self._type = parse_options_header(content_type)

    def parts(self) -> Iterator[TextPart | FilePart]:
        kind, options = self._type
        _, fields, files = FormDataParser().parse(self._source, kind, None, options)  # type: ignore[arg-type]
        for name, value in fields.items(multi=True):
            yield TextPart(name, value, cut=False)
        for name, file in files.items(multi=True):
            yield FilePart(name, file.filename or "", iter(partial(file.stream.read, _PIECE), b""))


def stock_parser(parts: Parts) -> None:
    """Forms are read by the parser that comes with Flask."""
    reception.FormReader = _StockReader  # type: ignore[assignment,misc]


def default_gpg(parts: Parts) -> None:
    """GnuPG as it comes: it writes the clock into what it makes."""
    program = Path(__file__).with_name("default_gpg.py")
    parts.settings = replace(parts.settings, gnupg_program=str(program))


def access_log(parts: Parts) -> None:
    """One line for each visit, as web servers do."""
    parts.serving |= {"accesslog": "-", "logger_class": Logger}


def no_bound(parts: Parts) -> None:
    """Whoever comes is let in at once."""

    def finish(app: Flask) -> None:
        site = app.extensions[EXTENSION]
        app.extensions[EXTENSION] = replace(site, permits=Permits(1_000, site.permits._clock))

    parts.finishing.append(finish)


BROKEN: dict[str, Callable[[Parts], None]] = {
    one.__name__.replace("_", "-"): one
    for one in (
        compression,
        no_padding,
        no_dummies,
        no_deadline,
        one_update,
        stock_parser,
        default_gpg,
        access_log,
        no_bound,
    )
}
