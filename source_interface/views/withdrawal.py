"""Taking back what was sent: the page that says what that can and cannot undo, and the sending of it.

The page is the same for every codename, whether something was ever sent with it or not.
"""

from __future__ import annotations

from flask import Blueprint, Response, g
from flask_babel import gettext as _

from sluis.days import date_of
from sluis.envelope import SCOPE, WithdrawScope
from sluis.errors import SluisError
from source_interface.answering import late_but_true, on_deadline
from source_interface.context import circuit, session, site
from source_interface.explaining import not_taken_back
from source_interface.forms import Problem, open_token
from source_interface.pages import PageSize, page
from source_interface.permits import Work
from source_interface.sessions import Session, StaleToken
from source_interface.views.codename import come_back_page
from source_interface.views.pages import receiving_problem

blueprint = Blueprint("withdrawal", __name__, url_prefix="/<language>")
_PURPOSE = "withdraw"


@blueprint.get("/withdraw")
@on_deadline
def ask() -> Response:
    """What taking back does and does not do, and the choice between its two scopes."""
    live = session()
    return come_back_page(ended=True) if live is None else _page(live)


@blueprint.post("/withdraw")
@late_but_true
def take_back() -> Response:
    """Sends the withdrawal; the page with its choice comes back when that cannot be done."""
    live = session()
    if live is None:
        return come_back_page(problem=Problem("codename", _not_without_session()))
    chosen = g.form.get(SCOPE, "")
    try:
        open_token(_PURPOSE, g.form.get("token", ""), live.session_id)
        scope = WithdrawScope(chosen)
    except StaleToken:
        return _page(live, chosen, _("Nothing was taken back yet. Please press the button again."))
    except ValueError:
        return _page(live, problem=_("Choose what you want to take back. Nothing was taken back yet."))
    try:
        _send(live, scope)
    except SluisError as error:
        return _page(live, chosen, not_taken_back(error))
    return page(
        "withdrawn.html",
        PageSize.PLAIN,
        scope=scope,
        come_back=date_of(site().today() + site().settings.answer_days),
    )


def _send(live: Session, scope: WithdrawScope) -> None:
    site().permits.take(Work.TEXT, circuit())
    read = live.read
    site().submitter.send_withdraw(
        live.keys(), scope=scope, language=g.language, sequence=live.next_sequence(), read=read
    )
    live.told(read)


def _page(live: Session, chosen: str = "", problem: str = "") -> Response:
    return page(
        "withdraw.html",
        PageSize.PLAIN,
        token=site().tokens.seal(_PURPOSE, bound=live.session_id),
        chosen=chosen,
        problems=[Problem(SCOPE, problem)] if problem else [],
        closed=receiving_problem(),
    )


def _not_without_session() -> str:
    text = _(
        "Your session has ended, to keep you safe. Nothing was taken back yet. Type your codename, and "
        "choose “Take back what I sent” once more."
    )
    return str(text)
