"""The workstation's pages as a Flask application."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from typing import Any

from babel import Locale
from flask import Flask, g, request, url_for
from flask_babel import Babel, get_locale
from flask_wtf.csrf import CSRFProtect
from jinja2 import ChoiceLoader

from workstation.sheets import sheet
from workstation.ui import answer_texts, case_texts, errors, languages, looks, people_texts, texts
from workstation.ui.headers import add_security_headers
from workstation.ui.holder import Holder
from workstation.ui.reasons import refusal_text
from workstation.ui.sessions import RamSessionInterface
from workstation.ui.settings import LANGUAGES, REPLY_POST_MAX, UiSettings
from workstation.ui.station import Station
from workstation.ui.views import (
    about,
    assigned_texts,
    assignment,
    case,
    consent,
    files,
    gate,
    holds,
    imports,
    inbox,
    keeping,
    ledger,
    muting,
    options,
    pages,
    people,
    person,
    phone,
    redaction,
    referral,
    releases,
    rules,
    search,
    services,
    thread,
    translation,
    unlock,
)

_BLUEPRINTS = (
    pages,
    unlock,
    inbox,
    case,
    thread,
    files,
    imports,
    releases,
    people,
    person,
    keeping,
    assignment,
    ledger,
    search,
    services,
    redaction,
    referral,
    options,
    consent,
    holds,
    phone,
    translation,
    assigned_texts,
    muting,
    rules,
    about,
)


def create_app(
    settings: UiSettings,
    today: Callable[[], int],
    steady: Callable[[], float],
    interfaces: Callable[[], tuple[str, ...]],
    now: Callable[[], float] = time.time,
) -> Flask:
    """The pages over one office folder, which nobody has unlocked yet.

    `today` gives days since 1970-01-01, `steady` seconds of a clock that is never set, `interfaces` the
    network interfaces that are up and should not be (workstation.airgap.open_interfaces), `now` seconds since
    1970, by which one-time codes go.
    """
    app = Flask(__name__)
    app.secret_key = secrets.token_bytes(32)  # signs form tokens; a restart ends every session anyway
    app.config.update(
        MAX_CONTENT_LENGTH=REPLY_POST_MAX,
        MAX_FORM_MEMORY_SIZE=REPLY_POST_MAX,
        WTF_CSRF_TIME_LIMIT=None,  # a token lives as long as its session
        WTF_CSRF_SSL_STRICT=False,  # referrers are forbidden; the token and the SameSite cookie stand alone
    )
    holder = Holder(settings.office_folder, today=today, steady=steady, now=now, idle_s=settings.idle_s)
    looks.install(app, holder)
    sessions = RamSessionInterface()
    app.session_interface = sessions
    app.extensions["station"] = Station(settings, holder, sessions, interfaces, today)
    Babel(app, locale_selector=lambda: g.get("lang") or LANGUAGES[0])

    # In this order: the language, who may come in, then what a form holds.
    gate.install(app)
    CSRFProtect(app)
    for module in _BLUEPRINTS:
        app.register_blueprint(module.blueprint)
    errors.install(app)
    _install_rendering(app, holder, settings)
    app.after_request(add_security_headers)
    return app


def _install_rendering(app: Flask, holder: Holder, settings: UiSettings) -> None:
    app.jinja_env.loader = ChoiceLoader([app.create_global_jinja_loader(), sheet.TEMPLATES])
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        day=texts.day_text,
        number=texts.number_text,
        size=texts.size_text,
        grouped=texts.grouped,
        language_name=languages.language_name,
        refusal=refusal_text,
        direction=sheet.direction,
        case_answer=case_texts.answer_text,
        case_event=case_texts.event_text,
        case_reason=case_texts.reason_text,
        case_risk=case_texts.risk_text,
    )

    @app.context_processor
    def _values() -> dict[str, Any]:
        locale = get_locale()
        unlocked = bool(g.get("unlocked"))
        return {
            "info": holder.info if unlocked else None,
            "actor": g.get("actor"),
            "may": gate.may,
            "home": gate.home_url,
            "ROLES": people_texts.ROLES,
            "URGENCIES": case_texts.URGENCIES,
            "training": holder.training,
            "unlocked": unlocked,
            "importing": holder.importing,
            "interfaces": g.get("interfaces", ()),
            "lan": g.get("lan", ""),
            "trouble": g.get("trouble", False),
            "minutes": round(settings.idle_s / 60),
            "direction": locale.text_direction if locale else "ltr",
            "get_locale": get_locale,
            "offered": LANGUAGES,
            "own_name": _own_name,
            "same_page": _same_page,
            "INTEGRITY": texts.INTEGRITY,
            "CONTINUITY": texts.CONTINUITY,
            "WARNINGS": texts.WARNINGS,
            "AUTOMATIC": answer_texts.AUTOMATIC,
        }


def _own_name(code: str) -> str:
    name = Locale.parse(code).get_display_name()
    return name[:1].upper() + name[1:] if name else code


def _same_page(language: str) -> str:
    """This page in another language."""
    others = {"unlock.page", "files.look", "imports.report", "releases.report"}
    if request.endpoint in gate.RETURN_TO | others:
        return url_for(request.endpoint, **{**(request.view_args or {}), "lang": language})
    return gate.home_url(lang=language)
