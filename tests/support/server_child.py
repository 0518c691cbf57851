"""A mailroom with fewer banks, a source site with a cheap key derivation: as processes of their own.

`python -m tests.support.server_child make-store|mailroom|source --config sluis.toml ...` does what the entry
points of `mailroom` and `source_interface` do; only what no configuration file may say is an argument here.
"""

from __future__ import annotations

import argparse
import signal
from dataclasses import replace
from pathlib import Path

from flask import Flask

from mailroom.banks import no_progress
from mailroom.client import SourceClient
from mailroom.create import create_store
from mailroom.disk import Disk
from mailroom.server import Server
from mailroom.store import Mailroom
from securedrop_config import ServerConfig, load
from securedrop_config.clock import today
from securedrop_config.lexicon import load_lexicon
from serving.unix_site import Server as SourceServer
from sluis.keytree import KdfProfile
from sluis.limits import SiteProfile
from source_interface.app import create_app
from source_interface.openpgp import require_tmpfs
from source_interface.serving import options
from source_interface.wsgi import SOURCE_SOCKET, settings_of


def _held(folder: Path) -> Disk:
    folder.mkdir(mode=0o700, exist_ok=True)
    disk = Disk(folder)
    disk.hold()
    return disk


def make_store(config: ServerConfig, site: SiteProfile) -> None:
    """`python -m mailroom init` for this profile."""
    create_store(_held(config.mailroom.store), site, config.instance_record.read_bytes(), no_progress)


def mailroom(config: ServerConfig, site: SiteProfile) -> None:
    """`python -m mailroom serve` for this profile."""
    settings = config.mailroom
    room = Mailroom(_held(settings.store), _held(settings.run), site, today)
    server = Server(room, settings.run, settings.tick_seconds)
    signal.signal(signal.SIGTERM, lambda *_: server.stop())
    if not server.serve():
        raise SystemExit(1)


def source(config: ServerConfig, kdf: KdfProfile) -> None:
    """`python -m source_interface.wsgi` with this key derivation."""
    require_tmpfs(config.source.gnupg)

    def make() -> Flask:
        settings = replace(settings_of(config), kdf=kdf)
        client = SourceClient(config.mailroom.run / SOURCE_SOCKET)
        return create_app(settings, client, load_lexicon(config.languages), today)

    SourceServer(make, options(config.source.bind, config.source.threads)).run()


def main() -> None:
    """Runs one part."""
    parser = argparse.ArgumentParser()
    parser.add_argument("part", choices=("make-store", "mailroom", "source"))
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--banks", type=int, default=8)
    parser.add_argument("--kdf-memory-kib", type=int, default=8_192)
    parser.add_argument("--kdf-passes", type=int, default=1)
    arguments = parser.parse_args()
    config = load(arguments.config)
    if arguments.part == "source":
        source(config, KdfProfile(arguments.kdf_memory_kib, arguments.kdf_passes))
    else:
        part = make_store if arguments.part == "make-store" else mailroom
        part(config, replace(config.site, banks=arguments.banks))


if __name__ == "__main__":
    main()
