"""Intervals of 95 %: of a share, of a standard deviation, and of anything by leaving out one cluster at a time.

Scars of one person are alike, so a hundred scars of five people are not a hundred independent things. Where
measurements come in clusters, the interval is made from what changes when one cluster is left out (jackknife), with a
t quantile of (clusters - 1) degrees of freedom.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from scarplan.photographs.agreement import Interval

#: Two-sided; the names of what is reported (MDC95, 95 % limits) hold it.
LEVEL = 0.95
NORMAL_95 = 1.959964
#: The rounded quantile by which limits of agreement and detectable changes are defined.
LIMIT_95 = 1.96
#: With fewer clusters nothing can be said of how they differ.
FEWEST_CLUSTERS = 3
#: With fewer degrees of freedom the upper end of a standard deviation lies beyond three times it: no interval is told.
FEWEST_DF = 4
#: The same for intervals made by leaving out one person at a time: so many persons, and a spread known this well.
FEWEST_LEFT_OUT, WIDEST_RATIO = 5, 10.0
#: An interval of a correlation that covers more than this of -1 to 1 tells nothing.
WIDEST_CORRELATION = 1.0

UNKNOWN = Interval(None, None, None)


def t_quantile(df: float) -> float:
    """Return the two-sided 95 % quantile of Student's t."""
    from scipy.stats import t

    return float(t.ppf(0.5 + LEVEL / 2, df))


def around(value: float, se: float, df: float) -> Interval:
    """Return `value` with its t interval."""
    if not (math.isfinite(value) and math.isfinite(se)) or df <= 0:
        return Interval(value if math.isfinite(value) else None, None, None)
    half = t_quantile(df) * se
    return Interval(value, value - half, value + half)


def sd_interval(sd: float, df: float) -> Interval:
    """Return a standard deviation with `df` degrees of freedom and its chi-square interval (normal errors).

    The interval is unknown with fewer than four degrees of freedom.
    """
    from scipy.stats import chi2

    if df < 1:
        return UNKNOWN
    if df < FEWEST_DF:
        return Interval(sd, None, None)
    tail = (1 - LEVEL) / 2
    return Interval(sd, sd * math.sqrt(df / chi2.ppf(1 - tail, df)), sd * math.sqrt(df / chi2.ppf(tail, df)))


def scaled(interval: Interval, factor: float) -> Interval:
    """Return an interval with every number multiplied by a factor above 0."""
    parts = (interval.value, interval.low, interval.high)
    return Interval(*(None if part is None else factor * part for part in parts))


def told_spread(interval: Interval) -> Interval:
    """Return the interval of a standard deviation; unknown where its ends lie so far apart that it tells nothing."""
    low, high = interval.low, interval.high
    tells = low is not None and high is not None and 0 < high <= WIDEST_RATIO * low
    return interval if tells else Interval(interval.value, None, None)


def told_correlation(interval: Interval) -> Interval:
    """Return the interval of a correlation; unknown where it covers half of what there is."""
    low, high = interval.low, interval.high
    tells = low is not None and high is not None and high - low <= WIDEST_CORRELATION
    return interval if tells else Interval(interval.value, None, None)


def jackknife_interval(
    estimate: Callable[[Bool[np.ndarray, " n"]], float],
    clusters: np.ndarray,
    *,
    transform: Callable[[float], float] = float,
    back: Callable[[float], float] = float,
) -> Interval:
    """Return `estimate` of all rows with an interval from leaving out one cluster at a time.

    `estimate` takes a mask of the rows to use. It is made symmetric by `transform`, and `back` undoes that: the log
    for a standard deviation, Fisher's z for a correlation. Fewer than five clusters, or an estimate that cannot be
    made without one of them, leave the interval unknown.
    """
    names = np.unique(clusters)
    value = float(estimate(np.ones(len(clusters), dtype=bool)))
    if not math.isfinite(value):
        return UNKNOWN
    if len(names) < FEWEST_LEFT_OUT:
        return Interval(value, None, None)
    without = np.array([transform(float(estimate(clusters != name))) for name in names])
    middle = transform(value)
    if not (np.isfinite(without).all() and math.isfinite(middle)):
        return Interval(value, None, None)
    count = len(names)
    se = math.sqrt((count - 1) / count * float(((without - without.mean()) ** 2).sum()))
    half = t_quantile(count - 1) * se
    return Interval(value, back(middle - half), back(middle + half))


def log_or_nan(value: float) -> float:
    """Return the logarithm; NaN for 0 and below."""
    return math.log(value) if value > 0 else math.nan


def fisher_z(value: float) -> float:
    """Return Fisher's z of a correlation, which may be 1 by no more than rounding."""
    return math.atanh(min(max(value, -1 + 1e-12), 1 - 1e-12))


def share_interval(hits: Float[np.ndarray, " n"] | Any, totals: Float[np.ndarray, " n"] | Any) -> Interval:
    """Return the share sum(hits) / sum(totals) over clusters with its 95 % interval.

    A Wilson interval with as many observations as the clusters are worth: what their shares differ by beyond chance
    makes the number smaller (the variance of a ratio of sums over clusters). One cluster counts as it is; of two
    nothing tells how clusters differ, and the interval is unknown.
    """
    x, n = np.asarray(hits, dtype=float), np.asarray(totals, dtype=float)
    x, n = x[n > 0], n[n > 0]
    total = float(n.sum())
    if total == 0:
        return UNKNOWN
    share = float(x.sum()) / total
    if 1 < len(n) < FEWEST_CLUSTERS:
        return Interval(share, None, None)
    effective = total
    if len(n) >= FEWEST_CLUSTERS and 0 < share < 1:
        variance = len(n) / (len(n) - 1) * float(((x - share * n) ** 2).sum()) / total**2
        effective = min(total, share * (1 - share) / variance) if variance > 0 else total
    quantile = t_quantile(len(n) - 1) if effective < total else NORMAL_95
    return _wilson(share, effective, quantile)


def _wilson(share: float, of: float, quantile: float) -> Interval:
    z2 = quantile**2
    middle = (share * of + z2 / 2) / (of + z2)
    half = quantile / (of + z2) * math.sqrt(of * share * (1 - share) + z2 / 4)
    return Interval(share, max(0.0, middle - half), min(1.0, middle + half))
