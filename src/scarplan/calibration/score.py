"""Scoring predictions against published figures: CRPS, intervals, mid-PIT, and the order of arms.

A prediction is of the true mean (or probability) of an arm; the sampling error of the published figure is added here:
Normal(0, standard error) for percent rows, Binomial for counts. A row lies inside an interval when its
mid-distribution value P(X < x) + P(X = x) / 2 does. CRPS is in points; studies weigh equally in the headline.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.stats import binom, norm

from scarplan.calibration.targets import RISES_WHEN_BETTER, TISSUE, Order, Target

# Draws are thinned to so many even quantiles, and an error to so many: the scorer's own grid, not a property of data.
_QUANTILES, _ERRORS = 801, 41
_SAME = 1e-9


@dataclass(frozen=True)
class RowScore:
    """How one prediction did. Quantiles are of the published figure, in the row's own unit; the rest in points."""

    id: str
    study: str
    arm: str | None
    group: str
    instrument: str
    observed: float
    quantiles: tuple[float, float, float, float, float]
    pit: float
    crps: float
    absolute_error: float
    width90: float

    @property
    def inside90(self) -> bool:
        """Whether the published figure lies in the 90 % interval."""
        return 0.05 <= self.pit <= 0.95

    @property
    def inside50(self) -> bool:
        """Whether the published figure lies in the 50 % interval."""
        return 0.25 <= self.pit <= 0.75


@dataclass(frozen=True)
class OrderScore:
    """The probability that was given to a published order of two arms."""

    order: Order
    probability: float

    @property
    def brier(self) -> float:
        """Squared error: 0 sure and right, 0.25 a coin, 1 sure and wrong."""
        return (1.0 - self.probability) ** 2


def score_row(target: Target, draws: Sequence[float] | Float[np.ndarray, " n"]) -> RowScore:
    """Return the score of joint draws of one row, in the row's own unit."""
    values, weights = _published(target, np.asarray(draws, dtype=float))
    order = np.argsort(values)
    values, weights = values[order], weights[order] / weights.sum()
    low, q25, middle, q75, high = (_quantile(values, weights, p) for p in (0.05, 0.25, 0.5, 0.75, 0.95))
    seen = target.observed
    below = weights[values < seen - _SAME].sum() + 0.5 * weights[np.abs(values - seen) <= _SAME].sum()
    return RowScore(
        id=target.id, study=target.query.study, arm=target.query.arm, group=target.query.group,
        instrument=target.query.instrument, observed=seen, quantiles=(low, q25, middle, q75, high), pit=float(below),
        crps=_crps(values, weights, seen) * target.points, absolute_error=abs(middle - seen) * target.points,
        width90=(high - low) * target.points,
    )  # fmt: skip


def _published(
    target: Target, draws: Float[np.ndarray, " n"]
) -> tuple[Float[np.ndarray, " m"], Float[np.ndarray, " m"]]:
    """Return the predicted distribution of the published figure as values and weights."""
    even = np.quantile(draws, (np.arange(_QUANTILES) + 0.5) / _QUANTILES)
    if target.count is not None:
        of = int(target.query.of or 1)
        counts = np.arange(of + 1)
        return counts / of, binom.pmf(counts[:, None], of, np.clip(even, 0.0, 1.0)).mean(axis=1)
    error = (target.standard_error or 0.0) * norm.ppf((np.arange(_ERRORS) + 0.5) / _ERRORS)
    values = (even[:, None] + error).ravel()
    return values, np.full(values.size, 1.0 / values.size)


def _crps(values: Float[np.ndarray, " m"], weights: Float[np.ndarray, " m"], seen: float) -> float:
    """Return E|X - x| - E|X - X'| / 2 of a discrete distribution, values rising."""
    below = np.cumsum(weights)[:-1]
    spread = np.sum(below * (1.0 - below) * np.diff(values))
    return float(np.sum(weights * np.abs(values - seen)) - spread)


def _quantile(values: Float[np.ndarray, " m"], weights: Float[np.ndarray, " m"], share: float) -> float:
    below = np.cumsum(weights)
    return float(values[min(np.searchsorted(below, share - 1e-12), len(values) - 1)])


def score_order(
    order: Order,
    *,
    contrasts: Sequence[Mapping[str, Any]],
    targets: Sequence[Target],
    draws: Mapping[str, Float[np.ndarray, " n"]],
) -> OrderScore:
    """Return the score of one order: from `contrasts`, else from joint draws of comparable rows; a coin is 0.25."""
    for each in contrasts:
        pair = {each["arm_a"], each["arm_b"]}
        if (each["study"], each["instrument"], pair) == (order.study, order.instrument, {order.better, order.worse}):
            first = float(each["p_a_better"])
            return OrderScore(order, first if each["arm_a"] == order.better else 1.0 - first)
    found = []
    mine = [t for t in targets if t.query.study == order.study and t.query.instrument == order.instrument]
    for one in (t for t in mine if t.query.arm == order.better and t.id in draws):
        for other in (t for t in mine if t.query.arm == order.worse and t.id in draws):
            same = ("quantity", "threshold", "scar_types", "days_after_first")
            if any(getattr(one.query, name) != getattr(other.query, name) for name in same):
                continue
            difference = np.asarray(draws[one.id]) - np.asarray(draws[other.id])
            if one.query.group != "fraction" and one.query.instrument not in RISES_WHEN_BETTER | TISSUE:
                difference = -difference
            found.append(float(np.mean(difference > 0) + 0.5 * np.mean(difference == 0)))
    return OrderScore(order, float(np.mean(found)) if found else 0.0)


def summarise_rows(scores: Sequence[RowScore]) -> dict[str, Any]:
    """Return coverage, CRPS (of rows, and with studies equal), error and width of some rows."""
    if not scores:
        return {"rows": 0}
    per_study = Counter(score.study for score in scores)
    weights = np.array([1.0 / per_study[score.study] for score in scores])
    crps = np.array([score.crps for score in scores])
    return {
        "rows": len(scores),
        "studies": len(per_study),
        "inside50": sum(score.inside50 for score in scores),
        "inside90": sum(score.inside90 for score in scores),
        "coverage50": float(np.mean([score.inside50 for score in scores])),
        "coverage90": float(np.mean([score.inside90 for score in scores])),
        "crps": float(crps.mean()),
        "crps_by_study": float((weights * crps).sum() / weights.sum()),
        "median_absolute_error": float(np.mean([score.absolute_error for score in scores])),
        "mean_width90": float(np.mean([score.width90 for score in scores])),
    }


def compare_scores(ours: Sequence[RowScore], reference: Mapping[str, float]) -> dict[str, Any]:
    """Return the ratio of our CRPS to that of a reference (row id -> points), studies equal."""
    mine, theirs = defaultdict(list), defaultdict(list)
    for score in ours:
        if score.id in reference:
            mine[score.study].append(score.crps)
            theirs[score.study].append(reference[score.id])
    if not mine:
        return {"rows": 0, "studies": 0, "ratio": None, "studies_better": 0}
    means = {name: (float(np.mean(mine[name])), float(np.mean(theirs[name]))) for name in mine}
    return {
        "rows": sum(map(len, mine.values())),
        "studies": len(means),
        "ratio": sum(a for a, _ in means.values()) / sum(b for _, b in means.values()),
        "studies_better": sum(a < b for a, b in means.values()),
    }
