"""The reporters' site as a Flask application."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable
from importlib import resources
from types import TracebackType
from typing import Any

from flask import Flask, Response, abort, g, request, url_for
from flask_babel import Babel

from mailroom.client import SourceClient
from sluis.codename import Lexicon
from sluis.languages import LANGUAGE_NAMES
from sluis.limits import FILES_PER_REPORT, REPLY_DAYS
from source_interface import headers, views
from source_interface.addresses import filled
from source_interface.answering import keep_pace
from source_interface.context import EXTENSION, Site, UsedForms, over_tor
from source_interface.deadline import Deadline
from source_interface.explaining import size_text
from source_interface.permits import Permits
from source_interface.questions import FOLDED, OPEN, RIGHT_TO_LEFT
from source_interface.sessions import Sessions, TokenBox
from source_interface.settings import SourceSettings
from source_interface.submission import Submitter

SOURCE_LANGUAGE = "en"
# Languages whose texts a native speaker has checked; the others say on each page that nobody has.
REVIEWED: frozenset[str] = frozenset()
_STATIC = {"site.css": "text/css; charset=utf-8", "icon.png": "image/png"}
# Where a change of language leads from an answer to a form.
_PAGE_OF = {
    "pages.leave": "pages.index",
    "codename.check_new": "codename.new",
    "codename.check_return": "codename.come_back",
    "report.send": "report.write",
    "mailbox.delete": "mailbox.show",
    "withdrawal.take_back": "withdrawal.ask",
}
# Slow, so that what is promised holds: a circuit carries 1 to 2 MB/s, a poor connection a tenth of that.
_SLOW_BYTES_S = 250_000


class SourceApp(Flask):
    """Flask that never writes down what a visitor did, and whose addresses all have one length."""

    def url_for(self, endpoint: str, **values: Any) -> str:
        """The address of a page, filled."""
        return filled(super().url_for(endpoint, **values))

    def log_exception(
        self,
        exc_info: tuple[type, BaseException, TracebackType] | tuple[None, None, None],
    ) -> None:
        """Kind and place of a fault of ours; neither its text nor the request, which could name a source."""
        kind, _, trace = exc_info
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        place = f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}" if trace else "?"
        print(f"fault: {kind.__name__ if kind else '?'} at {place}", file=sys.stderr)  # noqa: T201  # the only log

    def tidy(self) -> None:
        """Called every second or so by who serves it: keys of sessions go when their time is over."""
        site: Site = self.extensions[EXTENSION]
        site.sessions.forget_old()
        re.purge()  # the boundary of each report is part of a pattern, and Python keeps patterns


def create_app(
    settings: SourceSettings,
    client: SourceClient,
    lexicon: Lexicon,
    today: Callable[[], int],
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Flask:
    """The application; `today` gives the day (UTC, since 1970-01-01), `clock` is monotonic.

    Raises ValueError for a language whose translation is not there (`make setup` compiles them).
    """
    app = SourceApp(__name__, static_folder=None)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.jinja_options["trim_blocks"] = app.jinja_options["lstrip_blocks"] = True
    app.jinja_env.filters["size"] = size_text
    app.extensions[EXTENSION] = Site(
        settings,
        client,
        lexicon,
        today,
        Sessions(settings.idle_s, settings.life_s, clock),
        TokenBox(clock),
        Permits(settings.cores, clock),
        Deadline(settings.answer_after_s, settings.answer_max_s, clock, sleep),
        Submitter(settings, client, today),
        UsedForms(),
    )
    _speak(app, settings)
    _serve_static(app)
    views.register(app)
    keep_pace(app, clock, sleep)
    app.after_request(headers.finish)
    return app


def _speak(app: Flask, settings: SourceSettings) -> None:
    """The language is the first part of the path; before one is chosen, the browser's."""
    babel = Babel(app, default_locale=SOURCE_LANGUAGE, locale_selector=_language)
    with app.app_context():
        there = {str(locale) for locale in babel.list_translations()}
    missing = set(settings.languages) - there
    if missing:
        raise ValueError(f"no translation of the source site into {', '.join(sorted(missing))}")

    @app.url_value_preprocessor
    def take_language(endpoint: str | None, values: dict[str, str] | None) -> None:
        asked = (values or {}).pop("language", request.path.partition("/")[2].partition("/")[0])
        if asked in settings.languages:
            g.language = asked
            return
        g.language = request.accept_languages.best_match(settings.languages, settings.languages[0])
        if endpoint is not None and app.url_map.is_endpoint_expecting(endpoint, "language"):
            abort(404)

    @app.url_defaults
    def give_language(endpoint: str, values: dict[str, str]) -> None:
        if app.url_map.is_endpoint_expecting(endpoint, "language"):
            values.setdefault("language", _language())

    @app.context_processor
    def furniture() -> dict[str, object]:
        language = _language()
        return {
            "settings": settings,
            "language": language,
            "direction": "rtl" if language in RIGHT_TO_LEFT else "ltr",
            "in_language": lambda code: _in_language(app, code),
            "language_names": {code: LANGUAGE_NAMES[code] for code in settings.languages},
            "reviewed": language in REVIEWED,
            "over_tor": over_tor(request.environ.get("REMOTE_ADDR", "")),
            "open_questions": OPEN,
            "folded_questions": FOLDED,
            "files_per_report": FILES_PER_REPORT,
            "reply_days": REPLY_DAYS,
            "largest_minutes": max(1, round(settings.largest_file / _SLOW_BYTES_S / 60)),
        }


def _in_language(app: Flask, code: str) -> str:
    """The address of this page in another language; from an error page, of the first page."""
    endpoint = _PAGE_OF.get(request.endpoint or "", request.endpoint or "")
    if not endpoint or not app.url_map.is_endpoint_expecting(endpoint, "language"):
        endpoint = "pages.index"
    return url_for(endpoint, language=code)


def _language() -> str:
    return str(g.get("language", SOURCE_LANGUAGE))


def _serve_static(app: Flask) -> None:
    """Two small files, read once: no entity tag and no time of a file leaves the server."""
    folder = resources.files("source_interface") / "static"
    contents = {name: (folder / name).read_bytes() for name in _STATIC}

    @app.get("/static/<name>", endpoint="static")
    def static(name: str) -> Response:
        if name not in contents:
            abort(404)
        return Response(contents[name], content_type=_STATIC[name])
