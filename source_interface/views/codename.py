"""Making a codename, and coming back with one."""

from __future__ import annotations

from flask import Blueprint, Response, g
from flask_babel import gettext as _

from sluis.errors import BadCheck, CodenameError
from sluis.keytree import derive_root
from source_interface import headers
from source_interface.answering import on_deadline
from source_interface.context import circuit, session, site
from source_interface.explaining import other_codename, wrong_codename
from source_interface.failures import failure
from source_interface.forms import Problem, open_token
from source_interface.pages import PageSize, go, page
from source_interface.permits import Busy, Turn, Work
from source_interface.sessions import StaleToken
from source_interface.views.pages import receiving_problem

blueprint = Blueprint("codename", __name__, url_prefix="/<language>")


@blueprint.get("/new")
def new() -> Response:
    """Shows a fresh codename, unless what is written with it could not be taken in."""
    closed = receiving_problem()
    return failure(closed) if closed else _new_page(site().lexicon.draw(g.language))


@blueprint.post("/new")
@on_deadline
def check_new() -> Response:
    """Compares the codename with what was typed again; the same one is shown until both agree."""
    typed = g.form.get("codename", "")
    try:
        canonical = open_token("new", g.form.get("token", ""))
    except StaleToken:
        return come_back_page(typed, _stale())
    try:
        same = site().lexicon.parse(typed) == canonical
        message = "" if same else other_codename(typed, canonical)
    except BadCheck:
        message = other_codename(typed, canonical)
    except CodenameError as error:
        message = wrong_codename(error)
    if message:
        return _new_page(canonical, typed, Problem("codename", message))
    try:
        with site().permits.derivation(circuit(), new=True) as turn:
            site().permits.take(Work.NEW, circuit())
            return _enter(canonical, turn, "report.write")
    except Busy:
        return _new_page(canonical, typed, _busy(), status=503)


@blueprint.get("/return")
def come_back() -> Response:
    """Asks for the codename."""
    return come_back_page()


@blueprint.post("/return")
@on_deadline
def check_return() -> Response:
    """Takes a codename. One that was never used leads to an empty mailbox: nobody knows which ones exist."""
    typed = g.form.get("codename", "")
    try:
        open_token("return", g.form.get("token", ""))
        with site().permits.derivation(circuit(), new=False) as turn:
            return _enter(site().lexicon.parse(typed), turn, "mailbox.show")
    except StaleToken:
        return come_back_page(typed, _stale())
    except CodenameError as error:
        return come_back_page(typed, Problem("codename", wrong_codename(error)))
    except Busy:
        return come_back_page(typed, _busy(), status=503)


def come_back_page(
    typed: str = "", problem: Problem | None = None, *, ended: bool = False, status: int = 200
) -> Response:
    """The page that asks for the codename; `ended` says that there is no live session (any more)."""
    return page(
        "return.html",
        PageSize.PLAIN,
        status,
        token=site().tokens.seal("return"),
        typed=typed,
        problems=[problem] if problem else [],
        ended=ended,
    )


def _new_page(canonical: str, typed: str = "", problem: Problem | None = None, status: int = 200) -> Response:
    return page(
        "new.html",
        PageSize.PLAIN,
        status,
        codename=canonical,
        token=site().tokens.seal("new", canonical),
        typed=typed,
        problems=[problem] if problem else [],
    )


def _enter(canonical: str, turn: Turn, onward: str) -> Response:
    settings = site().settings
    root = turn.run(lambda: derive_root(canonical, settings.instance_id, settings.kdf))
    earlier = session()
    if earlier is not None:
        site().sessions.end(earlier)
    return headers.set_session(go(onward), site().sessions.create(root))


def _stale() -> Problem:
    return Problem(
        "codename",
        _("This page was open for too long. Your codename still works. Please press the button again."),
    )


def _busy() -> Problem:
    return Problem(
        "codename", _("There are many visitors at the moment. Wait a minute and press the button again.")
    )
