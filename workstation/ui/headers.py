"""Headers of every answer: nothing is loaded from elsewhere, framed, sniffed or kept."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response, g, request

SECURITY_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
    "X-DNS-Prefetch-Control": "off",
}


def add_security_headers(response: Response) -> Response:
    """Sets the headers above; a static file tells nothing of when it was installed."""
    response.headers.update(SECURITY_HEADERS)
    if nonce := g.get("script_nonce"):
        # Of this page only (keeping.py); all others run no script at all.
        policy = SECURITY_HEADERS["Content-Security-Policy"]
        response.headers["Content-Security-Policy"] = (
            f"{policy}; script-src 'nonce-{nonce}'; connect-src 'self'"
        )
    if request.endpoint == "static":
        for name in ("Last-Modified", "ETag", "Accept-Ranges", "Content-Disposition"):
            response.headers.pop(name, None)
    return response
