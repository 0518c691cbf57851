"""Pages that need no codename: the first one, how we work, leaving."""

from __future__ import annotations

import base64

from flask import Blueprint, Response

from sluis.errors import SluisError
from source_interface import headers
from source_interface.context import session, site
from source_interface.explaining import kind_of
from source_interface.forms import read_small_form
from source_interface.pages import PageSize, go, page

root = Blueprint("root", __name__)
blueprint = Blueprint("pages", __name__, url_prefix="/<language>")
_ARMOUR_LINE = 64


@root.get("/")
def first() -> Response:
    """The first page in the language that the browser prefers."""
    return index()


@blueprint.get("/", strict_slashes=False)
def index() -> Response:
    """Who this is for, what we can and cannot do, and two ways on."""
    return page("index.html", PageSize.PLAIN, closed=receiving_problem())


@blueprint.get("/about")
def about() -> Response:
    """How we work: who reads, how long things are kept, rights, traces, encrypting oneself."""
    return page("about.html", PageSize.PLAIN, certificate=_certificate())


@blueprint.post("/leave")
def leave() -> Response:
    """Ends the session. Needs no token: being made to leave harms nobody, and it must always work."""
    read_small_form()
    live = session()
    if live is not None:
        site().sessions.end(live)
    answer = headers.end_session(go("pages.left"))
    answer.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    return answer


@blueprint.get("/left")
def left() -> Response:
    """A page that says nothing about this site."""
    return page("left.html", PageSize.PLAIN)


def receiving_problem() -> str:
    """Why no message can be taken in now, as a kind of failure; empty when all is well."""
    try:
        status = site().client.status()
    except SluisError as error:
        return kind_of(error)
    if status.ready:
        return ""
    return "store-full" if status.reason == "store-full" else "not-receiving"


def _certificate() -> str:
    """The OpenPGP certificate, armoured (RFC 9580, section 6.2, without a checksum); empty without one."""
    try:
        status = site().client.status()
    except SluisError:
        return ""
    if not status.ready:
        return ""
    text = base64.b64encode(status.certificate).decode("ascii")
    lines = [text[start : start + _ARMOUR_LINE] for start in range(0, len(text), _ARMOUR_LINE)]
    begin, end = ("-----BEGIN PGP PUBLIC KEY BLOCK-----", "", *lines), "-----END PGP PUBLIC KEY BLOCK-----"
    return "\n".join((*begin, end))
