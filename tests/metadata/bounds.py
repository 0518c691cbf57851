"""One-sided bounds for "cannot be told apart": what the data still allow at 95 % confidence.

A test that merely fails to find a difference proves nothing. So each claim is put as a bound that the worst
value still compatible with what was measured must keep. Sources: Clopper and Pearson (1934) for a share;
Schuirmann (1987) for equivalence by two one-sided tests; Hanley and McNeil (1982) for the error of an AUC.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

import numpy as np
from scipy import stats

CONFIDENCE = 0.95


def share_upper(hits: int, rounds: int) -> float:
    """The highest true share that `hits` of `rounds` allow (one-sided Clopper-Pearson)."""
    if hits >= rounds:
        return 1.0
    return float(stats.beta.ppf(CONFIDENCE, hits + 1, rounds - hits))


def share_lower(hits: int, rounds: int) -> float:
    """The lowest true share that `hits` of `rounds` allow: what a broken variant must exceed to be caught."""
    if hits <= 0:
        return 0.0
    return float(stats.beta.ppf(1 - CONFIDENCE, hits, rounds - hits + 1))


def guess_upper(hits: int, rounds: int) -> float:
    """As `share_upper`, for an attacker with two answers: always wrong is as good as always right."""
    return share_upper(max(hits, rounds - hits), rounds)


def mean_difference_bound(one: Sequence[float], other: Sequence[float]) -> float:
    """The largest absolute difference of the means that the data allow (TOST with Welch's error).

    Two means are equivalent within `margin` at 5 % exactly when this is at most `margin`.
    """
    a, b = np.asarray(one, float), np.asarray(other, float)
    va, vb = a.var(ddof=1) / len(a), b.var(ddof=1) / len(b)
    error = sqrt(va + vb)
    if error == 0.0:
        return float(abs(a.mean() - b.mean()))
    freedom = (va + vb) ** 2 / (va**2 / (len(a) - 1) + vb**2 / (len(b) - 1))
    return float(abs(a.mean() - b.mean()) + stats.t.ppf(CONFIDENCE, freedom) * error)


def auc(one: Sequence[float], other: Sequence[float]) -> float:
    """Chance that a value of `one` is above one of `other`, ties counting half; at least 0.5 by symmetry."""
    a, b = np.asarray(one, float), np.asarray(other, float)
    statistic = stats.mannwhitneyu(a, b, alternative="two-sided").statistic
    found = float(statistic) / (len(a) * len(b))
    return max(found, 1.0 - found)


def auc_upper(one: Sequence[float], other: Sequence[float]) -> float:
    """The highest AUC that the data allow at 95 %."""
    found, m, n = auc(one, other), len(one), len(other)
    q1, q2 = found / (2 - found), 2 * found**2 / (1 + found)
    variance = (found * (1 - found) + (m - 1) * (q1 - found**2) + (n - 1) * (q2 - found**2)) / (m * n)
    return min(1.0, found + float(stats.norm.ppf(CONFIDENCE)) * sqrt(max(variance, 0.0)))
