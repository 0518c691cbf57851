"""The headers of every answer: the same ones, of the same length, whatever the answer is.

No date, no server, no entity tag, no time of a file. Where no cookie is set, a header of the same length
stands in for it, so that the head of an answer does not tell either.
"""

from __future__ import annotations

from flask import Response

from source_interface.sessions import COOKIE_LENGTH

COOKIE = "__Host-s"
_NO_FEATURES = (
    "camera=(), display-capture=(), fullscreen=(), geolocation=(), gyroscope=(), magnetometer=(), "
    "microphone=(), midi=(), payment=(), publickey-credentials-get=(), usb=()"
)
FIXED = (
    (
        "Content-Security-Policy",
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'",
    ),
    ("Cache-Control", "no-store"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Cross-Origin-Embedder-Policy", "require-corp"),
    ("Permissions-Policy", _NO_FEATURES),
    ("X-Robots-Tag", "noindex, nofollow, noarchive"),
    ("X-DNS-Prefetch-Control", "off"),
)
_RULES = "Path=/; Secure; HttpOnly; SameSite=Strict"
_GONE = "Max-Age=0; "
_COOKIE_LINE = len(f"Set-Cookie: {COOKIE}={'0' * COOKIE_LENGTH}; {_RULES}")
_FILL = "X-Fill"


def set_session(answer: Response, cookie: str) -> Response:
    """Lets the browser keep this session cookie until it is closed."""
    answer.headers["Set-Cookie"] = f"{COOKIE}={cookie}; {_RULES}"
    return answer


def end_session(answer: Response) -> Response:
    """Lets the browser forget the session cookie, in a line of the same length."""
    answer.headers["Set-Cookie"] = f"{COOKIE}={'0' * (COOKIE_LENGTH - len(_GONE))}; {_GONE}{_RULES}"
    return answer


def finish(answer: Response) -> Response:
    """Adds the fixed headers, and the stand-in where no cookie is set."""
    for name, value in FIXED:
        answer.headers[name] = value
    if "Set-Cookie" not in answer.headers:
        answer.headers[_FILL] = "0" * (_COOKIE_LINE - len(f"{_FILL}: "))
    answer.headers["Content-Length"] = str(answer.calculate_content_length())
    return answer
