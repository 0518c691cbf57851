"""The headers of every answer: the same ones, of the same length, whatever the answer is.

No date, no server, no entity tag, no time of a file. A last header fills the head up to one length, whether a
cookie is set or not, and whatever the status: a page of errors weighs as much as any other of its size.
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
_FILL = "X-Fill"
# Status and headers of every answer, as HTTP/1.1 writes them; more than any answer of ours needs.
HEAD_SIZE = 1_536


def set_session(answer: Response, cookie: str) -> Response:
    """Lets the browser keep this session cookie until it is closed."""
    answer.headers["Set-Cookie"] = f"{COOKIE}={cookie}; {_RULES}"
    return answer


def end_session(answer: Response) -> Response:
    """Lets the browser forget the session cookie, in a line of the same length."""
    answer.headers["Set-Cookie"] = f"{COOKIE}={'0' * (COOKIE_LENGTH - len(_GONE))}; {_GONE}{_RULES}"
    return answer


def head_size(answer: Response) -> int:
    """Bytes of the status and the headers that the site itself sets."""
    return len(answer.status) + sum(len(f"{name}: {value}\r\n") for name, value in answer.headers.items())


def finish(answer: Response) -> Response:
    """Adds the fixed headers, and the one that fills."""
    for name, value in FIXED:
        answer.headers[name] = value
    answer.headers["Content-Length"] = str(answer.calculate_content_length())
    answer.headers[_FILL] = "0" * (HEAD_SIZE - head_size(answer) - len(f"{_FILL}: \r\n"))
    return answer
