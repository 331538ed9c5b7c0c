"""Bland and Altman: bias between two ways of measuring the same things, and the limits between which 95 % differ.

Several things of one person (scars) are no independent pairs: their intervals leave out one person at a time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from scarplan.photographs.agreement import Interval
from scarplan.study.interval import LIMIT_95, UNKNOWN, around, jackknife_interval

#: Fewer pairs say next to nothing of a spread.
FEWEST_PAIRS = 3
#: Below this chance the size of the difference is said to go with the size of what is measured.
_TREND_P = 0.01


@dataclass(frozen=True)
class BlandAltman:
    """Second less first. `mean`, `difference` [n] are the points of the plot; `trend` says where spread grows."""

    bias: Interval
    lower: Interval
    upper: Interval
    sd: float | None
    pairs: int
    mean: Float[np.ndarray, " n"]
    difference: Float[np.ndarray, " n"]
    grows_with_size: bool


def bland_altman(
    first: Float[np.ndarray, " n"], second: Float[np.ndarray, " n"], *, clusters: np.ndarray | None = None
) -> BlandAltman:
    """Return bias and limits of agreement with 95 % intervals; unknown for fewer than three pairs."""
    difference, mean = second - first, (first + second) / 2
    count = len(difference)
    if count < FEWEST_PAIRS:
        return BlandAltman(UNKNOWN, UNKNOWN, UNKNOWN, None, count, mean, difference, False)
    sd = float(difference.std(ddof=1))
    grows = _grows(mean, np.abs(difference - difference.mean()))
    if clusters is not None:
        limits = (_clustered(difference, clusters, sign) for sign in (0.0, -1.0, 1.0))
        bias, lower, upper = limits
    else:
        middle, df = float(difference.mean()), count - 1
        bias = around(middle, sd / np.sqrt(count), df)
        se = sd * float(np.sqrt(1 / count + LIMIT_95**2 / (2 * df)))
        lower, upper = (around(middle + sign * LIMIT_95 * sd, se, df) for sign in (-1, 1))
    return BlandAltman(bias, lower, upper, sd, count, mean, difference, grows)


def _clustered(difference: np.ndarray, clusters: np.ndarray, sign: float) -> Interval:
    def limit(mask: np.ndarray) -> float:
        part = difference[mask]
        spread = float(part.std(ddof=1)) if sign and len(part) > 1 else 0.0
        return float(part.mean()) + sign * LIMIT_95 * spread if len(part) else float("nan")

    return jackknife_interval(limit, clusters)


def _grows(size: np.ndarray, spread: np.ndarray) -> bool:
    """Whether larger things differ more (rank correlation), so that one pair of limits does not fit all of them."""
    from scipy.stats import spearmanr

    if np.ptp(size) == 0 or np.ptp(spread) == 0:
        return False
    found = spearmanr(size, spread, alternative="greater")
    return bool(found.pvalue < _TREND_P)
