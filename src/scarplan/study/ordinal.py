"""Grades of two groups: proportional odds. The ratio of the odds of a higher grade, first arm to second.

The model takes this ratio for the same at every cut between grades; where single cuts say opposite things, it is told.
"""

from __future__ import annotations

import math
import warnings
from itertools import pairwise
from typing import Any

import numpy as np
from jaxtyping import Float

from scarplan.photographs.agreement import Interval
from scarplan.study.effect import Effect, no_effect

_FEWEST_EACH = 3
_SCALE = "odds ratio of a higher grade"
#: An odds ratio beyond e to this power is no estimate: one arm has all the high grades.
_SEPARATED_LOG = 12.0


def proportional_odds(
    first: tuple[Float[np.ndarray, " n"], Float[np.ndarray, " n"]],
    second: tuple[Float[np.ndarray, " m"], Float[np.ndarray, " m"]],
    *,
    alpha: float,
) -> Effect:
    """Return the common odds ratio of (grade, baseline grade) of the patients of each arm."""
    grade, baseline = (np.concatenate([first[i], second[i]]) for i in (0, 1))
    arm = np.repeat([1.0, 0.0], [len(first[0]), len(second[0])])
    use = np.isfinite(grade)
    adjusted = bool(np.isfinite(baseline[use]).all() and np.ptp(baseline[use]) > 0) if use.any() else False
    grade, arm, baseline = grade[use], arm[use], baseline[use]
    n, of_first = len(grade), int(arm.sum())
    if min(of_first, n - of_first) < _FEWEST_EACH:
        return no_effect(_SCALE, n, f"{of_first} and {n - of_first} patients are too few", null=1.0)
    if len(np.unique(grade)) < 2:
        return no_effect(_SCALE, n, "every patient has the same grade", null=1.0)
    design = np.stack([arm, baseline - baseline.mean()], axis=1) if adjusted else arm[:, None]
    fitted, doubts = _fit(grade, design)
    if fitted is None:
        return no_effect(_SCALE, n, doubts[0], null=1.0)
    from scipy.stats import norm

    log_odds, se = fitted
    half = float(norm.ppf(1 - alpha / 2)) * se
    estimate = Interval(*(math.exp(value) for value in (log_odds, log_odds - half, log_odds + half)))
    p = float(2 * norm.sf(abs(log_odds / se)))
    notes = (*doubts, *_compare_cuts(grade, arm))
    test = "proportional odds" + (", adjusted for the baseline grade" if adjusted else "")
    return Effect(estimate, _SCALE, p, None, n, null=1.0, test=test, notes=notes)


def _fit(grade: np.ndarray, design: np.ndarray) -> tuple[tuple[float, float] | None, tuple[str, ...]]:
    """Return (log odds ratio, standard error) of the first column, or None, with doubts in words."""
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    codes = np.unique(grade, return_inverse=True)[1]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            found: Any = OrderedModel(codes, design, distr="logit").fit(method="bfgs", maxiter=500, disp=False)
            log_odds, se = float(found.params[0]), float(found.bse[0])
        except (np.linalg.LinAlgError, ValueError, FloatingPointError) as error:
            return None, (f"the proportional odds model could not be fitted ({type(error).__name__})",)
    if not (math.isfinite(log_odds) and math.isfinite(se)) or se <= 0 or abs(log_odds) > _SEPARATED_LOG:
        return None, ("the arms do not overlap in their grades, so the ratio has no finite estimate",)
    kinds = {warning.category.__name__ for warning in caught}
    failed = "ConvergenceWarning" in kinds or not found.mle_retvals.get("converged", True)
    return (log_odds, se), ("the fit stopped before it had settled; take the numbers with care",) if failed else ()


def _compare_cuts(grade: np.ndarray, arm: np.ndarray) -> tuple[str, ...]:
    """Tell where single cuts between grades say opposite things about the arms."""
    cuts = [(low + high) / 2 for low, high in pairwise(np.unique(grade))]
    logs = []
    for cut in cuts:
        counts = [[((grade > cut) == is_high)[arm == a].sum() + 0.5 for is_high in (True, False)] for a in (1.0, 0.0)]
        (a, b), (c, d) = counts
        if min(counts[0] + counts[1]) > 2:  # nearly empty cells say nothing
            logs.append(math.log(a * d / (b * c)))
    if logs and max(logs) > 0.2 > -0.2 > min(logs):
        return ("single cuts between grades point in opposite directions: one odds ratio does not fit all of them",)
    return ()
