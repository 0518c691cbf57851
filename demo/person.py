"""A person with a browser without script, as a program: opens pages, fills in forms, presses buttons.

It knows HTML forms and cookies and nothing of Sluis, so whatever it manages, a person at Tor Browser's
safest level can do. The demo and the tests drive both sites and the workstation's pages with it.
"""

from __future__ import annotations

import html
import http.client
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlencode, urljoin, urlsplit

_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
_CHUNK = 65_536
MAX_REDIRECTS = 5


@dataclass
class Element:
    """One element: tag, attributes, text of all that is inside."""

    tag: str
    attributes: dict[str, str]
    parent: Element | None = None
    children: list[Element] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All text inside, white space folded; that of `textarea` and `pre` as it is.

        A line break right after one of these two tags is no part of it (HTML, section 13.2.6.4.7).
        """
        raw = "".join(self.pieces)
        return raw.removeprefix("\n") if self.tag in ("textarea", "pre") else " ".join(raw.split())

    def walk(self) -> Iterator[Element]:
        """This element and all inside, in the order of the page."""
        yield self
        for child in self.children:
            yield from child.walk()

    def matches(self, selector: str) -> bool:
        """`tag`, `#id` or `.class`."""
        if selector.startswith("#"):
            return self.attributes.get("id") == selector[1:]
        if selector.startswith("."):
            return selector[1:] in self.attributes.get("class", "").split()
        return self.tag == selector

    def all(self, selector: str) -> list[Element]:
        """Elements inside that match; a space means 'inside'."""
        found = [self]
        for step in selector.split():
            found = [e for outer in found for e in outer.walk() if e is not outer and e.matches(step)]
        return found

    def one(self, selector: str) -> Element:
        """The first match; raises LookupError with the page's own words when there is none."""
        found = self.all(selector)
        if not found:
            raise LookupError(f"no {selector} on this page: {self.text[:600]}")
        return found[0]


class _Tree(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("html-page", {})
        self._at = self.root

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {key: value or "" for key, value in attrs}, self._at)
        self._at.children.append(element)
        if tag not in _VOID:
            self._at = element

    def handle_endtag(self, tag: str) -> None:
        at: Element | None = self._at
        while at is not None and at.tag != tag:
            at = at.parent
        if at is not None and at.parent is not None:
            self._at = at.parent

    def handle_data(self, data: str) -> None:
        at: Element | None = self._at
        while at is not None:
            if at.tag not in ("script", "style"):
                at.pieces.append(data)
            at = at.parent


@dataclass(frozen=True)
class Page:
    """An answer: where it came from, status, headers, body, and the body's elements."""

    url: str
    status: int
    headers: http.client.HTTPMessage
    body: bytes
    root: Element

    @property
    def text(self) -> str:
        """The words on the page."""
        return self.root.text

    def form(self, identifier: str) -> Element:
        """The form with this id or class; raises LookupError."""
        for form in self.root.all("form"):
            if form.matches(f"#{identifier}") or form.matches(f".{identifier}"):
                return form
        raise LookupError(f"no form {identifier} on this page: {self.text[:600]}")


@dataclass(frozen=True)
class Upload:
    """A file to send: its name and where its bytes are."""

    name: str
    path: Path


