"""What a classifier is given of a trace: nothing that a watcher of the line does not see.

As in the literature of website fingerprinting: totals, bursts and times (Hayes and Danezis, USENIX Security
2016), and the cumulative sum of bytes at equally spaced events (Panchenko et al., NDSS 2016).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tests.metadata.wire.capture import Trace

Floats = NDArray[np.float64]
_CURVE = 50
_FIRST = 16
_PARTS = (10, 25, 50, 75, 90)


def vector(trace: Trace) -> Floats:
    """One row of numbers, always as many."""
    sizes, seconds = trace.sizes.astype(float), trace.seconds
    down, up = sizes > 0, sizes < 0
    totals = [
        *trace.cells,
        *(trace.down, trace.up, int(down.sum()), int(up.sum())),
        *(float(seconds[0]), float(seconds[-1])),
    ]
    turns = np.flatnonzero(np.diff(np.sign(sizes))) + 1
    bursts = np.array([part.sum() for part in np.split(sizes, turns)])
    gaps = np.diff(seconds) if len(seconds) > 1 else np.zeros(1)
    return np.array(
        [
            *totals,
            *(len(bursts), bursts.max(), bursts.min(), bursts.std()),
            *_first(bursts),
            *_first(sizes),
            *_first(gaps),
            *(float(gaps.max()), float(gaps.mean()), float(gaps.std())),
            *_moments(seconds[down], sizes[down]),
            *_moments(seconds[up], -sizes[up]),
            *_curve(sizes),
        ],
        float,
    )


def _first(values: Floats) -> Floats:
    return np.pad(values[:_FIRST], (0, max(0, _FIRST - len(values))))


def _moments(seconds: Floats, sizes: Floats) -> list[float]:
    """When the first parts of all bytes had passed."""
    if not len(sizes):
        return [0.0] * len(_PARTS)
    passed = np.cumsum(sizes)
    at = np.searchsorted(passed, passed[-1] * np.array(_PARTS) / 100)
    return list(seconds[np.minimum(at, len(seconds) - 1)])


def _curve(sizes: Floats) -> Floats:
    passed = np.cumsum(sizes)
    return np.interp(np.linspace(0, len(passed) - 1, _CURVE), np.arange(len(passed)), passed)
