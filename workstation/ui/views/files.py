"""A reporter's file, given out as a download only: nothing of it is ever shown in a page."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from urllib.parse import quote

from flask import Blueprint, Response

from workstation.ui.station import office
from workstation.ui.views.answers import Answer

blueprint = Blueprint("files", __name__)


@blueprint.get("/<lang>/file/<file_id>")
def download(file_id: str) -> Answer:
    """The file; a damaged one breaks off before its announced end, so that the browser says it failed."""
    info = office().file_info(file_id)
    chunks = office().file_chunks(file_id)
    first = next(chunks, b"")
    answer = Response(_pieces(first, chunks), mimetype="application/octet-stream")
    answer.headers["Content-Disposition"] = disposition(info.name)
    answer.headers["Content-Length"] = str(info.size)
    return answer


def disposition(name: str) -> str:
    """Content-Disposition for a download under this name (RFC 6266, RFC 8187)."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = "".join(char if char.isalnum() or char in " ._-()" else "_" for char in plain).strip(" .")
    return f"attachment; filename=\"{plain or 'file'}\"; filename*=UTF-8''{quote(name, safe='')}"


def _pieces(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest
