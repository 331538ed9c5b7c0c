"""A weighted ensemble brought from its prior to its posterior in small steps, with rejuvenation.

Every particle is a row of standard normal scores. The likelihood is let in by powers 0 = a0 < a1 < ... < 1; each power
is the largest at which the weights still count for a set share of the particles:

    ESS = (sum w)^2 / sum w^2,    w = L^(a_next - a)

Then particles are drawn by their weights, and the copies are moved apart by steps that keep the target (preconditioned
Crank-Nicolson about a Gaussian R = N(m, C) that the ensemble itself suggests),

    z' = m + sqrt(1 - b^2) (z - m) + b xi,    xi ~ N(0, C)
    accepted with min(1, (L(z') / L(z))^a  p(z') R(z) / (p(z) R(z')))

R is the prior but for the few directions that the likelihood hangs on: those of the lines that fit its readings best
over the ensemble. Along them middle and spread are those of the ensemble. b is led to an acceptance that moves far.
Nothing here knows what the scores mean.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

Scores = Float[np.ndarray, "draw k"]
Told = Float[np.ndarray, " draw"]
#: What the likelihood of a particle hangs on, as a few numbers.
Readings = Float[np.ndarray, "draw r"]
#: Returns the logarithm of the likelihood of each particle, and its readings.
Likelihood = Callable[[Scores], tuple[Told, Readings]]

#: Share of the particles that the weights of one step must count for.
_LEAST_SHARE = 0.4
#: Accepted moves: far enough apart, and not too few; and how strongly the step is led there.
_ACCEPTED, _LED_BY = 0.35, 1.5
_FIRST_STEP, _LEAST_STEP, _LARGEST_STEP = 0.6, 0.02, 0.95
# Readings whose lines point the same way to this part count once; a spread below the other is none.
_SAME_WAY, _LEAST_SPREAD = 1e-3, 1e-3
# Halvings in which the next power is looked for: to a part in 2^40 of the way left.
_HALVINGS = 40
#: More steps than this mean a likelihood that no ensemble of this size can follow.
_MOST_STEPS = 60


@dataclass(frozen=True, eq=False)
class Tempered:
    """An ensemble of equal weights that stands for the posterior.

    scores           [draw k]
    log_likelihood   of each particle [draw]
    ancestors        which particle of the start each one comes from [draw]
    powers           the powers by which the likelihood was let in, without the 0
    effective        effective number of particles under the whole likelihood, had the prior been weighted at once
    accepted         share of the moves that were accepted at the last power
    """

    scores: Scores
    log_likelihood: Float[np.ndarray, " draw"]
    ancestors: Int[np.ndarray, " draw"]
    powers: tuple[float, ...]
    effective: float
    accepted: float


def temper(likelihood: Likelihood, start: Scores, *, moves: int, last_moves: int, rng: np.random.Generator) -> Tempered:
    """Return the posterior of `likelihood` under standard normal scores, from `start`, which are drawn from them.

    `moves` follow each step, `last_moves` the last one. Raises ValueError where no particle has a finite likelihood.
    """
    scores = start
    told, readings = likelihood(start)
    if not np.isfinite(told).any():
        raise ValueError("the likelihood is finite for none of the particles")
    ancestors = np.arange(len(start))
    effective, power, step, accepted = effective_number(told), 0.0, _FIRST_STEP, 1.0
    powers: list[float] = []
    while power < 1.0:
        reached = _next_power(told, power) if len(powers) < _MOST_STEPS else 1.0
        weights = (reached - power) * told
        about = _suggest(scores, readings, weights)
        chosen = resample(weights, rng)
        scores, told, readings = scores[chosen], told[chosen], readings[chosen]
        ancestors = ancestors[chosen]
        power = reached
        powers.append(power)
        for _ in range(last_moves if power >= 1.0 else moves):
            proposed = about.propose(scores, step=step, rng=rng)
            there, read = likelihood(proposed)
            better = power * (there - told) + about.log_ratio(proposed) - about.log_ratio(scores)
            taken = np.log(rng.random(told.size)) < better
            scores, readings = (np.where(taken[:, None], *pair) for pair in ((proposed, scores), (read, readings)))
            told = np.where(taken, there, told)
            accepted = float(taken.mean())
            step = float(np.clip(step * np.exp(_LED_BY * (accepted - _ACCEPTED)), _LEAST_STEP, _LARGEST_STEP))
    return Tempered(scores, told, ancestors, tuple(powers), effective, accepted)


def effective_number(log_weights: Float[np.ndarray, " draw"]) -> float:
    """Return how many equal particles the weights count for; 0 where none of them is finite."""
    top = float(np.max(log_weights))
    if not np.isfinite(top):
        return 0.0
    weights = np.exp(log_weights - top)
    return float(weights.sum() ** 2 / np.sum(weights**2))


def resample(log_weights: Float[np.ndarray, " draw"], rng: np.random.Generator) -> Int[np.ndarray, " draw"]:
    """Return which particles go on, each as often as its weight says to within one (systematic)."""
    weights = np.exp(log_weights - np.max(log_weights))
    ends = np.cumsum(weights) / weights.sum()
    places = (np.arange(weights.size) + rng.random()) / weights.size
    return np.minimum(np.searchsorted(ends, places), weights.size - 1)


def _next_power(told: Float[np.ndarray, " draw"], power: float) -> float:
    least = _LEAST_SHARE * told.size
    if effective_number((1.0 - power) * told) >= least:
        return 1.0
    low, high = power, 1.0
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if effective_number((middle - power) * told) >= least else (low, middle)
    return high


@dataclass(frozen=True, eq=False)
class _About:
    """A Gaussian that is the standard one but along a few directions [k r] with another middle and spread [r]."""

    directions: Float[np.ndarray, "k r"]
    middle: Float[np.ndarray, " r"]
    spread: Float[np.ndarray, " r"]

    def log_ratio(self, scores: Scores) -> Float[np.ndarray, " draw"]:
        """Return the logarithm of prior over Gaussian, up to a constant."""
        along = scores @ self.directions
        return 0.5 * np.sum(((along - self.middle) / self.spread) ** 2 - along**2, axis=1)

    def propose(self, scores: Scores, *, step: float, rng: np.random.Generator) -> Scores:
        kept, fresh = np.sqrt(1.0 - step**2), rng.standard_normal(scores.shape)
        along = fresh @ self.directions
        drawn = fresh + (along * (self.spread - 1.0)) @ self.directions.T
        return kept * scores + ((1.0 - kept) * self.middle) @ self.directions.T + step * drawn


def _suggest(scores: Scores, readings: Readings, log_weights: Told) -> _About:
    """Return the Gaussian about which the weighted ensemble lies, along the directions that the readings show."""
    basis = _directions(scores, readings)
    weights = np.exp(log_weights - np.max(log_weights))
    weights /= weights.sum()
    along = scores @ basis
    middle = weights @ along
    variances, turned = np.linalg.eigh((weights[:, None] * (along - middle)).T @ (along - middle))
    return _About(basis @ turned, middle @ turned, np.sqrt(np.maximum(variances, _LEAST_SPREAD**2)))


def _directions(scores: Scores, readings: Readings) -> Float[np.ndarray, "k r"]:
    """Return orthonormal directions that span the best straight lines of the readings over the scores."""
    read = readings - readings.mean(axis=0)
    read = read / np.maximum(read.std(axis=0), np.finfo(float).tiny)
    lines, *_ = np.linalg.lstsq(scores - scores.mean(axis=0), read, rcond=None)
    spanned, sizes, _ = np.linalg.svd(lines, full_matrices=False)
    return spanned[:, sizes > _SAME_WAY * max(float(sizes.max(initial=0.0)), np.finfo(float).tiny)]
