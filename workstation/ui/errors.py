"""Kind pages for everything that goes wrong, in the same layout as the others; never a traceback."""

from __future__ import annotations

import logging

from flask import Flask, request, url_for
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from sluis.errors import SluisError
from workstation.ui.medium import error_of
from workstation.ui.reasons import Reason, reason
from workstation.ui.typed import read_typed
from workstation.ui.views import gate, giving_back, thread, unlock
from workstation.ui.views.answers import Answer

_log = logging.getLogger("workstation.ui")
_BACK = _l("Go on from your first page.")
_PAGES = {
    404: Reason(_l("There is no such page."), _BACK),
    405: Reason(_l("This page cannot be opened this way."), _BACK),
    413: Reason(_l("That was more than this page takes in."), _BACK),
    500: Reason(
        _l("Something went wrong here."),
        _l("Try again. If it happens again, tell whoever looks after the workstation."),
    ),
}
STALE = Reason(
    _l("This page had been open for too long, or the workstation was locked in between."),
    _l("Nothing has changed. Go back, and try again."),
)
_STATUS = {
    "locked": 403,
    "not-allowed": 403,
    "own-reply": 409,
    "unknown-item": 404,
    "wrong-state": 409,
    "busy": 503,
    "seat-busy": 503,
    "server-away": 503,
    "server-keeps": 503,
    "server-unproven": 503,
}


def install(app: Flask) -> None:
    """Registers the pages."""

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Answer:
        code = error.code or 500
        if code < 400:
            return error.get_response()
        told = _PAGES.get(code, _PAGES[500] if code >= 500 else _PAGES[405])
        return gate.message(told, code)

    @app.errorhandler(CSRFError)
    def _csrf(_error: CSRFError) -> Answer:
        return _stale()

    @app.errorhandler(SluisError)
    def _sluis(error: SluisError) -> Answer:
        target = url_for("unlock.page") if error.code == "locked" else ""
        return gate.message(reason(error.code), _STATUS.get(error.code, 500), target)

    @app.errorhandler(OSError)
    def _os(error: OSError) -> Answer:
        _log.error("fault %s", type(error).__name__)
        return gate.message(reason(error_of(error).code), 500)

    @app.errorhandler(Exception)
    def _fault(error: Exception) -> Answer:
        _log.error("fault %s", type(error).__name__)  # a traceback can hold what was typed
        return gate.message(_PAGES[500], 500)


def _stale() -> Answer:
    """The form again, with all that was typed, where there is anything to lose."""
    if request.endpoint == "unlock.page":
        return unlock.render(unlock.new_form(), STALE), 400
    named = request.view_args or {}
    if request.endpoint in gate.SAVING:
        typed = read_typed(named.get("thread_id", ""))
        return thread.give_back(typed.thread_id, typed.reply_id, typed.form(), "stale")
    if request.endpoint in giving_back.GIVEN_BACK:
        address, fields = giving_back.named(), giving_back.filled_in()
        return giving_back.give_back(request.endpoint, address, fields, "stale"), 400
    return gate.message(STALE, 400)
