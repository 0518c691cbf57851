"""An operators' site to test: clocks that the test sets, cheap hashes, a mailroom in memory."""

import html
import logging
import os
import re
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import pyotp
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from journalist_interface.accounts import Accounts, OperatorRecord, make_engine
from journalist_interface.accounts.passphrases import make_hash
from journalist_interface.accounts.schema import upgrade
from journalist_interface.app import create_app
from journalist_interface.port import OperatorPort
from journalist_interface.serving import serve
from journalist_interface.settings import JournalistSettings, PassphraseCost
from tests.support.operator_simulator import OperatorSimulator

CHEAP = PassphraseCost(passes=1, memory_kib=8, lanes=1)
PASSPHRASE = "tulip harbour seventeen quiet"
CLIENT_KEY = "descriptor:x25519:" + "A" * 52
TOR = "fc00:dead:beef:4dad::1:2"
DAY = 20_500


@dataclass
class Clocks:
    """What the site sees as time."""

    day: int = DAY
    seconds: float = DAY * 86_400.0
    steady: float = 1_000.0

    def pass_(self, seconds: float) -> None:
        self.seconds += seconds
        self.steady += seconds


@dataclass
class Desk:
    """One site, its mailroom, its clocks and the secret of the one operator, "Desk 3"."""

    app: Flask
    mailroom: OperatorSimulator
    clocks: Clocks
    accounts: Accounts
    secret: str = field(repr=False)

    def code(self) -> str:
        return pyotp.TOTP(self.secret).at(int(self.clocks.seconds))

    def visitor(self) -> "Person":
        return Person(self, self.app.test_client())

    def operator(self) -> "Person":
        """Somebody who is signed in; time passes first, so that no code is used twice."""
        self.clocks.pass_(30)
        person = self.visitor()
        assert person.sign_in().status_code == 303
        return person


@dataclass
class Person:
    """A browser without script."""

    desk: Desk
    client: FlaskClient
    address: str = TOR

    def get(self, path: str, **options: object) -> TestResponse:
        options.setdefault("buffered", True)
        return self.client.get(path, environ_overrides={"REMOTE_ADDR": self.address}, **options)

    def post(
        self, path: str, page: str, fields: dict[str, object] | None = None, **options: object
    ) -> TestResponse:
        """Sends a form with the hidden fields of `page`."""
        hidden = hidden_fields(self.get(page).text)
        return self.client.post(
            path,
            data={**hidden, **(fields or {})},
            environ_overrides={"REMOTE_ADDR": self.address},
            **options,
        )

    def sign_in(
        self, alias: str = "Desk 3", passphrase: str = PASSPHRASE, code: str | None = None, lang: str = "en"
    ) -> TestResponse:
        page = f"/{lang}/sign-in"
        code = self.desk.code() if code is None else code
        return self.post(page, page, {"alias": alias, "passphrase": passphrase, "code": code})

    def upload(self, data: bytes, lang: str = "en") -> TestResponse:
        """Sends the release form. The body is made here: Werkzeug's test client would spool it to a file."""
        path = f"/{lang}/release"
        body, kind = multipart(hidden_fields(self.get(path).text), data)
        return self.client.post(
            path,
            input_stream=BytesIO(body),
            content_type=kind,
            content_length=len(body),
            environ_overrides={"REMOTE_ADDR": self.address},
        )


def multipart(fields: dict[str, str], data: bytes) -> tuple[bytes, str]:
    """A form with one file named `release`, as a browser sends it: the body and its content type."""
    parts = [
        f'--edge\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in fields.items()
    ]
    parts.append('--edge\r\nContent-Disposition: form-data; name="release"; filename="release.sluis"\r\n')
    parts.append("Content-Type: application/octet-stream\r\n\r\n")
    return "".join(parts).encode() + data + b"\r\n--edge--\r\n", "multipart/form-data; boundary=edge"


def hidden_fields(page: str) -> dict[str, str]:
    """Name and value of the hidden fields of a page."""
    found = {}
    for tag in re.findall(r"<input[^>]*type=\"hidden\"[^>]*>", page):
        attributes = dict(re.findall(r'([a-z]+)="([^"]*)"', tag))
        found[attributes["name"]] = html.unescape(attributes.get("value", ""))
    return found


def make_desk(database: str, **changes: object) -> Desk:
    """A site with one operator and a simulated mailroom that has taken in its first release."""
    clocks = Clocks()
    mailroom = OperatorSimulator(lambda: clocks.day)
    mailroom.import_release(b"the first")
    mailroom.taken_in.clear()
    app, accounts, secret = make_site(database, mailroom, clocks, **changes)
    return Desk(app, mailroom, clocks, accounts, secret)


def make_site(
    database: str, mailroom: OperatorPort, clocks: Clocks, **changes: object
) -> tuple[Flask, Accounts, str]:
    """A site over any mailroom, its accounts, and the TOTP secret of its one operator."""
    engine = make_engine(database)
    upgrade(engine)
    accounts = Accounts(engine)
    secret = pyotp.random_base32()
    accounts.add(OperatorRecord("Desk 3", make_hash(PASSPHRASE, CHEAP), secret, CLIENT_KEY), clocks.day)
    settings = JournalistSettings(instance_name="Test line", database=database, cost=CHEAP, **changes)
    app = create_app(settings, mailroom, lambda: clocks.day, lambda: clocks.seconds, lambda: clocks.steady)
    app.testing = True
    return app, accounts, secret


def serve_from_environment() -> None:
    """A site of its own process over a simulated mailroom with one export; the folder gets a copy of it."""
    folder = Path(os.environ["DESK_FOLDER"])

    def made() -> Flask:
        logging.basicConfig(format="%(message)s", level=logging.INFO)
        desk = make_desk(f"sqlite:///{folder / 'accounts.sqlite'}")
        desk.mailroom.make_export()
        (folder / "export").write_bytes(desk.mailroom.closed[0].content)
        (folder / "code").write_text(desk.code())
        (folder / "ready").touch()
        return desk.app

    serve(made, folder / "site.sock", 8)


if __name__ == "__main__":
    serve_from_environment()
