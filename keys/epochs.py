"""Epoch keys: one random seed a day, fresh in each release (docs/protocol.md, "Epochs")."""

from __future__ import annotations

from dataclasses import dataclass, field

from sluis.limits import EPOCH_DAYS
from sluis.sealing import OpeningKey


@dataclass(frozen=True)
class EpochKey:
    """The key of one day: 32-byte seed, which stays, and X-Wing public key, which goes into the release."""

    day: int
    seed: bytes = field(repr=False)
    public: bytes


def fresh_epoch_keys(first_day: int) -> tuple[EpochKey, ...]:
    """45 keys from `first_day` on; none can be told from another, nor from a key before it."""
    made = []
    for day in range(first_day, first_day + EPOCH_DAYS):
        key, seed = OpeningKey.generate()
        made.append(EpochKey(day, seed, key.public))
    return tuple(made)
