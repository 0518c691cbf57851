"""A reporter's file: given out as a download, or shown as pictures and text that a sandbox made of it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from urllib.parse import quote

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for

from workstation.ui.looks import previews
from workstation.ui.preview_words import KINDS, REFUSALS
from workstation.ui.station import actor, office
from workstation.ui.views.answers import Answer

blueprint = Blueprint("files", __name__)


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
    file = office().conversations.file_info(actor(), file_id)
    thread = request.args.get("thread", "")
    here = url_for("files.look", file_id=file_id, thread=thread or None)
    if "again" in request.args:
        previews().again(file_id)
        return redirect(here, 303)
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


def disposition(name: str) -> str:
    """Content-Disposition for a download under this name (RFC 6266, RFC 8187)."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = "".join(char if char.isalnum() or char in " ._-()" else "_" for char in plain).strip(" .")
    return f"attachment; filename=\"{plain or 'file'}\"; filename*=UTF-8''{quote(name, safe='')}"


def _pieces(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest
