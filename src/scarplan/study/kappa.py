"""Kappa of grades: agreement beyond chance where a near miss counts as nearly right (quadratic weights).

Kappa of unordered kinds, with its interval, is that of `photographs.agreement`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from scarplan.photographs.agreement import Interval
from scarplan.photographs.agreement import bootstrap_kappa as bootstrap_kappa

_BOOTSTRAPS = 2000
_SEED = 0
#: Fewer pairs say next to nothing about kappa.
_PAIRS_LEAST = 5


def weighted_kappa(first: Sequence[float], second: Sequence[float]) -> Interval:
    """Return quadratic weighted kappa of two raters' grades with a 95 % Bayesian bootstrap interval (seeded).

    Unknown where both gave one and the same grade throughout: chance would agree fully. The interval, as that of
    unordered kinds, spreads one pair more evenly over the grades used, so that full agreement is not certain.
    """
    one, other = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if len(one) == 0:
        return Interval(None, None, None)
    value = float(_weighted(one, other, np.ones((1, len(one))))[0])
    if math.isnan(value):
        return Interval(None, None, None)
    if len(one) < _PAIRS_LEAST:
        return Interval(value, None, None)
    grades = np.unique(np.concatenate([one, other]))
    pairs = np.array(np.meshgrid(grades, grades)).reshape(2, -1)
    all_one, all_other = np.concatenate([one, pairs[0]]), np.concatenate([other, pairs[1]])
    alpha = np.concatenate([np.ones(len(one)), np.full(pairs.shape[1], 1 / pairs.shape[1])])
    weights = np.random.default_rng(_SEED).dirichlet(alpha, size=_BOOTSTRAPS)
    low, high = np.nanquantile(_weighted(all_one, all_other, weights), (0.025, 0.975))
    return Interval(value, float(low), float(high))


def _weighted(one: np.ndarray, other: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return kappa for each row of weights: 1 less observed over expected squared distance."""
    weights = weights / weights.sum(axis=1, keepdims=True)
    apart = weights @ (one - other) ** 2
    # The expected squared distance of two independent draws, from means and mean squares.
    expected = weights @ one**2 + weights @ other**2 - 2 * (weights @ one) * (weights @ other)
    return np.where(expected > 1e-15, 1 - apart / np.where(expected > 1e-15, expected, 1.0), np.nan)
