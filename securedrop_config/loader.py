"""Reads `sluis.toml` strictly: an unknown, missing or impossible setting is named and nothing starts."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import msgspec

from securedrop_config.model import ServerConfig
from sluis.limits import SITES

_LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Z][a-z]{3})?\Z")


class ConfigError(Exception):
    """The configuration cannot be used; the text names the file and the setting, for the operator."""


def load(path: Path | str) -> ServerConfig:
    """The configuration in `path`; relative paths in it are relative to its folder. Raises ConfigError."""
    file = Path(path)
    try:
        raw = tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: not TOML: {error}") from error
    folder = file.resolve().parent

    def decode(kind: type, value: Any) -> Any:
        if kind is Path and isinstance(value, str):
            return folder / value
        raise TypeError(f"no setting of type {kind}")

    try:
        config = msgspec.convert(raw, ServerConfig, dec_hook=decode)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{file}: {error}") from error
    _check(file, config)
    return config


def _check(file: Path, config: ServerConfig) -> None:
    problems = {
        "site.profile is one of " + ", ".join(SITES): config.site_table.profile in SITES,
        "instance.answer_days is 1 to 60": 1 <= config.instance.answer_days <= 60,
        "instance.name has 1 to 80 characters": 1 <= len(config.instance.name) <= 80,
        "instance.languages names at least one language, each like 'nl'": bool(config.languages)
        and all(_LANGUAGE.match(language) for language in config.languages),
        "mailroom.tick_seconds is above 0": config.mailroom.tick_seconds > 0,
        "source.answer_after_seconds is above 0 and under answer_max_seconds": 0
        < config.source.answer_after_seconds
        < config.source.answer_max_seconds,
    }
    for rule, holds in problems.items():
        if not holds:
            raise ConfigError(f"{file}: {rule}")
