"""The demo's own page: where everything is, who may sign in with what, and what to try, step by step.

It exists so that nobody needs a terminal after `make run`. It shows secrets, all of them of the demo, on a
loopback port only.
"""

from __future__ import annotations

import html
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

_STYLE = """
body { font: 1.05rem/1.55 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem;
       color: #1d2330; background: #fbfaf7; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2rem; }
dt { font-weight: 600; margin-top: .8rem; } dd { margin: .1rem 0 0; overflow-wrap: anywhere; }
code { font-size: 1rem; background: #eceae2; padding: .1rem .3rem; border-radius: .2rem; }
.warn { border-left: .4rem solid #b45309; padding: .2rem 1rem; background: #fdf3e3; }
@media (prefers-color-scheme: dark) { body { color: #e6e4dd; background: #17191e; }
  code { background: #2a2d35; } .warn { background: #33270f; } a { color: #9ecbff; } }
"""


@dataclass(frozen=True)
class Section:
    """A heading with pairs of (what, value); a value that begins with http is a link, others are code."""

    title: str
    pairs: Sequence[tuple[str, str]]


def page(sections: Sequence[Section], steps: Sequence[str]) -> bytes:
    """The whole page as UTF-8."""
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Sluis demo</title>',
        '<meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="15">',
        f"<style>{_STYLE}</style></head><body><h1>Sluis, on this machine, to try</h1>",
        '<p class="warn">This is a demonstration with invented cases. Never report anything real here: the ',
        "private Tor network is on this one machine, and everything on this page is public.</p>",
        "<h2>Try it</h2><ol>",
        *(f"<li>{html.escape(step)}</li>" for step in steps),
        "</ol>",
    ]
    for section in sections:
        parts.append(f"<h2>{html.escape(section.title)}</h2><dl>")
        for what, value in section.pairs:
            shown = html.escape(value)
            if value.startswith("http://127.0.0.1"):
                shown = f'<a href="{shown}">{shown}</a>'
            else:
                shown = f"<code>{shown}</code>"
            parts.append(f"<dt>{html.escape(what)}</dt><dd>{shown}</dd>")
        parts.append("</dl>")
    parts.append("<p>Stop everything with Ctrl-C where you started it.</p></body></html>")
    return "".join(parts).encode("utf-8")


class Guide:
    """Serves one page, made anew at each request, on a loopback port that the kernel chooses."""

    def __init__(self, make: Callable[[], bytes]) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                content = make() if self.path == "/" else b""
                self.send_response(200 if content else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Cache-Control", "no-store")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: object) -> None:
                """Nothing is logged."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port: int = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, name="guide", daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
