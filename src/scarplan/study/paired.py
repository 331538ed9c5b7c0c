"""Two arms on one face: each patient is a pair. Mean by Student's t, median by signed ranks or by signs."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from scarplan.photographs.agreement import Interval
from scarplan.study.effect import Effect, no_effect

#: Below this many pairs the ranks are counted out, above a normal curve serves.
_EXACT_UP_TO = 25
_FEWEST = 3


def paired_t(differences: Float[np.ndarray, " n"], *, alpha: float) -> Effect:
    """Return the mean difference with its t interval."""
    from scipy.stats import t

    d, scale = differences[np.isfinite(differences)], "mean difference"
    if len(d) < _FEWEST:
        return no_effect(scale, len(d), f"{len(d)} pairs are too few")
    mean, se, df = float(d.mean()), float(d.std(ddof=1)) / np.sqrt(len(d)), len(d) - 1
    if se == 0:
        return no_effect(scale, len(d), "every patient differs by the same, so nothing tells how sure the mean is")
    half = float(t.ppf(1 - alpha / 2, df)) * se
    p = float(2 * t.sf(abs(mean / se), df))
    return Effect(Interval(mean, mean - half, mean + half), scale, p, float(df), len(d), test="paired t test")


def signed_ranks(differences: Float[np.ndarray, " n"], *, alpha: float) -> Effect:
    """Return the Hodges-Lehmann median difference with its signed-rank interval (Wilcoxon).

    The median of the means of all pairs of differences; the interval counts these means off at both ends.
    """
    from scipy.stats import norm, wilcoxon

    d, scale = differences[np.isfinite(differences)], "median difference"
    n = len(d)
    if n < _FEWEST:
        return no_effect(scale, n, f"{n} pairs are too few")
    if not np.any(d):
        return no_effect(scale, n, "no patient differs between the sides")
    walsh = np.sort(((d[:, None] + d[None, :]) / 2)[np.triu_indices(n)])
    if n <= _EXACT_UP_TO:
        off = _exact_count_off(n, alpha)
    else:
        off = int(np.floor(n * (n + 1) / 4 - norm.ppf(1 - alpha / 2) * np.sqrt(n * (n + 1) * (2 * n + 1) / 24)))
    low, high = (float(walsh[off - 1]), float(walsh[-off])) if off >= 1 else (None, None)
    ties = len(np.unique(np.abs(d))) < n or (d == 0).any()
    method = "approx" if ties or n > _EXACT_UP_TO else "exact"
    p = float(wilcoxon(d, zero_method="pratt" if (d == 0).any() else "wilcox", method=method).pvalue)
    notes = ("ties between the differences: the chance is approximate",) if ties else ()
    if off < 1:
        notes += (f"{n} pairs are too few for an interval of this level",)
    return Effect(
        Interval(float(np.median(walsh)), low, high), scale, p, None, n, test="Wilcoxon signed ranks", notes=notes
    )


def signs(differences: Float[np.ndarray, " n"], *, alpha: float) -> Effect:
    """Return the median difference with its sign interval; patients without a difference do not count in the chance."""
    from scipy.stats import binom, binomtest

    d, scale = np.sort(differences[np.isfinite(differences)]), "median difference"
    n, moved = len(d), d[d != 0]
    if n < _FEWEST or len(moved) == 0:
        why = "no patient differs between the sides" if n >= _FEWEST else f"{n} pairs are too few"
        return no_effect(scale, n, why)
    off = int(binom.ppf(alpha / 2, n, 0.5))
    low, high = (float(d[off - 1]), float(d[-off])) if off >= 1 else (None, None)
    p = float(binomtest(int((moved > 0).sum()), len(moved)).pvalue)
    notes = (f"{n - len(moved)} patients without a difference are left out of the chance",) if len(moved) < n else ()
    return Effect(Interval(float(np.median(d)), low, high), scale, p, None, n, test="sign test", notes=notes)


def _exact_count_off(n: int, alpha: float) -> int:
    """Return how many Walsh means lie beyond each end: the largest k with P(T <= k - 1) at most half of alpha."""
    ways = np.zeros(n * (n + 1) // 2 + 1)
    ways[0] = 1.0
    for rank in range(1, n + 1):
        ways[rank:] = ways[rank:] + ways[:-rank]
    chance = np.cumsum(ways) / 2.0**n
    return int((chance <= alpha / 2).sum())
