"""Within-subject standard deviation and the change that measuring alone would hardly ever show (MDC95).

MDC95 = 1.96 * sqrt(2) * within-subject SD: two measurements of something that did not change differ by less in 95 of
100 pairs (Bland and Altman call it the repeatability coefficient).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from scarplan.photographs.agreement import Interval
from scarplan.study.interval import (
    LIMIT_95,
    UNKNOWN,
    jackknife_interval,
    log_or_nan,
    scaled,
    sd_interval,
    told_spread,
)

#: Two measurements, each with its own error.
MDC_FACTOR = LIMIT_95 * math.sqrt(2)


@dataclass(frozen=True)
class WithinSubject:
    """The spread of repeats of the same thing, and the change that it hides. Same unit as the values."""

    sd: Interval
    mdc95: Interval
    things: int
    measurements: int


def within_subject(
    values: Float[np.ndarray, " n"], subjects: np.ndarray, *, clusters: np.ndarray | None = None
) -> WithinSubject:
    """Return the spread of repeats within each subject, pooled over subjects with two or more.

    `clusters`: to whom each row belongs where one person gives several subjects (scars).
    """
    _, s, counts = np.unique(subjects, return_inverse=True, return_counts=True)
    repeated = (counts >= 2)[s]
    values, s = values[repeated], s[repeated]
    things, measured = int((counts >= 2).sum()), len(values)
    if things == 0:
        return WithinSubject(UNKNOWN, UNKNOWN, 0, 0)
    if clusters is None:
        sd = sd_interval(_pooled_sd(values, s), measured - things)
    else:
        sd = told_spread(
            jackknife_interval(
                lambda mask: _pooled_sd(values[mask], s[mask]), clusters[repeated], transform=log_or_nan, back=math.exp
            )
        )
    return WithinSubject(sd, scaled(sd, MDC_FACTOR), things, measured)


def across_conditions(
    values: Float[np.ndarray, " n"], subjects: np.ndarray, conditions: np.ndarray, *, clusters: np.ndarray | None = None
) -> WithinSubject:
    """Return the spread of one measurement of a subject under any condition (operator, device): reproducibility.

    The variance of repeats under one condition plus that between conditions of the same subject, which is 0 at least,
    so it is never below that of repeats (ISO 5725-2). Unknown where no condition was repeated, or each subject has one.
    """

    def spread(mask: np.ndarray) -> float:
        return _reproducibility_sd(values[mask], subjects[mask], conditions[mask])[0]

    sd, df = _reproducibility_sd(values, subjects, conditions)
    if not math.isfinite(sd):
        return WithinSubject(UNKNOWN, UNKNOWN, 0, 0)
    if clusters is None:
        found = sd_interval(sd, df)
    else:
        found = told_spread(jackknife_interval(spread, clusters, transform=log_or_nan, back=math.exp))
    return WithinSubject(found, scaled(found, MDC_FACTOR), len(np.unique(subjects)), len(values))


def _reproducibility_sd(values: np.ndarray, subjects: np.ndarray, conditions: np.ndarray) -> tuple[float, float]:
    """Return the standard deviation of reproducibility and what it is worth in degrees of freedom (Satterthwaite)."""
    if not len(values):
        return math.nan, 0
    _, s = np.unique(subjects, return_inverse=True)
    _, c = np.unique(np.stack([s, np.unique(conditions, return_inverse=True)[1]]), axis=1, return_inverse=True)
    sizes, of_subject = np.bincount(c), np.bincount(s)
    within_df, between_df = len(values) - len(sizes), len(sizes) - len(of_subject)
    if within_df < 1 or between_df < 1:
        return math.nan, 0
    cells, means = np.bincount(c, values) / sizes, np.bincount(s, values) / of_subject
    repeats = float(((values - cells[c]) ** 2).sum()) / within_df
    owner = np.zeros(len(sizes), dtype=np.int64)
    owner[c] = s
    between = float((sizes * (cells - means[owner]) ** 2).sum()) / between_df
    # How many repeats a condition counts for where conditions have unlike numbers of them.
    count = (len(values) - float((np.bincount(owner, sizes**2) / of_subject).sum())) / between_df
    part = 1 / count
    if between <= repeats:
        return math.sqrt(repeats), within_df
    variance = part * between + (1 - part) * repeats
    worth = variance**2 / ((part * between) ** 2 / between_df + ((1 - part) * repeats) ** 2 / within_df)
    return math.sqrt(variance), max(1.0, worth)


def _pooled_sd(values: np.ndarray, subjects: np.ndarray) -> float:
    if len(values) == 0:
        return math.nan
    _, s = np.unique(subjects, return_inverse=True)
    means = np.bincount(s, values) / np.bincount(s)
    return math.sqrt(float(((values - means[s]) ** 2).sum()) / (len(values) - len(means)))
