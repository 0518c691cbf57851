"""What the workstation's pages are told; made by the entry points."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sluis.codename import Lexicon
from sluis.keytree import STANDARD_KDF, KdfProfile

LANGUAGES = ("en", "nl")
REPLY_POST_MAX = 1_048_576
"""Bytes of a form: a text far too long is given back with how much too long, not thrown away."""


@dataclass(frozen=True)
class UiSettings:
    """One workstation.

    `office_folder` holds the cases; under `media` (itself, or one level below) removable media appear. The
    office locks after `idle_s` seconds without a request. With `demonstration` a network interface may be
    up, and every page says so; without it the office is locked as soon as one is. `draw` gives a codename in
    a language, for a reporter who calls, or as a passphrase for somebody who does not bring dice;
    `codename_kdf` is what the site derives keys with.
    """

    office_folder: Path
    media: Path
    idle_s: float = 900.0
    demonstration: bool = False
    draw: Callable[[str], str] = Lexicon(()).draw
    codename_kdf: KdfProfile = STANDARD_KDF
