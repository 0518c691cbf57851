"""A reporter's file: given out as a download, or shown as pictures and text that a sandbox made of it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from urllib.parse import quote

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from workstation.errors import UnknownItem
from workstation.previews.limits import Refused
from workstation.ui.looks import previews
from workstation.ui.preview_words import KINDS, REFUSALS, strip_reason
from workstation.ui.reason import Reason
from workstation.ui.station import actor, office
from workstation.ui.views.answers import Answer

blueprint = Blueprint("files", __name__)
_COPY = "copy-"  # so that the copy never has the name of the file


@blueprint.get("/<lang>/file/<file_id>")
def download(file_id: str) -> Answer:
    """The file; a damaged one breaks off before its announced end, so that the browser says it failed."""
    office().cases.of_file(actor(), file_id)
    info = office().conversations.file_info(actor(), file_id)
    chunks = office().conversations.file_chunks(actor(), file_id)
    first = next(chunks, b"")
    answer = Response(_pieces(first, chunks), mimetype="application/octet-stream")
    answer.headers["Content-Disposition"] = disposition(info.name)
    answer.headers["Content-Length"] = str(info.size)
    return answer


@blueprint.get("/<lang>/file/<file_id>/look")
def look(file_id: str) -> Answer:
    """What the file looks like; the page asks for itself again until all of it is there."""
    office().cases.of_file(actor(), file_id)
    if "again" in request.args:
        previews().again(file_id)
        thread = request.args.get("thread") or None
        return redirect(url_for("files.look", file_id=file_id, thread=thread), 303)
    return _render(file_id)


def _render(file_id: str, problem: Reason | None = None) -> str:
    file = office().conversations.file_info(actor(), file_id)
    thread = request.args.get("thread", "")
    here = url_for("files.look", file_id=file_id, thread=thread or None)
    seen = previews().look(file_id)
    # In this order: what ended is complete, and is shown as it was at one moment.
    ended, pages = seen.ended.is_set(), len(seen.pictures)
    return render_template(
        "look.html",
        file=file,
        look=seen,
        ended=ended,
        pages=pages,
        kind=KINDS.get(seen.kind) if seen.kind else None,
        told=REFUSALS[seen.refusal] if ended and seen.refusal else None,
        copy=office().stripping.of(actor(), file_id),
        copy_name=f"{_COPY}{file.name}",
        desks=office().cases.desks(),
        problem=problem,
        thread=thread,
        back=url_for("thread.page", thread_id=thread) if thread else url_for("inbox.page"),
        here=here,
        again=url_for("files.look", file_id=file_id, thread=thread or None, again="1"),
    )


@blueprint.get("/<lang>/file/<file_id>/look/<int:number>.png")
def picture(file_id: str, number: int) -> Answer:
    """One picture, encoded here from raw pixels."""
    office().cases.of_file(actor(), file_id)
    seen = previews().known(file_id)
    if seen is None or not 0 < number <= len(seen.pictures):
        abort(404)
    return Response(seen.pictures[number - 1].png, mimetype="image/png")


@blueprint.post("/<lang>/file/<file_id>/strip")
def strip(file_id: str) -> Answer:
    """Makes the copy without what the file says of its making, and keeps it."""
    office().stripping.may_make(actor(), file_id)
    try:
        with previews().stripped(file_id) as pieces:
            office().stripping.keep(actor(), file_id, pieces)
    except Refused as error:
        return _render(file_id, strip_reason(error.refusal)), 409
    flash(_("The copy is made and kept. The file itself stayed as it was sent."))
    thread = request.args.get("thread") or None
    return redirect(url_for("files.look", file_id=file_id, thread=thread, _anchor="copy"), 303)


@blueprint.get("/<lang>/file/<file_id>/stripped")
def stripped(file_id: str) -> Answer:
    """The copy; a damaged one breaks off before its announced end."""
    info = office().conversations.file_info(actor(), file_id)
    copy = office().stripping.of(actor(), file_id)
    if copy is None:
        raise UnknownItem("no copy of this file")
    chunks = office().stripping.chunks(actor(), file_id)
    answer = Response(_pieces(next(chunks, b""), chunks), mimetype="application/octet-stream")
    answer.headers["Content-Disposition"] = disposition(f"{_COPY}{info.name}")
    answer.headers["Content-Length"] = str(copy.size)
    return answer


def disposition(name: str) -> str:
    """Content-Disposition for a download under this name (RFC 6266, RFC 8187)."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = "".join(char if char.isalnum() or char in " ._-()" else "_" for char in plain).strip(" .")
    return f"attachment; filename=\"{plain or 'file'}\"; filename*=UTF-8''{quote(name, safe='')}"


def _pieces(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest
