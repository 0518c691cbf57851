"""The list of exports, making one, and handing them out, in pieces if need be."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, Response, abort, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.http import quote_etag

from journalist_interface.events import Event, report
from journalist_interface.forms import ExportForm
from journalist_interface.notice_texts import notice_text
from journalist_interface.notices import notices
from journalist_interface.port import Status
from journalist_interface.ranges import Span, Unsatisfiable, choose_span
from journalist_interface.sessions import RamSession
from journalist_interface.texts import Reason, export_reason
from journalist_interface.views.answers import Answer
from journalist_interface.views.gate import site
from sluis.errors import SluisError

blueprint = Blueprint("exports", __name__, url_prefix="/<lang>/exports")

_CHANGED, _NOT_READY = "changed", "not-ready"


@blueprint.get("")
def page() -> Answer:
    """What there is to hand out, and what to look after."""
    made = session.pop("made", None)
    result = _("Export %(serial)s was made. It is ready to be downloaded below.", serial=made) if made else ""
    return _show(site().client.status(), result)


@blueprint.post("")
def make() -> Answer:
    """Makes an export, unless one was made since the page with the button was opened."""
    form = ExportForm()
    with site().exporting:
        status = site().client.status()
        if form.newest.data != str(newest(status)):
            return _show(status, problem=export_reason(_CHANGED)), 409
        if status.open_since_day is None:
            return _show(status, problem=export_reason(_NOT_READY)), 409
        try:
            serial = site().client.make_export()
        except SluisError as error:
            report(Event.EXPORT_REFUSED, error.code)
            if error.code == "mailroom-down":
                raise
            return _show(site().client.status(), problem=export_reason(error.code)), 409
    report(Event.EXPORT_MADE)
    session["made"] = serial
    return redirect(url_for("exports.page"), 303)


def newest(status: Status) -> int:
    """The newest export's serial; 0 when there is none."""
    return max((bank.serial for bank in status.closed), default=0)


def _show(status: Status, result: str = "", problem: Reason | None = None) -> str:
    warned = notices(status, site().today(), site().settings.alarms)
    return render_template(
        "exports.html",
        status=status,
        closed=sorted(status.closed, key=lambda bank: -bank.serial),
        warnings=[(notice_text(each), each.urgent) for each in warned],
        form=ExportForm(formdata=None, newest=newest(status)),
        result=result,
        problem=problem,
    )


@blueprint.get("/<int:serial>")
def download(serial: int) -> Answer:
    """One export: all of it, or from where an earlier download broke off (RFC 9110, section 14)."""
    bank = next((bank for bank in site().client.status().closed if bank.serial == serial), None)
    if bank is None:
        abort(404)
    size, etag = site().client.export_size(), bank.header_hash.hex()
    asked = (
        request.headers.get("Range") if request.method == "GET" else None
    )  # the RFC defines it for GET only
    try:
        span = choose_span(size, etag, asked, request.headers.get("If-Range"))
    except Unsatisfiable:
        response = Response(status=416, headers={"Content-Range": f"bytes */{size}"})
    else:
        response = _pieces(serial, span or Span(0, size, size), partial=span is not None)
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["ETag"] = quote_etag(etag)
    return response


def _pieces(serial: int, span: Span, *, partial: bool) -> Response:
    response = Response(
        None if request.method == "HEAD" else _read(serial, span),
        206 if partial else 200,
        {
            "Content-Length": str(span.length),
            "Content-Disposition": f'attachment; filename="export-{serial}.sluis"',
        },
        content_type="application/octet-stream",
        direct_passthrough=True,
    )
    if partial:
        response.headers["Content-Range"] = span.content_range
    return response


def _read(serial: int, span: Span) -> Iterator[bytes]:
    """The span, a chunk at a time; keeps the session alive, so that a slow line does not sign anybody out."""
    here, name = site(), session.name if isinstance(session, RamSession) else ""

    def chunks() -> Iterator[bytes]:
        at = span.start
        while at < span.stop:
            here.sessions.open(name)
            wanted = min(here.settings.chunk_size, span.stop - at)
            try:
                chunk = here.client.read_export(serial, at, wanted)
            except SluisError as error:
                report(Event.DOWNLOAD_BROKEN, error.code)
                return  # fewer bytes than announced: the browser sees that it broke, and can go on later
            if not 0 < len(chunk) <= wanted:
                report(Event.DOWNLOAD_BROKEN)
                return
            at += len(chunk)
            yield chunk

    return chunks()
