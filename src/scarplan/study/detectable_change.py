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
        sd = jackknife_interval(
            lambda mask: _pooled_sd(values[mask], s[mask]), clusters[repeated], transform=log_or_nan, back=math.exp
        )
    return WithinSubject(sd, scaled(sd, MDC_FACTOR), things, measured)


def _pooled_sd(values: np.ndarray, subjects: np.ndarray) -> float:
    if len(values) == 0:
        return math.nan
    _, s = np.unique(subjects, return_inverse=True)
    means = np.bincount(s, values) / np.bincount(s)
    return math.sqrt(float(((values - means[s]) ** 2).sum()) / (len(values) - len(means)))
