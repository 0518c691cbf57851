"""Kind pages for everything that goes wrong, in the same layout as the others."""

from __future__ import annotations

from flask import Flask, render_template, request
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from journalist_interface.events import Event, report
from journalist_interface.forms import SignInForm
from journalist_interface.texts import SIGN_IN_TEXTS, Reason, export_reason
from journalist_interface.views.answers import Answer
from sluis.errors import SluisError

_PAGES = {
    403: Reason(_l("You are not signed in"), _l("Sign in, and then go on with what you were doing.")),
    404: Reason(
        _l("There is no such page"),
        _l("The export may have been freed already. Look at the list of exports."),
    ),
    405: Reason(_l("This page cannot be opened this way"), _l("Go back to the list of exports.")),
    413: Reason(
        _l("That was too large"),
        _l("It was larger than this page takes in. Go back, and choose another file."),
    ),
    500: Reason(
        _l("Something went wrong here"),
        _l("Try again. If it happens again, tell whoever looks after the server."),
    ),
}
_STALE = Reason(
    _l("This page had been open for too long"), _l("Nothing has changed. Go back to the list, and try again.")
)
_DOWN = _l("The stores do not answer")


def install(app: Flask) -> None:
    """Registers the pages."""

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Answer:
        code = error.code or 500
        if code < 400:
            return error.get_response()
        reason = _PAGES.get(code, _PAGES[500] if code >= 500 else _PAGES[405])
        return _page(reason), code

    @app.errorhandler(CSRFError)
    def _csrf(_error: CSRFError) -> Answer:
        if request.endpoint == "sign_in.page":
            form = SignInForm(formdata=None)
            return render_template("sign_in.html", form=form, problem=SIGN_IN_TEXTS["stale"]), 400
        return _page(_STALE), 400

    @app.errorhandler(SluisError)
    def _sluis(error: SluisError) -> Answer:
        down = error.code == "mailroom-down"
        report(Event.MAILROOM_DOWN if down else Event.FAULT, "" if down else error.code)
        reason = export_reason(error.code)
        return _page(Reason(_DOWN if down else _PAGES[500].why, reason.next)), 503 if down else 500


def _page(reason: Reason) -> str:
    return render_template("message.html", heading=reason.why, text=reason.next)
