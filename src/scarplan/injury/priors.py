"""Drawing a quantity from its prior; a draw depends on the seed, the quantity and its number alone.

Every quantity has its own random stream, keyed by (seed, level, name); draw number i is the i-th number of
that stream. So the first draws stay the same when more are asked for, when other quantities are added, and
whatever the protocol: common random numbers by construction.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float
from scipy import special

from scarplan.evidence.library import quantity
from scarplan.evidence.quantity import Prior, Quantity

Draws = Float[np.ndarray, " draw"]

# Keeps the inverse distribution functions away from 0 and 1, where they are infinite.
_SMALLEST_SHARE = 2.0**-53


#: What a random stream is keyed by, besides the seed: level and name.
Stream = tuple[str, str]


@dataclass(frozen=True)
class Sampler:
    """Draws quantities: `count` draws of the stream family `seed`, or the plain values if `central`.

    `central` gives one draw per quantity at its value: the starting values of the model. `scores` stand in for
    streams: standard normal numbers [draw] whose normal probabilities are taken for the stream's uniform ones, so that
    draws can be moved while they keep their prior. `asked` notes every stream that was used.
    """

    count: int
    seed: int
    central: bool = False
    scores: Mapping[Stream, Draws] = field(default_factory=dict[Stream, Draws])
    asked: dict[Stream, Draws] = field(default_factory=dict[Stream, Draws])

    def uniform(self, name: str, *, level: str = "patient") -> Draws:
        """Return uniform numbers in (0, 1) of the stream `name`."""
        if self.central:
            return np.full(self.count, 0.5)
        if (level, name) in self.scores:
            return np.clip(special.ndtr(self.scores[level, name]), _SMALLEST_SHARE, 1.0 - _SMALLEST_SHARE)
        key = [self.seed, zlib.crc32(level.encode()), zlib.crc32(name.encode())]
        stream = np.random.Generator(np.random.Philox(np.random.SeedSequence(key)))
        drawn = np.clip(stream.random(self.count), _SMALLEST_SHARE, 1.0 - _SMALLEST_SHARE)
        self.asked[level, name] = drawn
        return drawn

    def draw(self, name: str, *, stream: str | None = None) -> Draws:
        """Return draws of the quantity `name`; `stream` shares the random numbers of another name."""
        drawn = quantity(name)
        if self.central or drawn.prior is None or drawn.prior.family == "fixed":
            return np.full(self.count, float(drawn.value))
        return quantile_of(drawn, drawn.prior, self.uniform(stream or name, level=drawn.prior.level))


def quantile_of(drawn: Quantity, prior: Prior, share: Draws) -> Draws:
    """Return the quantiles of a prior, truncated to [low, high], at the shares `share` in (0, 1)."""
    center = prior.center if prior.center is not None else 0.0
    spread = prior.spread if prior.spread is not None else 0.0
    low = prior.low if prior.low is not None else -np.inf
    high = prior.high if prior.high is not None else np.inf
    if prior.family == "uniform":
        return low + share * (high - low)
    if prior.family == "beta":
        return _beta_quantile(share, center, spread, low, high)
    if prior.family == "lognormal":
        floor = np.log(low) if low > 0 else -np.inf
        return np.exp(_normal_quantile(share, np.log(center), spread, floor, np.log(high)))
    if prior.family in ("normal", "truncated_normal"):
        return _normal_quantile(share, center, spread, low, high)
    raise ValueError(f"{drawn.name}: a prior of the family {prior.family!r} cannot be drawn")


def _normal_quantile(share: Draws, center: float, spread: float, low: float, high: float) -> Draws:
    below, above = special.ndtr((low - center) / spread), special.ndtr((high - center) / spread)
    return center + spread * special.ndtri(below + share * (above - below))


def _beta_quantile(share: Draws, center: float, spread: float, low: float, high: float) -> Draws:
    mean, sd = (center - low) / (high - low), spread / (high - low)
    concentration = mean * (1.0 - mean) / sd**2 - 1.0
    if concentration <= 0.0:
        raise ValueError(f"a beta prior on [{low}, {high}] cannot have mean {center} and sd {spread}")
    return low + (high - low) * special.betaincinv(mean * concentration, (1.0 - mean) * concentration, share)
