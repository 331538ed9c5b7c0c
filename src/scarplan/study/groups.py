"""Two groups of patients: the mean difference adjusted for the baseline (ANCOVA), or the shift of ranks."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from scarplan.photographs.agreement import Interval
from scarplan.study.effect import Effect, no_effect

_FEWEST_EACH = 3


def ancova(
    first: tuple[Float[np.ndarray, " n"], Float[np.ndarray, " n"]],
    second: tuple[Float[np.ndarray, " m"], Float[np.ndarray, " m"]],
    *,
    alpha: float,
) -> Effect:
    """Return the mean difference of outcomes at equal baseline. Each arm: (outcome, baseline) of its patients.

    Its standard error does not take the spread of both arms for equal (heteroscedasticity-consistent, HC3).
    """
    outcome, design, dropped = ancova_design(first, second)
    n = len(outcome)
    of_first = int(design[:, 1].sum())
    if min(of_first, n - of_first) < _FEWEST_EACH:
        return no_effect("mean difference", n, f"{of_first} and {n - of_first} patients are too few")
    mean, se, df = fit_coefficient(outcome, design, 1)
    notes = dropped
    if se == 0:
        return no_effect(
            "mean difference", n, "the baseline tells every outcome: nothing tells how sure the difference is"
        )
    from scipy.stats import t

    half = float(t.ppf(1 - alpha / 2, df)) * se
    p = float(2 * t.sf(abs(mean / se), df))
    test = "analysis of covariance" if design.shape[1] == 3 else "difference of means (no baseline was measured)"
    return Effect(Interval(mean, mean - half, mean + half), "mean difference", p, float(df), n, test=test, notes=notes)


def ancova_design(
    first: tuple[np.ndarray, np.ndarray], second: tuple[np.ndarray, np.ndarray]
) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """Return outcomes, the design (1, first arm, baseline less its mean) and what was left out, in words."""
    outcome = np.concatenate([first[0], second[0]])
    baseline = np.concatenate([first[1], second[1]])
    arm = np.repeat([1.0, 0.0], [len(first[0]), len(second[0])])
    measured = np.isfinite(outcome)
    if np.isfinite(baseline[measured]).any() and np.nanstd(baseline[measured]) > 0:
        use = measured & np.isfinite(baseline)
        columns = [np.ones(use.sum()), arm[use], baseline[use] - baseline[use].mean()]
    else:
        use, columns = measured, [np.ones(measured.sum()), arm[measured]]
    lost = int(measured.sum() - use.sum())
    return (
        outcome[use],
        np.stack(columns, axis=1),
        (f"{lost} patients without a baseline are left out",) if lost else (),
    )


def fit_coefficient(outcome: np.ndarray, design: np.ndarray, column: int) -> tuple[float, float, int]:
    """Return least squares coefficient, HC3 standard error and degrees of freedom of one column."""
    bread = np.linalg.pinv(design.T @ design)
    weights = bread @ (design.T @ outcome)
    left = outcome - design @ weights
    leverage = np.minimum(np.einsum("ij,jk,ik->i", design, bread, design), 1 - 1e-9)
    meat = (design * (left / (1 - leverage))[:, None] ** 2).T @ design
    return (
        float(weights[column]),
        float(np.sqrt((bread @ meat @ bread)[column, column])),
        len(outcome) - int(np.linalg.matrix_rank(design)),
    )


def rank_sum(first: Float[np.ndarray, " n"], second: Float[np.ndarray, " m"], *, alpha: float) -> Effect:
    """Return the Hodges-Lehmann shift: the median of all differences between the arms (Wilcoxon, Mann and Whitney)."""
    from scipy.stats import mannwhitneyu, norm

    a, b = first[np.isfinite(first)], second[np.isfinite(second)]
    n, m = len(a), len(b)
    if min(n, m) < _FEWEST_EACH:
        return no_effect("median difference", n + m, f"{n} and {m} patients are too few")
    apart = np.sort((a[:, None] - b[None, :]).ravel())
    off = int(np.floor(n * m / 2 - norm.ppf(1 - alpha / 2) * np.sqrt(n * m * (n + m + 1) / 12)))
    low, high = (float(apart[off - 1]), float(apart[-off])) if off >= 1 else (None, None)
    if len(np.unique(np.concatenate([a, b]))) == 1:
        return no_effect("median difference", n + m, "every patient has the same value")
    p = float(mannwhitneyu(a, b, alternative="two-sided").pvalue)
    notes = ("too few patients for an interval of this level",) if off < 1 else ()
    return Effect(
        Interval(float(np.median(apart)), low, high), "median difference", p, None, n + m, test="rank sum", notes=notes
    )
