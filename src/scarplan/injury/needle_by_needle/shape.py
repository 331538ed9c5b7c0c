"""Shape and depths of the channels of one draw, as plain arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy import special

from scarplan.injury.penetration import ReachedDepth
from scarplan.injury.profile import RadiusProfile


@dataclass(frozen=True)
class ChannelShape:
    """Radius by height above the tip: knots [knot], radius just below and just above each, mm."""

    height_mm: Float[np.ndarray, " knot"]
    below_mm: Float[np.ndarray, " knot"]
    above_mm: Float[np.ndarray, " knot"]

    @staticmethod
    def of(profile: RadiusProfile, number: int) -> ChannelShape:
        """Return the shape of one draw."""
        return ChannelShape(
            *(np.asarray(part)[number] for part in (profile.height_mm, profile.below_mm, profile.above_mm))
        )

    @property
    def widest_mm(self) -> float:
        """Return the greatest radius."""
        return float(max(self.below_mm.max(), self.above_mm.max()))

    @property
    def lowest_mm(self) -> float:
        """Return how far the injury reaches below the tip, mm; 0 where it does not."""
        return max(0.0, -float(self.height_mm[0]))

    def radius_mm(self, above_tip_mm: np.ndarray) -> np.ndarray:
        """Return the radius at heights above the tip."""
        radius = np.zeros_like(above_tip_mm)
        last = self.height_mm.size - 1
        for knot, (at, start) in enumerate(zip(self.height_mm, self.above_mm, strict=True)):
            here = above_tip_mm > at
            if knot == last:
                radius[here] = start
                continue
            run = self.height_mm[knot + 1] - at
            rise = (self.below_mm[knot + 1] - start) / run if run > 0.0 else 0.0
            radius[here] = start + rise * (above_tip_mm[here] - at)
        return radius


def draw_depths(
    rng: np.random.Generator, reached: ReachedDepth, number: int, count: int
) -> Float[np.ndarray, " channel"]:
    """Return the depths that `count` channels reach in one draw, mm."""
    length = float(np.broadcast_to(np.asarray(reached.length_mm), np.asarray(reached.fraction).shape)[number])
    centre = float(reached.fraction[number]) * length
    if length <= 0.0:
        return np.zeros(count)
    spread = float(reached.cv[number]) * centre
    lowest, highest = special.ndtr(-centre / spread), special.ndtr((length - centre) / spread)
    return np.clip(centre + spread * special.ndtri(lowest + rng.random(count) * (highest - lowest)), 0.0, length)
