"""Variances of random intercepts by restricted maximum likelihood (REML), and the fixed effects at them.

    y = X b + sum_k Z_k u_k + e      u_k ~ N(0, ratio_k s2), e ~ N(0, s2); rows of different patients are independent

The error variance and b are profiled out, so the search is over the ratios alone, each from 0 on, with the exact
gradient. A ratio of exactly 0 is an ordinary place of this search: small studies often end there, and general programs
stop with a singular matrix or do not settle. Where they do settle, the numbers are theirs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

#: Where the search starts: all variances as that of the error, and nearly none. The better end is taken.
_STARTS = (1.0, 0.02)
#: A variance this many times that of the error leaves no error to speak of.
_LARGEST_RATIO = 1e6


@dataclass(frozen=True)
class MixedFit:
    """Fixed effects [p] with their covariance [p p], the variances by name of intercept, and that of the error."""

    effects: Float[np.ndarray, " p"]
    covariance: Float[np.ndarray, "p p"]
    variances: dict[str, float]
    error: float
    settled: bool


@dataclass(frozen=True)
class _Blocks:
    """Patients on top of each other, filled up with rows of 0 that count for nothing.

    Response [g m], design [g m p], and for each intercept which rows share it [g k m m].
    """

    y: Float[np.ndarray, "g m"]
    x: Float[np.ndarray, "g m p"]
    shared: Float[np.ndarray, "g k m m"]


@dataclass(frozen=True)
class _Solved:
    """At given ratios: V^-1, V^-1 X, (X'V^-1 X)^-1, the effects b, V^-1 (y - X b), and what the likelihood needs."""

    inverse: Float[np.ndarray, "g m m"]
    of_design: Float[np.ndarray, "g m p"]
    bread: Float[np.ndarray, "p p"]
    effects: Float[np.ndarray, " p"]
    weighted: Float[np.ndarray, "g m"]
    square: float
    log: float


def fit_reml(
    response: Float[np.ndarray, " n"],
    design: Float[np.ndarray, "n p"],
    patient: Int[np.ndarray, " n"],
    intercepts: dict[str, Int[np.ndarray, " n"]],
) -> MixedFit:
    """Return the fit. `intercepts`: name -> which level each row has; no level belongs to two patients.

    The design must have full rank, fewer columns than rows, and must not tell the response exactly (ValueError).
    """
    from scipy.optimize import minimize

    blocks = _cut(response, design, patient, list(intercepts.values()))
    spare = len(response) - design.shape[1]
    left = response - design @ np.linalg.lstsq(design, response, rcond=None)[0]
    if spare < 1 or float(left @ left) <= 1e-20 * max(1.0, float(response @ response)):
        raise ValueError("the design tells every value exactly")
    count = len(intercepts)
    ends = [
        minimize(
            lambda ratios: _deviance(ratios, blocks, spare),
            np.full(count, start),
            jac=True,
            method="L-BFGS-B",
            bounds=[(0.0, _LARGEST_RATIO)] * count,
            options={"maxiter": 500, "ftol": 1e-13, "gtol": 1e-7},
        )
        for start in _STARTS
    ]
    best = min(ends, key=lambda end: float(end.fun))
    ratios = best.x
    at = _solve(ratios, blocks)
    error = at.square / spare
    return MixedFit(
        at.effects,
        error * at.bread,
        {name: float(ratio * error) for name, ratio in zip(intercepts, ratios, strict=True)},
        float(error),
        bool(any(end.success for end in ends)),
    )


def _cut(y: np.ndarray, x: np.ndarray, patient: np.ndarray, levels: Sequence[np.ndarray]) -> _Blocks:
    groups = [np.flatnonzero(patient == one) for one in np.unique(patient)]
    most = max(len(rows) for rows in groups)
    found = _Blocks(
        np.zeros((len(groups), most)),
        np.zeros((len(groups), most, x.shape[1])),
        np.zeros((len(groups), len(levels), most, most)),
    )
    for g, rows in enumerate(groups):
        m = len(rows)
        found.y[g, :m], found.x[g, :m] = y[rows], x[rows]
        for k, codes in enumerate(levels):
            found.shared[g, k, :m, :m] = codes[rows][:, None] == codes[rows][None, :]
    return found


def _solve(ratios: np.ndarray, blocks: _Blocks) -> _Solved:
    covariance = np.eye(blocks.y.shape[1]) + np.einsum("k,gkij->gij", ratios, blocks.shared)
    inverse = np.linalg.inv(covariance)
    of_design = inverse @ blocks.x
    information = np.einsum("gmp,gmq->pq", blocks.x, of_design)
    bread = np.linalg.inv(information)
    effects = bread @ np.einsum("gmp,gm->p", of_design, blocks.y)
    left = blocks.y - blocks.x @ effects
    weighted = (inverse @ left[..., None])[..., 0]
    return _Solved(
        inverse, of_design, bread, effects, weighted,
        square=float((left * weighted).sum()),
        log=float(np.linalg.slogdet(covariance)[1].sum() + np.linalg.slogdet(information)[1]),
    )  # fmt: skip


def _deviance(ratios: np.ndarray, blocks: _Blocks, spare: int) -> tuple[float, np.ndarray]:
    """Return -2 log restricted likelihood (but for a constant) and its gradient."""
    at = _solve(ratios, blocks)
    # The trace of (V^-1 - V^-1 X (X'V^-1 X)^-1 X'V^-1) Z Z'.
    projected = at.inverse - at.of_design @ at.bread @ at.of_design.swapaxes(1, 2)
    groups, count = blocks.shared.shape[:2]
    flat = blocks.shared.reshape(groups, count, -1)
    pairs = (at.weighted[:, :, None] * at.weighted[:, None, :]).reshape(groups, -1, 1)
    traces = (flat @ projected.reshape(groups, -1, 1)).sum(axis=(0, 2))
    pulls = (flat @ pairs).sum(axis=(0, 2))
    return spare * math.log(at.square) + at.log, traces - spare * pulls / at.square
