"""Missing values of the primary endpoint: who is missing, imputed many times, and how far wrong that would have to be.

Imputation takes outcomes as normal around arm and baseline (missing at random), draws the missing ones `imputations`
times with the uncertainty of the fit, and pools by Rubin's rules with Barnard and Rubin's degrees of freedom. The
tipping point is how much worse than that the missing patients of the arm that did better would have to be, until the
conclusion is another.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from scarplan.photographs.agreement import Interval
from scarplan.study.effect import Effect, no_effect
from scarplan.study.endpoints import PatientMeans
from scarplan.study.groups import fit_coefficient

_SCALE = "mean difference"
#: The tipping point is looked for up to this many standard deviations of the outcome.
_FARTHEST_SD = 5.0
_STEPS = 41


@dataclass(frozen=True)
class Missing:
    """How many have no outcome, what the estimate is with them imputed, and where it tips.

    tipping_shift   shift of the imputed values of the arm that did better, from which on the primary conclusion is
                    another; None: no shift looked at changes it, or there is nothing to change
    """

    patients: int
    missing: int
    imputed: Effect
    tipping_shift: float | None
    words: str


@dataclass(frozen=True)
class _Table:
    """Outcome [n] (NaN: missing), design [n p], column of the effect, rows whose imputed values a shift moves."""

    outcome: Float[np.ndarray, " n"]
    design: Float[np.ndarray, "n p"]
    column: int
    moved: Bool[np.ndarray, " n"]
    sign: float


def judge_missing(
    means: PatientMeans, *, split_face: bool, imputations: int, seed: int, alpha: float, better: str
) -> Missing:
    """Return what missing outcomes could do to the difference between the arms (means of patients)."""
    table = _table(means, split_face=split_face, better=better)
    gaps = ~np.isfinite(table.outcome)
    patients, missing = len(gaps), int(gaps.sum())
    if missing == 0:
        return Missing(patients, 0, no_effect(_SCALE, patients, "nothing to impute"), None, "no outcome is missing")
    if patients - missing < table.design.shape[1] + 2:
        why = "too few outcomes were measured to impute the others"
        return Missing(patients, missing, no_effect(_SCALE, patients, why), None, why)
    draws = _draw(table, gaps, imputations, np.random.default_rng(seed))
    imputed = _pool(table, draws, alpha)
    is_clear = imputed.p is not None and imputed.p < alpha
    shift = _tip(table, draws, gaps, alpha) if is_clear else None
    if not is_clear:
        words = "with the missing ones imputed no difference shows, so there is nothing to tip"
    elif shift is None:
        words = "no shift of the missing ones that was looked at changes the conclusion"
    else:
        words = "the conclusion changes once the missing ones of the better arm are this much worse than imputed"
    return Missing(patients, missing, imputed, shift, words)


def _table(means: PatientMeans, *, split_face: bool, better: str) -> _Table:
    """Return one row a patient; in a split face the outcome is the difference of the sides."""
    worse = 1.0 if better == "lower" else -1.0
    if split_face:
        outcome = means.outcome[:, 0] - means.outcome[:, 1]
        baseline = _fill(means.baseline[:, 0] - means.baseline[:, 1])
        columns = [np.ones(len(outcome))] + ([baseline] if baseline.std() > 0 else [])
        middle = float(np.nanmean(outcome)) if np.isfinite(outcome).any() else 0.0
        # Worse for the arm that did better: towards the other side of no difference.
        return _Table(
            outcome, np.stack(columns, axis=1), 0, np.ones(len(outcome), dtype=bool), -math.copysign(1, middle)
        )
    patient, arm = np.nonzero(means.has_arm)
    outcome, baseline = means.outcome[patient, arm], _fill(means.baseline[patient, arm])
    is_first = arm == 0
    columns = [np.ones(len(outcome)), is_first.astype(float)] + ([baseline] if baseline.std() > 0 else [])
    averages = [
        np.nanmean(outcome[mine]) if np.isfinite(outcome[mine]).any() else 0.0 for mine in (is_first, ~is_first)
    ]
    first_is_better = worse * (averages[0] - averages[1]) < 0
    return _Table(outcome, np.stack(columns, axis=1), 1, is_first if first_is_better else ~is_first, worse)


def _fill(values: np.ndarray) -> np.ndarray:
    """Return values less their mean, with the mean where one is missing."""
    middle = np.nanmean(values) if np.isfinite(values).any() else 0.0
    return np.where(np.isfinite(values), values - middle, 0.0)


def _draw(table: _Table, gaps: np.ndarray, imputations: int, rng: np.random.Generator) -> np.ndarray:
    """Return outcomes [imputation n] with the missing ones drawn from the posterior of a normal regression."""
    seen = table.design[~gaps]
    y = table.outcome[~gaps]
    bread = np.linalg.pinv(seen.T @ seen)
    weights = bread @ (seen.T @ y)
    df = len(y) - int(np.linalg.matrix_rank(seen))
    ss = float(((y - seen @ weights) ** 2).sum())
    root = np.linalg.cholesky(bread + 1e-12 * np.eye(len(bread)) * max(1.0, float(np.trace(bread))))
    draws = np.tile(np.where(gaps, 0.0, table.outcome), (imputations, 1))
    for draw in draws:
        sd = math.sqrt(ss / rng.chisquare(df))
        drawn = weights + sd * root @ rng.normal(size=len(weights))
        draw[gaps] = table.design[gaps] @ drawn + sd * rng.normal(size=int(gaps.sum()))
    return draws


def _pool(table: _Table, draws: np.ndarray, alpha: float) -> Effect:
    """Return the effect pooled over imputations by Rubin's rules."""
    from scipy.stats import t

    fits = [fit_coefficient(outcome, table.design, table.column) for outcome in draws]
    estimates, variances = np.array([f[0] for f in fits]), np.array([f[1] for f in fits]) ** 2
    complete_df, m = fits[0][2], len(draws)
    within, between = float(variances.mean()), float(estimates.var(ddof=1))
    total = within + (1 + 1 / m) * between
    if total <= 0:
        return no_effect(_SCALE, len(table.outcome), "the imputed outcomes do not differ")
    lost = (1 + 1 / m) * between / total
    observed = (complete_df + 1) / (complete_df + 3) * complete_df * (1 - lost)
    df = 1 / (1 / observed + lost**2 / (m - 1)) if lost > 0 else observed
    estimate, se = float(estimates.mean()), math.sqrt(total)
    half = float(t.ppf(1 - alpha / 2, df)) * se
    return Effect(
        Interval(estimate, estimate - half, estimate + half), _SCALE, float(2 * t.sf(abs(estimate / se), df)),
        float(df), len(table.outcome), test=f"multiple imputation, {m} draws, means of patients",
    )  # fmt: skip


def _tip(table: _Table, draws: np.ndarray, gaps: np.ndarray, alpha: float) -> float | None:
    """Return the smallest shift for the worse at which the pooled difference no longer shows."""
    sd = float(np.nanstd(table.outcome, ddof=1))
    moved = gaps & table.moved
    if not moved.any() or sd == 0:
        return None
    for shift in np.linspace(0, _FARTHEST_SD * sd, _STEPS)[1:]:
        shifted = draws + np.where(moved, table.sign * shift, 0.0)
        found = _pool(table, shifted, alpha)
        if found.p is None or found.p >= alpha:
            return float(shift)
    return None
