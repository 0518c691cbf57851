"""Experiment 10: two tags of one source are as far apart as tags of two sources, and no two are the same.

All four tags of a source in each of 30 releases. Distances are in bits of 256; pairs are drawn at random.
The means are equivalent by two one-sided tests (TOST), distributions by the largest gap between them, with
the margin of Dvoretzky, Kiefer and Wolfowitz for each, at 95 % together.
"""

from __future__ import annotations

from math import log, sqrt

import numpy as np
from numpy.typing import NDArray

from sluis.keytree import SourceKeys
from sluis.limits import RING_RELEASES, TAGS_PER_LOGIN
from sluis.primitives import random_id, random_key
from tests.metadata.bounds import mean_difference_bound
from tests.metadata.experiment import Experiment, Outcome, Scale


def _tags(source: SourceKeys, instance_id: bytes) -> list[bytes]:
    return [tag for _, _, tag in source.tags(instance_id, RING_RELEASES)]


def _distances(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> NDArray[np.int64]:
    return np.asarray(np.bitwise_count(one ^ other).sum(axis=1, dtype=np.int64))


def _gap(one: NDArray[np.int64], other: NDArray[np.int64]) -> float:
    """The largest difference of the two distribution functions that the data allow."""
    shares = [np.cumsum(np.bincount(values, minlength=257)) / len(values) for values in (one, other)]
    margin = sqrt(log(2 / 0.025) / (2 * len(one)))
    return float(np.abs(shares[0] - shares[1]).max() + 2 * margin)


def _measure(scale: Scale) -> Outcome:
    sources, pairs = scale.n(10_000, 400), scale.n(1_000_000, 100_000)
    margin, widest = (0.1, 0.01) if scale.full else (0.4, 0.04)
    instance_id = random_id()
    made = [tag for _ in range(sources) for tag in _tags(SourceKeys.from_root(random_key()), instance_id)]
    tags = np.frombuffer(b"".join(made), np.uint8).reshape(sources, TAGS_PER_LOGIN, 32)
    chance = np.random.default_rng()
    who, whose = chance.integers(0, sources, pairs), chance.integers(1, sources, pairs)
    one, other = chance.integers(0, TAGS_PER_LOGIN, pairs), chance.integers(1, TAGS_PER_LOGIN, pairs)
    same = _distances(tags[who, one], tags[who, (one + other) % TAGS_PER_LOGIN])
    cross = _distances(tags[who, one], tags[(who + whose) % sources, (one + other) % TAGS_PER_LOGIN])
    collisions = len(made) - len(set(made))
    mean, gap = mean_difference_bound(same.tolist(), cross.tolist()), _gap(same, cross)
    return Outcome(
        f"{len(made):,} tags, {collisions} alike; mean distances {same.mean():.2f} and {cross.mean():.2f}"
        f" bits, apart at most {mean:.3f}; distributions at most {gap:.4f}",
        f"no collision; means within {margin} bits (TOST), distributions within {widest}, both at 95 %",
        collisions == 0 and mean <= margin and gap <= widest,
    )


EXPERIMENT = Experiment(
    10,
    "tags of one source are no more alike than tags of two, and none collide",
    _measure,
    {"random-tags": _measure},
)
