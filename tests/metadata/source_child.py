"""A reporters' site as a process of its own, broken on purpose when it is told how.

`python -m tests.metadata.source_child serve|work --config sluis.toml ...`: `serve` does what the entry point
of `source_interface` does; `work` serves nobody and measures how long logins work before their deadline.
What no configuration file may say is an argument here.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path

from flask import Flask

from mailroom.client import SourceClient
from securedrop_config import load
from securedrop_config.clock import today
from securedrop_config.lexicon import load_lexicon
from serving.unix_site import Server
from sluis.keytree import KdfProfile
from source_interface.app import create_app
from source_interface.openpgp import require_tmpfs
from source_interface.serving import options
from source_interface.wsgi import SOURCE_SOCKET, settings_of
from tests.metadata.variants.site import BROKEN, Parts
from tests.metadata.work import work_of_logins


def parts_of(arguments: argparse.Namespace) -> Parts:
    """What the site is made of, each thing that is to be broken broken."""
    config = load(arguments.config)
    settings = settings_of(config)
    if arguments.kdf_memory_kib:
        settings = replace(settings, kdf=KdfProfile(arguments.kdf_memory_kib, 1))
    if arguments.answer_after is not None:
        settings = replace(settings, answer_after_s=arguments.answer_after)
    if arguments.cores:
        settings = replace(settings, cores=arguments.cores)
    parts = Parts(config, settings, options(config.source.bind, config.source.threads))
    for name in arguments.broken:
        BROKEN[name](parts)
    return parts


def application(parts: Parts) -> Flask:
    """The site, over the real mailroom."""
    client = SourceClient(parts.config.mailroom.run / SOURCE_SOCKET)
    app = create_app(parts.settings, client, load_lexicon(parts.config.languages), today)
    for finish in parts.finishing:
        finish(app)
    return app


def main() -> None:
    """Serves until told to stop, or measures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("part", choices=("serve", "work"))
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--kdf-memory-kib", type=int, default=0)
    parser.add_argument("--answer-after", type=float)
    parser.add_argument("--cores", type=int, default=0)
    parser.add_argument("--broken", choices=sorted(BROKEN), action="append", default=[])
    arguments = parser.parse_args()
    parts = parts_of(arguments)
    if arguments.part == "work":
        # One codename a line, and before it a word for its kind.
        logins = [
            (kind, codename) for kind, _, codename in (line.rstrip("\n").partition(" ") for line in sys.stdin)
        ]
        json.dump(work_of_logins(application(parts), logins), sys.stdout)
        return
    require_tmpfs(parts.config.source.gnupg)
    Server(lambda: application(parts), parts.serving).run()


if __name__ == "__main__":
    main()
