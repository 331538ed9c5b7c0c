"""The statistical model, for the sampler. NumPyro is imported here and in `fit.py` only.

    improvement = slope * simulated(log yield of the study, lag, tether, what is untold) + effects + study + arm + cell
    percent row     ~ Normal(improvement, its standard error)
    responders      ~ Binomial(n, Phi(improvement of the row / spread between patients))
    dark patches    ~ Binomial(n, 1 / (1 + exp(-log odds)))

Thresholds stand among the effects, with their sign; what a scale calls a response is an effect with a spread that is
fitted; a study's definition of a response is a random effect of its own.

Everything but the yield and the spreads is Gaussian in the improvement and is integrated out: the percent rows are
multivariate normal, and the improvements behind counts are drawn from what the percent rows leave of them. For this the
simulated improvement is taken as linear in the deviations from its mean, at the drawn mean yield. What was integrated
out is drawn afterwards (`marginal.py`).
"""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as dist
from jax.scipy.special import ndtr, ndtri

from scarplan.calibration.data_of_fit import Figures, FitData
from scarplan.calibration.effects import RATING_SLOPE, RESPONSE_SCALE_SD, half_normal_scale, spread_names
from scarplan.calibration.marginal import Split, joint_normal, normal_prior, pseudo_log_density, split_rows
from scarplan.calibration.pigment import pigment_names, pigment_prior
from scarplan.evidence.library import quantity
from scarplan.evidence.quantity import Prior

_SMALLEST = 1e-6


def joint_model(data: FitData, percent: Any, fraction: Any, pigment: Any, figures: Figures) -> None:
    """The joint model of scores, responders and dark patches; three say which rows of `figures` are held."""
    positive = (*spread_names(), "log_yield_study_sd", RATING_SLOPE)
    spreads = {name: half_normal(name) if name == RESPONSE_SCALE_SD else _lognormal(name) for name in positive}
    log_yield = _normal("log_yield_mean", *normal_prior("log_yield_mean"))
    patient_sd = spreads["patient_sd"]
    split = _split(data, log_yield, spreads, percent, fraction, figures)
    latent = numpyro.deterministic("latent", split.mean + split.lower @ _standard("latent", len(data.fraction)))
    pseudo = pseudo_log_density(figures.count, data.of, latent, patient_sd=patient_sd, counted=fraction)
    numpyro.factor("percent", split.log_density - pseudo)
    chance = ndtr(latent / patient_sd)
    numpyro.sample(
        "fraction",
        dist.Binomial(data.of, jnp.clip(chance, _SMALLEST, 1 - _SMALLEST)).mask(fraction),
        obs=figures.count,
    )
    _pigment_model(data, pigment, figures)


def _split(data: FitData, log_yield: Any, spreads: dict[str, Any], percent: Any, fraction: Any, figures: Any) -> Split:
    mean, covariance = joint_normal(data.design, log_yield, spreads)
    return split_rows(data, figures, mean, covariance, patient_sd=spreads["patient_sd"], held=percent, counted=fraction)


def _pigment_model(data: FitData, held: Any, figures: Figures) -> None:
    priors = np.array([pigment_prior(name) for name in pigment_names()])
    effects = _normal("pigment_effects", jnp.asarray(priors[:, 0]), jnp.asarray(priors[:, 1]))
    spread = _lognormal("pigment_study_sd")
    studies = int(data.pigment.study.max(initial=0)) + 1
    log_odds = (
        jnp.asarray(data.pigment.effects) @ effects + spread * _standard("pigment_study", studies)[data.pigment.study]
    )
    numpyro.sample(
        "pigment",
        dist.Binomial(data.pigment_of, logits=log_odds).mask(held),
        obs=figures.pigment_count,
    )


def _standard(name: str, *shape: int) -> Any:
    return numpyro.sample(f"{name}_z", dist.Normal(0.0, 1.0).expand(shape).to_event(len(shape)))


def _normal(name: str, mean: Any, sd: Any) -> Any:
    standard = numpyro.sample(f"{name}_z", dist.Normal(0.0, 1.0).expand(jnp.shape(mean)).to_event(jnp.ndim(mean)))
    return numpyro.deterministic(name, mean + sd * standard)


def _lognormal(name: str) -> Any:
    prior = _prior(name)
    center, spread = float(prior.center or 1.0), float(prior.spread or 0.0)
    standard = numpyro.sample(f"{name}_z", dist.Normal(0.0, 1.0))
    return numpyro.deterministic(name, center * jnp.exp(spread * standard))


def half_normal(name: str) -> Any:
    """Return a spread with a half-normal prior, a site of the model."""
    standard = numpyro.sample(f"{name}_z", dist.Normal(0.0, 1.0))
    # By equal probabilities and not |z|, whose energy has an edge at 0; of the upper tail, which does not round to 1.
    return numpyro.deterministic(name, -half_normal_scale(name) * ndtri(0.5 * ndtr(-standard)))


def _prior(name: str) -> Prior:
    prior = quantity(f"calibration.{name}").prior
    if prior is None:
        raise ValueError(f"calibration.{name} has no prior")
    return prior
