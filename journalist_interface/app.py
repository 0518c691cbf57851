"""The operators' onion site as a Flask application."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from ipaddress import IPv6Network, ip_address
from typing import Any

from babel import Locale
from flask import Flask, Response, g, request, url_for
from flask_babel import Babel, get_locale
from flask_wtf.csrf import CSRFProtect

from journalist_interface import errors, texts
from journalist_interface.accounts import Accounts, make_engine
from journalist_interface.accounts.passphrases import PassphraseChecker
from journalist_interface.accounts.schema import require_current
from journalist_interface.events import Event, report
from journalist_interface.headers import add_security_headers
from journalist_interface.port import OperatorPort
from journalist_interface.sessions import RamSessionInterface, Sessions
from journalist_interface.settings import JournalistSettings
from journalist_interface.sign_in import SignIn
from journalist_interface.site import Site
from journalist_interface.throttle import Throttle
from journalist_interface.uploads import FORM_MAX, PARSER_MAX, BoundedRequest, drain
from journalist_interface.views import exports, gate, pages, releases, sign_in

_TOR_CIRCUITS = IPv6Network(
    "fc00:dead:beef:4dad::/64"
)  # HiddenServiceExportCircuitID haproxy, in tor's manual

_LOCALES = {"en": "en_GB", "nl": "nl"}  # how days are written


class JournalistApp(Flask):
    """Flask, but a fault is logged by the name of its class only: a traceback can hold what was typed."""

    def log_exception(self, exc_info: Any) -> None:
        """Logs the class of an exception that nobody handled."""
        report(Event.FAULT, exc_info[0].__name__ if exc_info and exc_info[0] else "")

    def tidy(self) -> None:
        """Called every second or so by who serves it: sessions go when their time is over."""
        site: Site = self.extensions["site"]
        site.sessions.forget_old()


def create_app(
    settings: JournalistSettings,
    client: OperatorPort,
    today: Callable[[], int],
    now: Callable[[], float],
    steady: Callable[[], float] | None = None,
) -> Flask:
    """The site over one mailroom.

    `today` gives days since 1970-01-01, `now` seconds since then (for one-time codes), `steady` seconds of a
    clock that is never set (for sessions and throttling; `now` without one). Raises SchemaError when the
    accounts database is not of this version.
    """
    engine = make_engine(settings.database)
    require_current(engine)
    accounts = Accounts(engine)
    clock = steady or now
    sessions = Sessions(settings.idle_s, settings.life_s, clock)
    checker = PassphraseChecker(settings.cost)
    signing_in = SignIn(accounts, checker, Throttle(settings.throttle, clock), now)

    app = JournalistApp(__name__)
    app.request_class = type("Request", (BoundedRequest,), {"file_max": settings.release_size})
    app.secret_key = secrets.token_bytes(32)  # signs form tokens; a restart ends every session anyway
    app.config.update(
        MAX_CONTENT_LENGTH=FORM_MAX,
        MAX_FORM_MEMORY_SIZE=PARSER_MAX,
        WTF_CSRF_TIME_LIMIT=None,  # a token lives as long as its session
        WTF_CSRF_SSL_STRICT=False,  # we forbid referrers; the token and the SameSite cookie stand alone
    )
    app.extensions["site"] = Site(settings, client, accounts, sessions, signing_in, today)
    app.session_interface = RamSessionInterface(sessions)
    Babel(app, locale_selector=lambda: _LOCALES[g.get("lang") or settings.offered[0]])

    # In this order: the language, who may come in, then what a form holds.
    gate.install(app)
    CSRFProtect(app)
    for blueprint in (pages.blueprint, sign_in.blueprint, exports.blueprint, releases.blueprint):
        app.register_blueprint(blueprint)
    errors.install(app)
    _install_rendering(app, settings)
    app.after_request(add_security_headers)
    app.after_request(_drain_what_was_not_read)
    return app


def _install_rendering(app: Flask, settings: JournalistSettings) -> None:
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(day=texts.day_text, size=texts.size_text, grouped=texts.grouped)

    @app.context_processor
    def _values() -> dict[str, Any]:
        locale = get_locale()
        return {
            "settings": settings,
            "direction": locale.text_direction if locale else "ltr",
            "without_tor": not came_over_tor(request.remote_addr),
            "signed_in": g.get("operator"),
            "get_locale": get_locale,
            "language_name": _language_name,
            "same_page": _same_page,
        }


def _language_name(code: str) -> str:
    name = Locale.parse(code).get_display_name()
    return name[:1].upper() + name[1:] if name else code


def _same_page(language: str) -> str:
    """This page in another language; the list, or the sign-in form, for what is not a page to return to."""
    known = request.endpoint in {"sign_in.page", "exports.page", "releases.page"}
    endpoint = request.endpoint if known and request.endpoint else "pages.home"
    if request.endpoint == "exports.make":
        endpoint = "exports.page"
    return url_for(endpoint, lang=language)


def came_over_tor(address: str | None) -> bool:
    """True when the request carries the circuit address that our tor adds."""
    try:
        return ip_address(address or "") in _TOR_CIRCUITS
    except ValueError:
        return False


def _drain_what_was_not_read(response: Response) -> Response:
    if request.method == "POST" and not 200 <= response.status_code < 300:
        source, most = request.environ["wsgi.input"], gate.site().settings.drain_size
        response.call_on_close(lambda: drain(source, most))
    return response
