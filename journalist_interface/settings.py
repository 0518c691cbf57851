"""What the operators' site is told; made by the entry points from the configuration."""

from __future__ import annotations

from dataclasses import dataclass, field

RELEASE_SIZE = 1_121_150
"""Bytes of every release. `sluis.release` computes it, but that module opens seals, so this package may not
import it; a test holds the two together."""

TRANSLATED = ("en", "nl")


@dataclass(frozen=True)
class PassphraseCost:
    """Argon2id's cost (RFC 9106): passes, KiB of memory, lanes. The default is the RFC's second choice."""

    passes: int = 3
    memory_kib: int = 65_536
    lanes: int = 4


@dataclass(frozen=True)
class ThrottleRule:
    """`burst` tries, then one more every `refill_s` seconds; for one alias, and for everyone together."""

    burst: int = 5
    refill_s: float = 60.0
    overall_burst: int = 30
    overall_refill_s: float = 5.0


@dataclass(frozen=True)
class AlarmRule:
    """After, or before, how many days the exports page warns."""

    export_days: int = 7
    release_days: int = 14
    keys_days: int = 10
    expiry_days: int = 21


@dataclass(frozen=True)
class JournalistSettings:
    """One operators' site.

    `database` is an SQLAlchemy URL; `languages` are those of the instance, of which the translated ones are
    offered; `training` marks every page. Sessions end after `idle_s` without a request and after `life_s`.
    `release_size` bytes are the most that an upload may hold;
    `chunk_size` bytes of an export are in memory at a time for each download. An answer that refuses an
    upload still takes in up to `drain_size` bytes of it, so that the browser gets to show the answer.
    """

    instance_name: str
    database: str = field(repr=False)
    languages: tuple[str, ...] = TRANSLATED
    training: bool = False
    idle_s: float = 900.0
    life_s: float = 43_200.0
    cost: PassphraseCost = PassphraseCost()
    throttle: ThrottleRule = ThrottleRule()
    alarms: AlarmRule = AlarmRule()
    release_size: int = RELEASE_SIZE
    chunk_size: int = 262_144
    drain_size: int = 67_108_864

    @property
    def offered(self) -> tuple[str, ...]:
        """The languages of the pages, the default first."""
        return tuple(language for language in self.languages if language in TRANSLATED) or ("en",)
