"""Small forms (a codename, a button): read with a bound, believed only when they came from our own page."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from flask import g, request

from source_interface.context import site
from source_interface.multipart import SILENT, body_of, drain
from source_interface.sessions import StaleToken

SMALL_FORM = 16_384
_DRAINED = 1_048_576


@dataclass(frozen=True)
class Problem:
    """Something to mend: the id of the field it belongs to, and what to do, in the reader's language."""

    field: str
    message: str


def read_small_form() -> None:
    """Reads the request to its last byte into `g.form`; a form larger than any of ours counts as empty."""
    source = body_of(request.environ)
    try:
        body = source.read(SMALL_FORM + 1)
    except SILENT:
        body = b""
    if len(body) > SMALL_FORM:
        drain(source, _DRAINED)
        body = b""
    fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=None)
    g.form = {name: values[0] for name, values in fields.items()}


def comes_from_elsewhere() -> bool:
    """True when the browser itself says that another site made it send this form.

    A token proves only that someone asked for the form; so another site could let a visitor's browser send
    one of its own and log the visitor in under a foreign codename. `Origin` is "null" under our referrer
    policy.
    """
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return True
    origin = request.headers.get("Origin", "null")
    return origin != "null" and urlsplit(origin).netloc != request.host


def open_token(purpose: str, token: str, bound: bytes = b"") -> str:
    """The value of a hidden field; raises StaleToken for a forged, foreign or old one."""
    if comes_from_elsewhere():
        raise StaleToken("another site sent this form")
    return site().tokens.open(purpose, token, max_age_s=site().settings.life_s, bound=bound)
