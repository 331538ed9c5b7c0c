"""Simulation-based calibration: figures drawn from the prior, fitted, and the rank of the truth among the draws.

Where the sampler and the model are right, ranks are even (Talts et al. 2018).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from scipy.special import expit, ndtr
from scipy.stats import binom

from scarplan.calibration.data_of_fit import Figures, FitData
from scarplan.calibration.effects import RATING_SLOPE, RESPONSE_SCALE_SD, half_normal_scale, spread_names
from scarplan.calibration.marginal import SHARED, effect_priors, linearise, normal_prior, shared_priors
from scarplan.calibration.pigment import pigment_names, pigment_prior
from scarplan.evidence.library import quantity


@dataclass(frozen=True, eq=False)
class SimulatedTrials:
    """Parameters drawn from their priors, and the figures that trials of these parameters would publish."""

    truth: Mapping[str, Any]
    figures: Figures


def simulate_trials(data: FitData, *, seed: int) -> SimulatedTrials:
    """Return the trials of `data`, with the same arms and patients, and figures drawn from the prior."""
    stream = np.random.default_rng([seed, 77])
    truth: dict[str, Any] = {"log_yield_mean": stream.normal(*normal_prior("log_yield_mean"))}
    for name in (*spread_names(), "log_yield_study_sd", RATING_SLOPE, "pigment_study_sd"):
        if name == RESPONSE_SCALE_SD:
            truth[name] = half_normal_scale(name) * abs(stream.standard_normal())
            continue
        prior = quantity(f"calibration.{name}").prior
        if prior is None or not prior.center or not prior.spread:
            raise ValueError(f"calibration.{name} has no lognormal prior")
        truth[name] = prior.center * np.exp(prior.spread * stream.standard_normal())
    truth["effects"] = stream.normal(*effect_priors(truth[RESPONSE_SCALE_SD]))
    shared = stream.normal(*shared_priors())
    truth |= dict(zip(SHARED, shared, strict=True))
    improvement = _improvement(data, truth, shared, stream)
    chance = ndtr(improvement[data.fraction] / truth["patient_sd"])
    truth["pigment_effects"] = stream.normal(*np.array([pigment_prior(name) for name in pigment_names()]).T)
    log_odds = data.pigment.effects @ truth["pigment_effects"]
    log_odds += (truth["pigment_study_sd"] * stream.standard_normal(len(log_odds)))[data.pigment.study]
    figures = Figures(
        stream.normal(improvement[data.percent], data.error),
        stream.binomial(data.of, chance),
        stream.binomial(data.pigment_of, expit(log_odds)),
    )
    return SimulatedTrials(truth, figures)


def _improvement(
    data: FitData, truth: Mapping[str, Any], shared: Float[np.ndarray, " k"], stream: np.random.Generator
) -> Float[np.ndarray, " n"]:
    design = data.design
    linear = linearise(design, truth["log_yield_mean"], truth[RATING_SLOPE])
    count = len(design.rows)
    found = linear.constant + design.effects @ truth["effects"] + linear.shared @ shared
    found += linear.log_yield * truth["log_yield_study_sd"] * stream.standard_normal(count)[design.study]
    untold = stream.standard_normal((count, linear.untold.shape[1]))[design.study]
    found += (linear.untold * untold).sum(axis=1)
    for name in ("study", "arm", "cell", "definition"):
        group = getattr(design, name)
        found += np.where(group >= 0, truth[f"{name}_sd"] * stream.standard_normal(count + 1)[group], 0.0)
    return found


def ranks_of(
    truth: Mapping[str, Any], draws: Mapping[str, Float[np.ndarray, "chain draw ..."]], *, levels: int
) -> dict[str, Int[np.ndarray, " k"]]:
    """Return the rank (0 to `levels`) of each true parameter among as many draws, taken evenly."""
    found = {}
    for name, value in truth.items():
        flat = np.swapaxes(draws[name], 0, 1).reshape(-1, *draws[name].shape[2:])
        picked = flat[np.linspace(0, len(flat) - 1, levels).round().astype(int)]
        found[name] = np.atleast_1d((picked < value).sum(axis=0))
    return found


def judge_ranks(ranks: Sequence[int] | Int[np.ndarray, " n"], *, levels: int, bins: int = 10) -> dict[str, Any]:
    """Return the histogram of ranks, the band that 99 % of even histograms keep to, and whether it is kept.

    The band is for all bars of one histogram together (Bonferroni).
    """
    counts, _ = np.histogram(np.asarray(ranks) / (levels + 1.0) + 0.5 / (levels + 1.0), bins=bins, range=(0.0, 1.0))
    low, high = binom.interval(1.0 - 0.01 / bins, len(ranks), 1.0 / bins)
    return {
        "counts": counts.tolist(), "low": int(low), "high": int(high),
        "even": bool((counts >= low).all() and (counts <= high).all()),
    }  # fmt: skip
