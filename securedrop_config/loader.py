"""Reads `sluis.toml` strictly: an unknown, missing or impossible setting is named and nothing starts."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import msgspec

from securedrop_config.model import NoticeTable, ServerConfig
from sluis.limits import SITES

_LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Z][a-z]{3})?\Z")

# RFC 5322, section 2.2: a name, a colon, printable ASCII on one line of at most 998 characters.
_HEADER = re.compile(r"(?=.{1,998}\Z)[A-Za-z][A-Za-z0-9-]*: [ -~]*[!-~]\Z")


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
        **_notice_rules(config.journalist.notice),
    }
    for rule, holds in problems.items():
        if not holds:
            raise ConfigError(f"{file}: {rule}")


def _notice_rules(notice: NoticeTable | None) -> dict[str, bool]:
    if notice is None:
        return {}
    return {
        "journalist.notice.command is a list that begins with the full path of a program": bool(
            notice.command
        )
        and notice.command[0].startswith("/"),
        "journalist.notice.command has no empty word, and no character that cannot be typed": all(
            word and word.isprintable() for word in notice.command
        ),
        "journalist.notice.headers has one header in each string, like 'Subject: Export', in ASCII": all(
            _HEADER.match(header) for header in notice.headers
        ),
    }