class Person:
    """Keeps cookies, follows redirects, and speaks HTTP over whatever `connect` opens."""

    def __init__(self, host: str, connect: Callable[[], http.client.HTTPConnection]) -> None:
        """`connect` gives a fresh connection for each request: an onion's, a unix socket's, a port's."""
        self._host = host
        self._connect = connect
        self.cookies: dict[str, str] = {}

    def open(self, path: str, headers: Mapping[str, str] | None = None) -> Page:
        """GET, redirects followed."""
        return self._request("GET", path, None, {}, headers or {})

    def press(
        self,
        page: Page,
        form: str | Element,
        values: Mapping[str, str] | None = None,
        files: Mapping[str, list[Upload]] | None = None,
        button: tuple[str, str] | None = None,
    ) -> Page:
        """Fills in and sends a form of the page, hidden fields included."""
        element = form if isinstance(form, Element) else page.form(form)
        fields = list(_fields(element, values or {}))
        if button is not None:
            fields.append(button)
        action = urljoin(page.url, element.attributes.get("action") or page.url)
        if element.attributes.get("method", "get").lower() != "post":
            return self.open(urlsplit(action)._replace(query=urlencode(fields)).geturl())
        if element.attributes.get("enctype") == "multipart/form-data":
            boundary = secrets.token_hex(16)
            kind = f"multipart/form-data; boundary={boundary}"
            names = [e.attributes.get("name", "") for e in element.all("input") if _is_file(e)]
            body: bytes | Iterator[bytes] = _multipart(boundary, fields, names, files or {})
            length = sum(map(len, _multipart(boundary, fields, names, files or {})))
        else:
            kind = "application/x-www-form-urlencoded"
            body = urlencode(fields).encode("ascii")
            length = len(body)
        headers = {"Content-Type": kind, "Content-Length": str(length)}
        return self._request("POST", action, body, headers, {})

    def _request(
        self,
        method: str,
        url: str,
        body: bytes | Iterator[bytes] | None,
        own: Mapping[str, str],
        extra: Mapping[str, str],
    ) -> Page:
        for _ in range(MAX_REDIRECTS):
            parts = urlsplit(url)
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            headers = {"Host": self._host, "Accept-Language": "en-US,en;q=0.5", **own, **extra}
            if method == "POST":
                headers["Origin"] = f"http://{self._host}"
                headers["Referer"] = f"http://{self._host}/"
            if self.cookies:
                headers["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
            connection = self._connect()
            try:
                connection.request(method, target, body=body, headers=headers)
                response = connection.getresponse()
                content = response.read()
            finally:
                connection.close()
            self._keep_cookies(response)
            location = response.headers.get("Location")
            if response.status in (301, 302, 303, 307, 308) and location:
                method, body, own, url = "GET", None, {}, urljoin(target, location)
                continue
            tree = _Tree()
            if response.headers.get_content_type() == "text/html":
                tree.feed(content.decode("utf-8"))
            return Page(target, response.status, response.headers, content, tree.root)
        raise ConnectionError("too many redirects")

    def _keep_cookies(self, response: http.client.HTTPResponse) -> None:
        for header in response.headers.get_all("Set-Cookie") or []:
            first, *attributes = [piece.strip() for piece in header.split(";")]
            name, _, value = first.partition("=")
            ends = any(a.lower() == "max-age=0" or "01 jan 1970" in a.lower() for a in attributes)
            if ends or not value:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value


def _is_file(element: Element) -> bool:
    return element.attributes.get("type", "text").lower() == "file"


def _fields(form: Element, values: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What a browser would send for this form with these values filled in."""
    for element in form.walk():
        name = element.attributes.get("name")
        if not name or _is_file(element) or element.tag not in ("input", "textarea", "select"):
            continue
        kind = element.attributes.get("type", "text").lower()
        own = element.attributes.get("value", "on" if kind in ("checkbox", "radio") else "")
        if kind in ("radio", "checkbox"):
            chosen = values[name] == own if name in values else "checked" in element.attributes
            if chosen:
                yield name, own
        elif element.tag == "textarea":
            yield name, values.get(name, element.text)
        elif element.tag == "select":
            options = element.all("option")
            marked = [o for o in options if "selected" in o.attributes] or options[:1]
            default = marked[0].attributes.get("value", marked[0].text) if marked else ""
            yield name, values.get(name, default)
        elif kind not in ("submit", "button", "image", "reset"):
            yield name, values.get(name, own)


def _multipart(
    boundary: str,
    fields: list[tuple[str, str]],
    file_names: list[str],
    files: Mapping[str, list[Upload]],
) -> Iterator[bytes]:
    def head(disposition: str, kind: str = "") -> bytes:
        type_line = f"Content-Type: {kind}\r\n" if kind else ""
        return f"--{boundary}\r\nContent-Disposition: form-data; {disposition}\r\n{type_line}\r\n".encode()

    for name, value in fields:
        yield head(f'name="{name}"') + value.replace("\r\n", "\n").replace("\n", "\r\n").encode() + b"\r\n"
    for name in file_names:
        for upload in files.get(name, []):
            yield head(f'name="{name}"; filename="{html.escape(upload.name)}"', "application/octet-stream")
            with upload.path.open("rb") as stream:
                while chunk := stream.read(_CHUNK):
                    yield chunk
            yield b"\r\n"
        if not files.get(name):
            yield head(f'name="{name}"; filename=""', "application/octet-stream") + b"\r\n"
    yield f"--{boundary}--\r\n".encode()
