"""Before every view: the language of the page, and whether this visitor may see it."""

from __future__ import annotations

import hashlib
from typing import Any

from flask import Flask, abort, current_app, g, redirect, request, session, url_for

from journalist_interface.accounts import Operator
from journalist_interface.sessions import COOKIE, OPERATOR, renew
from journalist_interface.site import Site
from journalist_interface.uploads import FORM_MAX
from journalist_interface.views.answers import Answer

PUBLIC = frozenset({"static", "pages.start", "pages.home", "sign_in.page"})
DOWNLOAD = "exports.download"
UPLOAD = "releases.page"
ENDED = "ended"


def site() -> Site:
    """What this application was made of."""
    made: Site = current_app.extensions["site"]
    return made


def install(app: Flask) -> None:
    """Registers what happens before every view."""
    app.url_value_preprocessor(_take_language)
    app.url_defaults(_give_language)
    app.before_request(_let_in)


def _take_language(endpoint: str | None, values: dict[str, Any] | None) -> None:
    offered = site().settings.offered
    language = values.pop("lang", None) if values else None
    if language is not None and language not in offered:
        g.lang = offered[0]
        g.unknown_language = True
        return
    if language is None and request.endpoint is None:
        language = request.path.split("/")[1]  # a page that does not exist, in the language of its path
    g.lang = language if language in offered else request.accept_languages.best_match(offered, offered[0])


def _give_language(endpoint: str, values: dict[str, Any]) -> None:
    if "lang" not in values and current_app.url_map.is_endpoint_expecting(endpoint, "lang"):
        values["lang"] = g.get("lang") or site().settings.offered[0]


def _let_in() -> Answer | None:
    if g.get("unknown_language"):
        abort(404)
    g.operator = _who()
    if request.endpoint == UPLOAD:
        request.max_content_length = site().settings.release_size + FORM_MAX
    if request.endpoint is None or request.endpoint in PUBLIC or g.operator:
        return None
    if request.endpoint == DOWNLOAD:
        # Not a redirect: a browser that goes on with a download would take the sign-in page for the file.
        abort(403)
    if COOKIE in request.cookies:
        session[ENDED] = True
    return redirect(url_for("sign_in.page"), 303)


def remember(operator: Operator) -> None:
    """Signs an operator in, under a new session name."""
    renew(session, site().sessions)
    session[OPERATOR] = (operator.id, _proof(operator))


def _who() -> Operator | None:
    """The operator of this session; None, and no session, once the account is gone or was replaced."""
    kept = session.get(OPERATOR)
    if kept is None:
        return None
    operator = site().accounts.get(kept[0])
    if operator is None or _proof(operator) != kept[1]:
        renew(session, site().sessions)
        return None
    return operator


def _proof(operator: Operator) -> bytes:
    return hashlib.sha256(operator.passphrase_hash.encode()).digest()
