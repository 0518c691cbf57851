"""Entry point: `SLUIS_CONFIG=sluis.toml python -m source_interface.wsgi` serves the reporters' site.

Reads the configuration and the clock, and hands values to everything else.
"""

from __future__ import annotations

import os

from flask import Flask

from mailroom.client import SourceClient
from securedrop_config import ServerConfig, load
from securedrop_config.clock import today
from securedrop_config.erasing import require_erasing
from securedrop_config.lexicon import load_lexicon
from serving.unix_site import Server
from sluis.instance import InstanceRecord
from source_interface.app import create_app
from source_interface.openpgp import require_tmpfs, sweep
from source_interface.serving import options
from source_interface.settings import SourceSettings

SOURCE_SOCKET = "source.sock"


def settings_of(config: ServerConfig) -> SourceSettings:
    """What the site is told; raises a FormatError or BadSignature for a bad instance record, or OSError."""
    record = InstanceRecord.parse(config.instance_record.read_bytes())
    return SourceSettings(
        instance_id=record.instance_id,
        instance_name=config.instance_name,
        training=record.training,
        languages=config.languages,
        answer_days=config.instance.answer_days,
        largest_file=config.site.largest_file,
        gnupg_parent=config.source.gnupg,
        answer_after_s=config.source.answer_after_seconds,
        answer_max_s=config.source.answer_max_seconds,
        idle_s=config.source.idle_seconds,
        life_s=config.source.life_seconds,
        cores=os.cpu_count() or 1,
    )


def create(config: ServerConfig) -> Flask:
    """The application of this server."""
    client = SourceClient(config.mailroom.run / SOURCE_SOCKET)
    return create_app(settings_of(config), client, load_lexicon(config.languages), today)


def main() -> None:
    """Serves until told to stop; raises ConfigError, CannotReceive or OSError when set up wrongly."""
    require_erasing()
    config = load(os.environ["SLUIS_CONFIG"])
    require_tmpfs(config.source.gnupg)
    sweep(config.source.gnupg)
    Server(lambda: create(config), options(config.source.bind, config.source.threads)).run()


if __name__ == "__main__":
    main()
