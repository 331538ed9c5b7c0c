"""Intraclass correlation ICC(2,1) and ICC(3,1): how much of what differs is the subject and not the measuring.

    y = mean + subject + condition + error          condition: the repeat, the operator or the device

    ICC(2,1) = subject / (subject + condition + error)      another operator of the same kind, absolute agreement
    ICC(3,1) = subject / (subject + error)                  these very operators, consistency

In variances. Every subject once under every condition: mean squares and F intervals (Shrout and Fleiss 1979; McGraw
and Wong 1996). Otherwise, and for several things of one subject, such as its scars: variances by fitting constants
(Henderson's third method, which is the same when nothing is missing), and intervals by leaving out one subject at a
time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from scarplan.photographs.agreement import Interval
from scarplan.study.interval import FEWEST_LEFT_OUT, LEVEL, UNKNOWN, fisher_z, jackknife_interval, told_correlation


@dataclass(frozen=True)
class Components:
    """Variances of a two-way layout (they may come out below 0) with the degrees of freedom of the error."""

    subject: float
    condition: float
    error: float
    error_df: int

    @property
    def icc21(self) -> float:
        """Subject over everything; NaN where nothing differs."""
        return _ratio(self.subject, self.subject + self.condition + self.error)

    @property
    def icc31(self) -> float:
        """Subject over subject and error; NaN where nothing differs."""
        return _ratio(self.subject, self.subject + self.error)


@dataclass(frozen=True)
class Icc:
    """Both coefficients with 95 % intervals, and how they were made, in words."""

    icc21: Interval
    icc31: Interval
    subjects: int
    conditions: int
    components: Components | None
    method: str


def two_way_components(
    values: Float[np.ndarray, " n"], subjects: np.ndarray, conditions: np.ndarray
) -> Components | None:
    """Return the variances; None where they cannot be told apart (one subject, one condition, or no repeats)."""
    _, s = np.unique(subjects, return_inverse=True)
    _, c = np.unique(conditions, return_inverse=True)
    count, n_s, n_c = len(values), s.max(initial=-1) + 1, c.max(initial=-1) + 1
    if n_s < 2 or n_c < 2:
        return None
    y = values - values.mean()
    within_subject = _centre(y, s)
    dummies = np.stack([_centre((c == k).astype(float), s) for k in range(n_c)], axis=1)
    fit, _, rank, _ = np.linalg.lstsq(dummies, within_subject, rcond=None)
    error_ss = float(((within_subject - dummies @ fit) ** 2).sum())
    error_df = int(count - n_s - rank)
    if rank < n_c - 1 or error_df < 1:  # groups that share no condition cannot be compared
        return None
    error = error_ss / error_df
    cells = np.zeros((n_s, n_c))
    np.add.at(cells, (s, c), 1.0)
    of_subjects = float((_centre(y, c) ** 2).sum()) - error_ss
    of_conditions = float((within_subject**2).sum()) - error_ss
    subject_weight = count - float((cells**2 / cells.sum(axis=0)).sum())
    condition_weight = count - float((cells**2 / cells.sum(axis=1, keepdims=True)).sum())
    return Components(
        subject=(of_subjects - (n_s - 1) * error) / subject_weight,
        condition=(of_conditions - (n_c - 1) * error) / condition_weight,
        error=error,
        error_df=error_df,
    )


def estimate_icc(
    values: Float[np.ndarray, " n"],
    subjects: np.ndarray,
    conditions: np.ndarray,
    *,
    clusters: np.ndarray | None = None,
) -> Icc:
    """Return both coefficients of `values` with one subject and one condition each.

    `clusters`: to whom each row belongs where one person gives several subjects (scars).
    """
    found = two_way_components(values, subjects, conditions)
    n, k = len(np.unique(subjects)), len(np.unique(conditions))
    if found is None or found.subject + found.error <= 0:
        return Icc(UNKNOWN, UNKNOWN, n, k, found, "too few repeats to tell subjects from measuring")
    is_complete = len(values) == n * k and len(set(zip(subjects.tolist(), conditions.tolist(), strict=True))) == n * k
    if is_complete and clusters is None:
        mean_squares = _mean_squares(values, subjects, conditions)
        tells = n >= FEWEST_LEFT_OUT
        icc21 = _interval_21(found.icc21, *mean_squares, n, k) if tells else Interval(found.icc21, None, None)
        icc31 = Interval(found.icc31, None, None)
        if tells:
            icc31 = _interval_31(found.icc31, mean_squares[0], mean_squares[2], n, k)
        return Icc(told_correlation(icc21), told_correlation(icc31), n, k, found, "mean squares, F interval")

    def estimate(name: str) -> Interval:
        def of(mask: np.ndarray) -> float:
            part = two_way_components(values[mask], subjects[mask], conditions[mask])
            return math.nan if part is None else getattr(part, name)

        groups = subjects if clusters is None else clusters
        return told_correlation(jackknife_interval(of, groups, transform=fisher_z, back=math.tanh))

    what = "one person" if clusters is not None else "one subject"
    return Icc(
        estimate("icc21"),
        estimate("icc31"),
        n,
        k,
        found,
        f"fitting constants, interval by leaving out {what} at a time, for these conditions",
    )


def _mean_squares(values: np.ndarray, subjects: np.ndarray, conditions: np.ndarray) -> tuple[float, float, float]:
    """Return the mean squares of subjects, conditions and error of a complete table."""
    _, s = np.unique(subjects, return_inverse=True)
    _, c = np.unique(conditions, return_inverse=True)
    table = np.empty((s.max() + 1, c.max() + 1))
    table[s, c] = values
    n, k = table.shape
    rows, columns, grand = table.mean(axis=1), table.mean(axis=0), table.mean()
    left = table - rows[:, None] - columns + grand
    of_rows, of_columns = k * ((rows - grand) ** 2).sum(), n * ((columns - grand) ** 2).sum()
    return of_rows / (n - 1), of_columns / (k - 1), float((left**2).sum()) / ((n - 1) * (k - 1))


def _interval_21(icc: float, ms_row: float, ms_column: float, ms_error: float, n: int, k: int) -> Interval:
    """Return ICC(2,1) with McGraw and Wong's interval: an F with Satterthwaite's degrees of freedom."""
    from scipy.stats import f

    if icc >= 1 or ms_column + ms_error <= 0:
        return Interval(icc, None, None)
    a, b = k * icc / (n * (1 - icc)), 1 + k * icc * (n - 1) / (n * (1 - icc))
    parts = (a * ms_column) ** 2 / (k - 1) + (b * ms_error) ** 2 / ((n - 1) * (k - 1))
    if parts <= 0:
        return Interval(icc, None, None)
    df, tail = (a * ms_column + b * ms_error) ** 2 / parts, 0.5 + LEVEL / 2
    noise = k * ms_column + (k * n - k - n) * ms_error
    least, most = f.ppf(tail, n - 1, df), f.ppf(tail, df, n - 1)
    low = n * (ms_row - least * ms_error) / (least * noise + n * ms_row)
    high = n * (most * ms_row - ms_error) / (noise + n * most * ms_row)
    return Interval(icc, float(low), float(high))


def _interval_31(icc: float, ms_row: float, ms_error: float, n: int, k: int) -> Interval:
    from scipy.stats import f

    if ms_error <= 0:
        return Interval(icc, None, None)
    ratio, tail = ms_row / ms_error, 0.5 + LEVEL / 2
    low = ratio / f.ppf(tail, n - 1, (n - 1) * (k - 1))
    high = ratio * f.ppf(tail, (n - 1) * (k - 1), n - 1)
    return Interval(icc, float((low - 1) / (low + k - 1)), float((high - 1) / (high + k - 1)))


def _centre(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Return values less the mean of their group."""
    return values - (np.bincount(groups, values) / np.bincount(groups))[groups]


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0 else math.nan
