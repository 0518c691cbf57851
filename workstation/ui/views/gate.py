"""Before every view: language, air gap, who has the office open, what they may, a running import."""

from __future__ import annotations

from typing import Any

from flask import Flask, abort, current_app, g, redirect, render_template, request, session, url_for

from sluis.errors import SluisError
from workstation.errors import AirGapBroken
from workstation.ui import access
from workstation.ui.access import PUBLIC
from workstation.ui.reasons import Reason, import_reason, reason
from workstation.ui.sessions import COOKIE
from workstation.ui.settings import LANGUAGES
from workstation.ui.station import station
from workstation.ui.views import giving_back
from workstation.ui.views.answers import Answer

WHILE_IMPORTING = frozenset({"imports.progress", "imports.report", "unlock.lock"})
RETURN_TO = frozenset(
    {
        "inbox.page",
        "inbox.closed",
        "case.page",
        "case.triage",
        "thread.page",
        "imports.page",
        "releases.page",
        "search.page",
        "services.page",
        "consent.page",
        "options.page",
        "holds.page",
        "holds.look",
        "holds.to_confirm",
        "redaction.page",
        "redaction.message",
        "referral.page",
        "referral.write",
        "people.page",
        "ledger.page",
        "phone.page",
        "texts.page",
        "texts.text",
        "about.page",
    }
)
SAVE = "thread.save"
# Every button of a case's page sends all that was typed there.
SAVING = frozenset(
    {
        SAVE,
        "thread.approve",
        "thread.withdraw",
        "case.assign",
        "case.finish_task",
        "case.remove_note",
        "case.go",
        "translation.go",
    }
)
NEXT = "next"
ENDED = "ended"
_UNATTENDED = frozenset({"imports.progress", "search.progress"})


def install(app: Flask) -> None:
    """Registers what happens before every view."""
    app.url_value_preprocessor(_take_language)
    app.url_defaults(_give_language)
    app.before_request(_let_in)


def _take_language(endpoint: str | None, values: dict[str, Any] | None) -> None:
    language = values.pop("lang", None) if values else None
    if language is not None and language not in LANGUAGES:
        g.lang = LANGUAGES[0]
        g.unknown_language = True
        return
    if endpoint is None:  # no such page; it is said in the language of the address
        language = next((code for code in LANGUAGES if request.path.startswith(f"/{code}/")), None)
    g.lang = language or request.accept_languages.best_match(LANGUAGES, LANGUAGES[0])


def _give_language(endpoint: str, values: dict[str, Any]) -> None:
    if "lang" not in values and current_app.url_map.is_endpoint_expecting(endpoint, "lang"):
        values["lang"] = g.get("lang") or LANGUAGES[0]


def _let_in() -> Answer | None:
    if g.get("unknown_language"):
        abort(404)
    if request.endpoint == "static":
        return None
    made = station()
    try:
        g.interfaces, g.lan = made.check_network(), made.holder.lan
    except SluisError as error:
        g.interfaces = error.interfaces if isinstance(error, AirGapBroken) else ()
        g.trouble = not g.interfaces  # of the LAN: what there is of a network is said in the reason
        return message(reason(error.code), 503)
    g.unlocked = made.holder.is_open_for(getattr(session, "name", ""))
    g.actor = made.holder.actor if g.unlocked else None
    if request.endpoint is None or request.endpoint in PUBLIC:
        return None
    if not g.unlocked:
        return _ask_to_unlock()
    if request.endpoint not in _UNATTENDED:
        made.holder.touch()
    if not may(request.endpoint):
        return message(reason("not-allowed"), 403)
    if made.holder.importing and request.endpoint not in WHILE_IMPORTING:
        return _ask_to_wait()
    return None


def _ask_to_unlock() -> Answer:
    if request.endpoint in giving_back.GIVEN_BACK or (request.endpoint in SAVING and _something_typed()):
        # What was typed must not be lost; it is in the answer only, never kept here.
        from workstation.ui.views import unlock

        return unlock.with_kept_text(), 403
    if request.method == "GET" and request.endpoint in RETURN_TO:
        # Without the language, which may be changed before unlocking.
        session[NEXT] = {"endpoint": request.endpoint, **(request.view_args or {})}
    if COOKIE in request.cookies:
        session[ENDED] = True
    return redirect(url_for("unlock.page"), 303)


def _something_typed() -> bool:
    return any(request.form.get(name, "").strip() for name in ("text", "note", "task"))


def _ask_to_wait() -> Answer:
    if request.endpoint in SAVING and _something_typed():
        from workstation.ui.views import thread

        return thread.while_importing(), 503
    if request.endpoint in giving_back.GIVEN_BACK:
        return giving_back.while_importing(), 503
    if request.method == "GET":
        return redirect(url_for("imports.progress"), 303)
    return message(import_reason("busy"), 503)


def may(endpoint: str) -> bool:
    """Whether whoever signed in may open this page, or press this button."""
    return g.get("actor") is not None and access.allowed(g.actor, endpoint)


def home_url(lang: str | None = None) -> str:
    """Where whoever signed in begins."""
    return url_for(access.home(g.get("actor")), lang=lang or g.get("lang") or LANGUAGES[0])


def message(told: Reason, status: int, target: str = "") -> tuple[str, int]:
    """A page that says one thing, and where to go on: `target`, or one's first page."""
    return render_template("message.html", told=told, target=target or home_url()), status
