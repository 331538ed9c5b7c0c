"""The Gaussian part of the model, integrated out: mean and covariance of all rows, and what is drawn back.

Given the mean log yield m and the spreads, the improvements of all rows are jointly normal:

    mean        s q(m) + effects' prior means
    covariance  prior of effects, of lag and tether + yield of studies + untold + study + arm + cell + definition

q is the quadratic of each row, with its slopes at (m, 0, ..., 0); s the rating slope, 1 where an instrument measured.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.linalg import solve_triangular
from jax.scipy.stats import norm
from jaxtyping import Array, Float

from scarplan.calibration.data_of_fit import Figures, FitData
from scarplan.calibration.design import UNCERTAIN, Design
from scarplan.calibration.effects import (
    RATING_SLOPE,
    RESPONSE_SCALE_SD,
    effect_names,
    effect_prior,
    is_of_scale,
)
from scarplan.evidence.library import quantity

#: Parameters of the response that all studies share and that the improvement is linear in.
SHARED = ("log_surface_lag", "log_tether_release")
# A row that is not held is given this error, points: it tells nothing. Percent of a score are at most 100.
_TELLS_NOTHING = 1e5
_JITTER = 1e-6


class Split(eqx.Module):
    """What the rows say with counts taken as normal, and what that leaves of the improvements behind the counts.

    log_density  of the percent rows and of the pseudo-figures of the counts
    mean, lower  mean and Cholesky factor of the improvements behind the counts given all of them
    """

    log_density: Float[Array, ""]
    mean: Float[Array, " f"]
    lower: Float[Array, "f f"]


@dataclass(frozen=True, eq=False)
class Linear:
    """A design at one mean yield: constant [n], slope of the yield [n], of SHARED [n 2], of what is untold [n k]."""

    constant: Any
    log_yield: Any
    shared: Any
    untold: Any


def linearise(design: Design, log_yield: Any, rating_slope: Any) -> Linear:
    """Return slope times simulated improvement of each row as a linear function about (log_yield, 0, ..., 0)."""
    count = len(UNCERTAIN)
    first, _ = np.triu_indices(count)
    slopes, products = design.quadratic[:, 1 : 1 + count], design.quadratic[:, 1 + count :]
    # Of the products only those with the yield are left at 0 of all else.
    with_yield = products[:, first == 0]
    constant = design.quadratic[:, 0] + slopes[:, 0] * log_yield + with_yield[:, 0] * log_yield**2
    gradient = slopes + with_yield * log_yield
    gradient_of_yield = slopes[:, 0] + 2.0 * with_yield[:, 0] * log_yield
    follows = jnp.where(design.rated, rating_slope, 1.0)
    by_row = follows[:, None]
    return Linear(follows * constant, follows * gradient_of_yield, by_row * gradient[:, 1:3], by_row * gradient[:, 3:])


def joint_normal(design: Design, log_yield: Any, spreads: Mapping[str, Any]) -> tuple[Any, Any]:
    """Return mean [n] and covariance [n n] of the improvements of all rows, points.

    `spreads` holds the rating slope too.
    """
    linear = linearise(design, log_yield, spreads[RATING_SLOPE])
    means, sds = effect_priors(spreads[RESPONSE_SCALE_SD])
    shared_means, shared_sds = shared_priors()
    same = {name: _same(getattr(design, name)) for name in ("study", "arm", "cell", "definition")}
    mean = linear.constant + design.effects @ means + linear.shared @ shared_means
    of_study = jnp.outer(linear.log_yield, linear.log_yield) * spreads["log_yield_study_sd"] ** 2
    of_study = of_study + linear.untold @ linear.untold.T + spreads["study_sd"] ** 2
    covariance = (
        (design.effects * sds**2) @ design.effects.T
        + (linear.shared * shared_sds**2) @ linear.shared.T
        + same["study"] * of_study
        + same["arm"] * spreads["arm_sd"] ** 2
        + same["cell"] * spreads["cell_sd"] ** 2
        + same["definition"] * spreads["definition_sd"] ** 2
    )
    return mean, covariance


def split_rows(
    data: FitData, figures: Figures, mean: Any, covariance: Any, *, patient_sd: Any, held: Any, counted: Any
) -> Split:
    """Return the density of the rows that are held, with a normal pseudo-figure in the place of each count.

    The pseudo-figure of a count is its empirical probit; whoever uses this puts the true likelihood in its place
    (`pseudo_log_density`). It makes what is left to draw all but standard normal.
    """
    rows = np.concatenate([data.percent, data.fraction])
    probit, sd = pseudo_figures(figures.count, data.of)
    seen = jnp.concatenate([figures.improvement, patient_sd * probit])
    error = jnp.concatenate([data.error, patient_sd * sd])
    known = jnp.concatenate([held, counted])
    covariance = covariance[np.ix_(rows, rows)]
    lower = jnp.linalg.cholesky(covariance + jnp.diag(jnp.where(known, error**2, _TELLS_NOTHING**2)))
    behind = slice(len(data.percent), None)
    deviation = jnp.where(known, seen - mean[rows], 0.0)
    # One solve and not two: XLA would run two at a time, and those of many chains, each waiting inside a worker for
    # workers, have stood still for ever on two cores (jaxlib 0.10.2).
    solved = solve_triangular(lower, jnp.column_stack([deviation, covariance[:, behind]]), lower=True)
    whitened, crossed = solved[:, 0], solved[:, 1:]
    left = covariance[behind, behind] - crossed.T @ crossed
    return Split(
        log_density=-0.5 * whitened @ whitened - jnp.sum(jnp.log(jnp.diag(lower))),
        mean=mean[data.fraction] + crossed.T @ whitened,
        lower=jnp.linalg.cholesky(left + _JITTER * jnp.eye(len(data.fraction))),
    )


def pseudo_figures(count: Any, of: Any) -> tuple[Float[Array, " f"], Float[Array, " f"]]:
    """Return the empirical probit of each count and its standard error."""
    share = (count + 0.5) / (of + 1.0)
    probit = norm.ppf(share)
    return probit, jnp.sqrt(share * (1.0 - share) / (of + 2.0)) / norm.pdf(probit)


def pseudo_log_density(count: Any, of: Any, latent: Any, *, patient_sd: Any, counted: Any) -> Any:
    """Return the density of the pseudo-figures at improvements `latent`, which the true likelihood replaces."""
    probit, sd = pseudo_figures(count, of)
    deviation = (probit - latent / patient_sd) / sd
    return jnp.sum(jnp.where(counted, -0.5 * deviation**2 - jnp.log(patient_sd * sd), 0.0))


def draw_coefficients(
    data: FitData, found: Mapping[str, Any], normal: Any, *, held: Any, improvement: Any
) -> Float[Array, "draw k"]:
    """Return draws of the effects and of SHARED, given the rows: what was integrated out, drawn back.

    `found` holds draws [draw ...] of the mean yield, the spreads and `latent`, the improvements behind the counts;
    `normal` standard normal numbers [draw k].
    """
    design = data.design

    def draw_one(one: tuple[Mapping[str, Any], Any]) -> Any:
        at, standard = one
        of_effects = effect_priors(at[RESPONSE_SCALE_SD])
        means, sds = (jnp.concatenate(parts) for parts in zip(of_effects, shared_priors(), strict=True))
        mean, covariance = joint_normal(design, at["log_yield_mean"], at)
        slopes = jnp.concatenate(
            [design.effects, linearise(design, at["log_yield_mean"], at[RATING_SLOPE]).shared], axis=1
        )
        noise = jnp.full(len(design.rows), _JITTER)
        noise = noise.at[data.percent].set(jnp.where(held, data.error**2, _TELLS_NOTHING**2))
        seen = mean.at[data.percent].set(jnp.where(held, improvement, mean[data.percent]))
        seen = seen.at[data.fraction].set(at["latent"])
        crossed = slopes * sds**2
        # One triangular solve for all: `solve` would go through the columns one by one, for half of the time of a fit.
        whitened = solve_triangular(
            jnp.linalg.cholesky(covariance + jnp.diag(noise)), jnp.column_stack([crossed, seen - mean]), lower=True
        )
        gained, deviation = whitened[:, :-1], whitened[:, -1]
        lower = jnp.linalg.cholesky(jnp.diag(sds**2) - gained.T @ gained + _JITTER * jnp.eye(len(sds)))
        return means + gained.T @ deviation + lower @ standard

    return jax.lax.map(draw_one, ({name: jnp.asarray(values) for name, values in found.items()}, jnp.asarray(normal)))


def effect_priors(response_scale_sd: Any) -> tuple[Any, Any]:
    """Return means [k] and sds [k] of the effects, given the spread between scales of what is called a response."""
    priors = np.array([effect_prior(name) for name in effect_names()])
    of_scale = np.array([is_of_scale(name) for name in effect_names()])
    return priors[:, 0], jnp.where(of_scale, response_scale_sd, priors[:, 1])


def shared_priors() -> tuple[Float[np.ndarray, " k"], Float[np.ndarray, " k"]]:
    """Return means and sds of the priors of SHARED."""
    priors = np.array([normal_prior(name) for name in SHARED])
    return priors[:, 0], priors[:, 1]


def normal_prior(name: str) -> tuple[float, float]:
    """Return mean and sd of the normal prior of `calibration.<name>`."""
    prior = quantity(f"calibration.{name}").prior
    if prior is None or prior.center is None or prior.spread is None:
        raise ValueError(f"calibration.{name} has no normal prior")
    return prior.center, prior.spread


def _same(group: np.ndarray) -> Float[np.ndarray, "n n"]:
    """Return 1 where two rows are of one group, else 0; a group of -1 is none."""
    return ((group[:, None] == group[None, :]) & (group[:, None] >= 0)).astype(float)
