"""The size ladder: how many cells a stream takes (docs/protocol.md, "Sizes").

1, 2, 3, 4, 6, 8, 11, 16, 23, 32, ... (steps of the square root of two, rounded up) to 256, then multiples
of 128. A size tells at most its rung.
"""

from __future__ import annotations

from math import isqrt

from sluis.errors import TooLarge
from sluis.limits import MAX_SET_CELLS

_STEP = 128


def _rungs() -> tuple[int, ...]:
    """ceil(sqrt(2) ** k) for k = 0..16, by integers: the ceiling of the square root of 2 ** k."""
    rungs = [isqrt(2**k - 1) + 1 if k else 1 for k in range(17)]
    return tuple(sorted(set(rungs)))


LADDER = _rungs()


def cells_for(needed: int) -> int:
    """The smallest rung of at least `needed` cells; raises TooLarge over MAX_SET_CELLS."""
    if needed > MAX_SET_CELLS:
        raise TooLarge("more cells than a set may have")
    for rung in LADDER:
        if rung >= needed:
            return rung
    return -(-needed // _STEP) * _STEP
