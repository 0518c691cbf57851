"""Writing, and the list of what arrived."""

from __future__ import annotations

import secrets

from flask import Blueprint, Response, g, request
from werkzeug.exceptions import InternalServerError

from sluis.days import date_of
from sluis.errors import SluisError
from source_interface import headers
from source_interface.answering import leave_late
from source_interface.context import circuit, session, site
from source_interface.explaining import not_sent
from source_interface.failures import failure
from source_interface.forms import Problem
from source_interface.multipart import body_of
from source_interface.pages import PageSize, go, page
from source_interface.questions import FOLDED
from source_interface.reception import ON_ITS_WAY, RECEIVED, Reception
from source_interface.views.codename import come_back_page

blueprint = Blueprint("report", __name__, url_prefix="/<language>")


@blueprint.get("/write")
def write() -> Response:
    """The form, for whoever has a live session."""
    if session() is None:
        return come_back_page(ended=True)
    return _write_page(Reception(site(), circuit(), session(), g.language))


@blueprint.post("/write")
def send() -> Response:
    """Takes in a report while it arrives; then shows what arrived, or the form with all that was typed."""
    reception = g.reception = Reception(site(), circuit(), session(), g.language)
    reception.run(body_of(request.environ), request.headers.get("Content-Type", ""))
    # Late, but true: "busy" would let the source think that the report was not taken.
    return leave_late(site().deadline.start(), _answer(reception))


def _answer(reception: Reception) -> Response:
    response = go("report.received") if reception.sent else _write_page(reception)
    return headers.set_session(response, reception.cookie) if reception.cookie else response


@blueprint.errorhandler(InternalServerError)
def fault(_: InternalServerError) -> Response:
    """A fault of ours while a report came in: what was typed goes back to the source all the same."""
    reception: Reception | None = g.get("reception")
    if reception is None:
        return failure("fault")
    if not reception.sent:
        reception.problems.append(Problem("text", not_sent(SluisError())))
    return _answer(reception)


@blueprint.get("/received")
def received() -> Response:
    """What arrived, what did not and why, and what happens next; refreshes itself while files come in."""
    live = session()
    if live is None:
        return come_back_page(ended=True)
    entries = tuple(live.arrived)
    return page(
        "received.html",
        PageSize.FORM,
        entries=entries,
        arrived=[one for one in entries if one.state == RECEIVED],
        coming=[one for one in entries if one.state == ON_ITS_WAY],
        missing=[one for one in entries if one.state not in (RECEIVED, ON_ITS_WAY)],
        come_back=date_of(site().today() + site().settings.answer_days),
    )


def _write_page(reception: Reception) -> Response:
    return page(
        "write.html",
        PageSize.FORM,
        token=site().tokens.seal("write", secrets.token_urlsafe(16)),
        fields=reception.fields,
        problems=reception.problems,
        files_left_out=reception.files_left_out,
        ask_codename=reception.session is None,
        more_open=any(reception.fields.get(question.code) for question in FOLDED),
        file_room=_file_room(),
    )


def _file_room() -> bool:
    try:
        status = site().client.status()
    except SluisError:
        return True
    return not status.ready or status.file_room
