"""Pages for what cannot be done: what happened, what was kept, what to do; never a traceback."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, Response, request
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from werkzeug.exceptions import HTTPException, InternalServerError, MethodNotAllowed, NotFound

from sluis.errors import SluisError
from source_interface.explaining import kind_of
from source_interface.multipart import body_of, drain
from source_interface.pages import PageSize, page

_DRAINED = 1_048_576


@dataclass(frozen=True)
class Failure:
    """One error page."""

    status: int
    heading: LazyString
    text: LazyString


_TOMORROW = _l("Nothing was sent. Please come back tomorrow.")
FAILURES = {
    "busy": Failure(
        503,
        _l("There are many visitors now"),
        _l("We could not do this at the moment. Your codename is fine. Wait a minute and try again."),
    ),
    "store-full": Failure(503, _l("Our storage is full"), _TOMORROW),
    "not-receiving": Failure(503, _l("We cannot take in messages at the moment"), _TOMORROW),
    "mailroom-down": Failure(
        503,
        _l("A part of our site does not work"),
        _l("We could not do this at the moment. We will mend it. Wait ten minutes and try again."),
    ),
    "fault": Failure(
        500,
        _l("Something went wrong on our side"),
        _l("It is not your fault. Wait a minute and try again."),
    ),
    "not-found": Failure(
        404,
        _l("This page does not exist"),
        _l("Maybe the address was not typed right. From the first page you can find everything."),
    ),
    "not-so": Failure(
        405,
        _l("This page cannot be opened like this"),
        _l("Begin again at the first page. Nothing was sent."),
    ),
    "request": Failure(
        400,
        _l("Your browser sent something that we do not understand"),
        _l("Begin again at the first page. Nothing was sent."),
    ),
}


def failure(kind: str) -> Response:
    """The page of this kind of failure."""
    known = FAILURES[kind]
    return page("failure.html", PageSize.PLAIN, known.status, heading=known.heading, text=known.text)


def failed(error: SluisError) -> Response:
    """The page for an error that was raised on purpose."""
    return failure(kind_of(error))


def _refused(error: HTTPException) -> Response:
    if request.method == "POST":
        drain(body_of(request.environ), _DRAINED)
    if isinstance(error, NotFound):
        return failure("not-found")
    if isinstance(error, MethodNotAllowed):
        answer = failure("not-so")
        answer.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
        return answer
    if isinstance(error, InternalServerError):
        return failure("fault")
    return failure("request")


def register(app: Flask) -> None:
    """Every error, expected or not, ends in one of these pages."""
    app.register_error_handler(SluisError, failed)
    app.register_error_handler(HTTPException, _refused)
