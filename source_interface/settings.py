"""What the source site is told when it starts: values only, no clock and no configuration file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sluis.keytree import STANDARD_KDF, KdfProfile


@dataclass(frozen=True)
class SourceSettings:
    """Made by the entry point from the configuration; tests make their own.

    `instance_id` has 16 bytes and is the salt of every codename; `largest_file` is in bytes. Under
    `gnupg_parent`, a folder on a tmpfs with a short path, each submission gets a GNUPGHOME that is gone
    afterwards. Times named `_s` are in seconds of a monotonic clock.
    """

    instance_id: bytes
    instance_name: str
    training: bool
    languages: tuple[str, ...]
    answer_days: int
    largest_file: int
    gnupg_parent: Path
    kdf: KdfProfile = STANDARD_KDF
    answer_after_s: float = 1.0
    answer_max_s: float = 10.0
    idle_s: float = 1_800.0
    life_s: float = 43_200.0
    cores: int = 2
    gnupg_program: str = "gpg"
