"""A reporters' site as a process of its own whose memory a test reads; broken on purpose when it is told how.

`python -m tests.metadata.memory_child --config sluis.toml ...` does what the entry point of
`source_interface` does. The keys of sessions come from `--seed`, so that the test knows what it looks for.
"""

from __future__ import annotations

import argparse
import gc
import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from flask import Flask

from mailroom.client import SourceClient
from securedrop_config import ServerConfig, load
from securedrop_config.clock import today
from securedrop_config.lexicon import load_lexicon
from serving.unix_site import Server
from sluis import keytree
from sluis.keytree import KdfProfile
from sluis.primitives import sha256
from source_interface import forms, reception, sessions
from source_interface.app import create_app
from source_interface.multipart import Source
from source_interface.serving import options
from source_interface.views import codename, mailbox, report
from source_interface.wsgi import SOURCE_SOCKET, settings_of

KDF = KdfProfile(8_192, 1)
_kept: list[object] = []


def session_key(seed: bytes, number: int) -> bytes:
    """The key of the session with this number, from 1; number 0 seals the tokens of forms."""
    return sha256(seed, number.to_bytes(4, "big"))


def keep_all() -> None:
    """A site that remembers: whatever a request brought, made or showed is put into a list."""
    for place, name in (
        *((codename, "derive_root"), (reception, "derive_root"), (sessions.Sessions, "create")),
        *((sessions, "random_key"), (sessions, "random_id"), (keytree.SourceKeys, "from_root")),
        *((keytree, "hkdf"), (keytree, "row_tag"), (mailbox, "open_mailbox")),
    ):
        setattr(place, name, _keeping(getattr(place, name)))
    sessions.Sessions.create = _keeping(sessions.Sessions.create)  # type: ignore[method-assign]
    for place in (forms, report):
        place.body_of = _kept_source(place.body_of)  # type: ignore[attr-defined]


def _keeping(inner: Callable[..., Any]) -> Callable[..., Any]:
    def outer(*given: object, **named: object) -> Any:
        made = inner(*given, **named)
        _kept.append((given, named, made))
        return made

    return outer


class _Keeping:
    def __init__(self, source: Source) -> None:
        self._source = source

    def read(self, size: int, /) -> bytes:
        piece = self._source.read(size)
        _kept.append(piece)
        return piece


def _kept_source(inner: Callable[..., Source]) -> Callable[..., Source]:
    return lambda environ: _Keeping(inner(environ))


def leave_rings() -> None:
    """Python looks for rings of objects when it likes to, which may be never."""
    gc.disable()
    gc.collect = lambda generation=2: 0


BROKEN = {"keeps-all": keep_all, "leaves-rings": leave_rings}


def application(config: ServerConfig, idle_s: float) -> Flask:
    """The site, over the real mailroom."""
    settings = replace(settings_of(config), kdf=KDF, idle_s=idle_s)
    client = SourceClient(config.mailroom.run / SOURCE_SOCKET)
    return create_app(settings, client, load_lexicon(config.languages), today)


def main() -> None:
    """Serves until told to stop."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--seed", type=bytes.fromhex, required=True)
    parser.add_argument("--idle", type=float, default=1_800.0)
    parser.add_argument("--broken", choices=sorted(BROKEN), action="append", default=[])
    arguments = parser.parse_args()
    config = load(arguments.config)
    numbers = itertools.count()
    vars(sessions)["random_key"] = lambda: session_key(arguments.seed, next(numbers))
    for name in arguments.broken:
        BROKEN[name]()
    Server(
        lambda: application(config, arguments.idle), options(config.source.bind, config.source.threads)
    ).run()


if __name__ == "__main__":
    main()
