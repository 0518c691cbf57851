"""The type of what a view answers with."""

from __future__ import annotations

from werkzeug.wrappers import Response

Answer = str | Response | tuple[str, int]
