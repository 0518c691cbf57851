"""How the site is served: behind tor, for many visitors at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from serving.unix_site import QuietLog, onion_options


class SourceLog(QuietLog):
    """Not even the class of a fault while a source is being served."""

    def exception(self, msg: object, *args: object, **kwargs: object) -> None:
        """That there was a fault."""
        self.error_log.error("a connection ended by a fault")


def options(bind: Path, threads: int) -> dict[str, Any]:
    """Gunicorn's settings; `bind` is the path of the unix socket that tor connects to."""
    return onion_options("source", bind, threads) | {
        "worker_connections": 4 * threads,
        "backlog": 512,
        "proxy_allow_ips": "*",  # whoever reaches the socket is tor: its mode sees to that
        "limit_request_line": 1_024,
        "limit_request_fields": 40,
        "limit_request_field_size": 4_094,
        "logger_class": SourceLog,
    }
