"""Entry point of the web server: makes the site from the configuration file that SLUIS_CONFIG names."""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path

from flask import Flask

from journalist_interface.app import create_app
from journalist_interface.settings import JournalistSettings
from mailroom.operator_client import OperatorClient
from securedrop_config import ServerConfig, load
from securedrop_config.clock import today
from sluis.instance import InstanceRecord

OPERATOR_SOCKET = "operator.sock"


def settings_of(config: ServerConfig) -> JournalistSettings:
    """What the site is told of the configuration; reads the instance record."""
    return JournalistSettings(
        instance_name=config.instance_name,
        database=config.journalist.database,
        languages=config.languages,
        training=InstanceRecord.parse(config.instance_record.read_bytes()).training,
        idle_s=60.0 * config.journalist.idle_minutes,
    )


def make_app(path: str | Path | None = None) -> Flask:
    """The application for the configuration in `path`, or in SLUIS_CONFIG."""
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    logging.getLogger("flask_wtf").disabled = True
    config = load(path if path is not None else os.environ["SLUIS_CONFIG"])
    client = OperatorClient(config.mailroom.run / OPERATOR_SOCKET)
    return create_app(settings_of(config), client, today, time.time, time.monotonic)
