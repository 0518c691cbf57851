"""Uploads stay in RAM and within bounds: Werkzeug would spool a release to a temporary file."""

from __future__ import annotations

from io import BytesIO
from typing import IO, Any

from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge

FORM_MAX = 65_536
"""Bytes of a request that is not an upload, and what an upload may need beside its file."""

PARSER_MAX = 4 * FORM_MAX
"""Bytes that the form parser may hold: its fields, and the block of a file that it is looking at."""

_BLOCK = 65_536


class BoundedMemory(BytesIO):
    """A file in memory that refuses to grow past `most` bytes, with RequestEntityTooLarge."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def write(self, data: Any, /) -> int:
        """As of a file; raises RequestEntityTooLarge instead of growing too large."""
        if self.tell() + len(data) > self._most:
            raise RequestEntityTooLarge
        return super().write(data)


class BoundedRequest(Request):
    """A request whose file parts are held by BoundedMemory, of at most `file_max` bytes each."""

    file_max = 0

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        return BoundedMemory(self.file_max)


def drain(source: IO[bytes], most: int) -> None:
    """Takes in and forgets what is left of a refused upload, up to `most` bytes.

    A server that answers and hangs up while the browser still sends makes the browser show "connection
    reset", and not the answer.
    """
    left = most
    try:
        while left > 0 and (block := source.read(min(_BLOCK, left))):
            left -= len(block)
    except OSError:
        return  # the browser hung up first
