"""Bland and Altman: bias between two ways of measuring the same things, and the limits between which 95 % differ.

Of independent pairs the interval of a limit is exact (Carkeet 2015: the noncentral t). Several things of one person
(scars) are no independent pairs: bias is the mean over persons, the spread that between persons and within them, and
the interval of a limit puts together those of the bias and of both spreads (MOVER, Zou 2013).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from scarplan.photographs.agreement import Interval
from scarplan.study.interval import FEWEST_DF, LEVEL, LIMIT_95, UNKNOWN, around

#: Fewer pairs say next to nothing of a spread; from how many pairs or persons on it is said how sure the limits are.
FEWEST_PAIRS, FEWEST_FOR_INTERVALS = 3, FEWEST_DF + 1
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
    """Return bias and limits of agreement with 95 % intervals; unknown for fewer than three pairs.

    The intervals are unknown for fewer than five pairs, or persons where one person gives several.
    """
    difference, mean = second - first, (first + second) / 2
    count = len(difference)
    if count < FEWEST_PAIRS:
        return BlandAltman(UNKNOWN, UNKNOWN, UNKNOWN, None, count, mean, difference, False)
    grows = _grows(mean, np.abs(difference - difference.mean()))
    if clusters is None or len(np.unique(clusters)) == count:
        spread = _spread_of_pairs(difference)
    else:
        spread = _spread_of_clusters(difference, clusters)
    lower, upper = _limit(spread, -1), _limit(spread, 1)
    return BlandAltman(spread.bias, lower, upper, spread.sd, count, mean, difference, grows)


@dataclass(frozen=True)
class _Spread:
    """Bias, and the standard deviation of one difference with its interval; `exact_of`: so many independent pairs."""

    bias: Interval
    sd: float
    low: float
    high: float
    exact_of: int | None = None


def _spread_of_pairs(difference: np.ndarray) -> _Spread:
    count, sd = len(difference), float(difference.std(ddof=1))
    if count < FEWEST_FOR_INTERVALS:
        return _Spread(Interval(float(difference.mean()), None, None), sd, np.nan, np.nan)
    return _Spread(around(float(difference.mean()), sd / np.sqrt(count), count - 1), sd, sd, sd, exact_of=count)


def _spread_of_clusters(difference: np.ndarray, clusters: np.ndarray) -> _Spread:
    """Return the spread of one difference of a new person: between persons, and within them."""
    from scipy.stats import chi2

    _, number, sizes = np.unique(clusters, return_inverse=True, return_counts=True)
    means = np.bincount(number, difference) / sizes
    count, rest = len(sizes), len(difference) - len(sizes)
    middle = float(means.mean())
    within = float(((difference - means[number]) ** 2).sum()) / rest
    # The variance of a mean over a person's things holds a part of that within: only the remainder is added.
    share = 1 - float((1 / sizes).mean())
    if count < FEWEST_FOR_INTERVALS:
        variance = float(means.var(ddof=1)) + share * within if count > 1 else within
        return _Spread(Interval(middle, None, None), float(np.sqrt(variance)), np.nan, np.nan)
    between = float(means.var(ddof=1))
    variance = between + share * within
    tails = ((1 + LEVEL) / 2, (1 - LEVEL) / 2)
    # How far each part may lie below and above, by its own chi-square; put together as independent errors.
    low, high = (
        float(
            np.hypot(
                between * ((count - 1) / chi2.ppf(tail, count - 1) - 1),
                share * within * (rest / chi2.ppf(tail, rest) - 1),
            )
        )
        for tail in tails
    )
    sd_low, sd_high = np.sqrt(max(0.0, variance - low)), np.sqrt(variance + high)
    bias = around(middle, float(np.sqrt(between / count)), count - 1)
    return _Spread(bias, float(np.sqrt(variance)), float(sd_low), float(sd_high))


def _limit(spread: _Spread, sign: int) -> Interval:
    """Return bias + sign * 1.96 sd with its interval; its outer end is the one further from the bias."""
    middle = spread.bias.value or 0.0
    value = middle + sign * LIMIT_95 * spread.sd
    if spread.bias.low is None or spread.bias.high is None:
        return Interval(value, None, None)
    if spread.exact_of is not None:
        inner, outer = (middle + sign * factor * spread.sd for factor in _exact_factors(spread.exact_of))
    else:
        half = (spread.bias.high - spread.bias.low) / 2
        inner = value - sign * float(np.hypot(half, LIMIT_95 * (spread.sd - spread.low)))
        outer = value + sign * float(np.hypot(half, LIMIT_95 * (spread.high - spread.sd)))
    return Interval(value, min(inner, outer), max(inner, outer))


def _exact_factors(count: int) -> tuple[float, float]:
    """Return by how many sd of `count` independent pairs the inner and the outer end lie from the bias."""
    from scipy.stats import nct

    tail = (1 - LEVEL) / 2
    inner, outer = (float(nct.ppf(share, count - 1, LIMIT_95 * np.sqrt(count))) for share in (tail, 1 - tail))
    return inner / np.sqrt(count), outer / np.sqrt(count)


def _grows(size: np.ndarray, spread: np.ndarray) -> bool:
    """Whether larger things differ more (rank correlation), so that one pair of limits does not fit all of them."""
    from scipy.stats import spearmanr

    if np.ptp(size) == 0 or np.ptp(spread) == 0:
        return False
    found = spearmanr(size, spread, alternative="greater")
    return bool(found.pvalue < _TREND_P)
