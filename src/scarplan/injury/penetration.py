"""How deep needles reach: a distribution, not the needle length setting.

    D ~ Normal(phi L, cv phi L), truncated to 0 <= D <= L

phi is the reached fraction (the most frequent depth relative to the setting L), cv the spread from channel to
channel. No needle reaches deeper than it stands out, so the mean depth is below phi L where phi is near 1.
A laser's column has no such stop: it is given a limit of twice the depth that is set (see `columns.py`).

With S the share of channels deeper than a depth and Q the upper tail of the normal distribution, the areas

    S1(x) = int_x^inf S,    S2(x) = int_x^inf S1,    S3(x) = int_x^inf S2

have a closed form in the iterated integrals i1, i2, i3 of Q. Means over a layer and along a tapered channel need no
quadrature (`profile.py`).
"""

from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float

# Below this length nothing is pierced; it also keeps the ratios finite at a length of 0.
_SHORTEST_MM = 1e-9


def _normal_survival(score: Array) -> Array:
    # One erfc, exact to rounding in the upper tail, which is the one that is needed here.
    return 0.5 * lax.erfc(score / np.sqrt(2.0))


def _iterated_tails(score: Array) -> tuple[Array, Array, Array, Array]:
    """Return Q and its first three integrals from `score` to infinity."""
    tail = _normal_survival(score)
    density = jnp.exp(-0.5 * score**2) / np.sqrt(2.0 * np.pi)
    first = density - score * tail
    second = 0.5 * ((1.0 + score**2) * tail - score * density)
    third = ((score**2 + 2.0) * density - (score**3 + 3.0 * score) * tail) / 6.0
    return tail, first, second, third


class ReachedDepth(eqx.Module):
    """Distribution of the depth reached in each draw, mm below the skin surface of the scar's floor.

    length_mm   needle length setting, mm; one number or [draw]
    fraction    phi [draw]
    cv          spread relative to phi * length [draw]
    """

    length_mm: Float[Array, "*draw"]
    fraction: Float[Array, " draw"]
    cv: Float[Array, " draw"]

    def share_deeper(self, depth_mm: Float[Array, "draw ..."]) -> Float[Array, "draw ..."]:
        """Return the share of channels that reach deeper than `depth_mm` [draw ...]: 1 at 0, 0 from the length on."""
        extra = (1,) * (depth_mm.ndim - 1)
        length = jnp.maximum(self.length_mm.reshape(-1, *extra), _SHORTEST_MM)
        fraction, cv = self.fraction.reshape(-1, *extra), self.cv.reshape(-1, *extra)
        relative = jnp.clip(depth_mm / length, 0.0, 1.0)
        above = _normal_survival((relative - fraction) / (cv * fraction))
        top, bottom = _normal_survival(-1.0 / cv), _normal_survival((1.0 - fraction) / (cv * fraction))
        share = jnp.clip((above - bottom) / (top - bottom), 0.0, 1.0)
        return jnp.where(length > _SHORTEST_MM, share, 0.0)

    def areas_deeper(
        self, depth_mm: Float[Array, "draw ..."]
    ) -> tuple[Float[Array, "draw ..."], Float[Array, "draw ..."], Float[Array, "draw ..."]]:
        """Return S1, S2 and S3 at `depth_mm` [draw ...], in mm, mm2 and mm3; above the surface S is 1."""
        extra = (1,) * (depth_mm.ndim - 1)
        length = jnp.maximum(self.length_mm.reshape(-1, *extra), _SHORTEST_MM)
        centre = self.fraction.reshape(-1, *extra) * length
        spread = self.cv.reshape(-1, *extra) * centre
        inside, outside = jnp.clip(depth_mm, 0.0, length), jnp.minimum(depth_mm, 0.0)
        left = length - inside
        _, *here = _iterated_tails((inside - centre) / spread)
        bottom, *end = _iterated_tails((length - centre) / spread)
        top = _normal_survival(-centre / spread)
        first = spread * (here[0] - end[0]) - bottom * left
        second = spread**2 * (here[1] - end[1]) - spread * end[0] * left - 0.5 * bottom * left**2
        third = (
            spread**3 * (here[2] - end[2])
            - spread**2 * end[1] * left
            - 0.5 * spread * end[0] * left**2
            - bottom * left**3 / 6.0
        )
        first, second, third = (jnp.maximum(area / (top - bottom), 0.0) for area in (first, second, third))
        pierced = length > _SHORTEST_MM
        areas = (
            first - outside,
            second - outside * first + 0.5 * outside**2,
            third - outside * second + 0.5 * outside**2 * first - outside**3 / 6.0,
        )
        one, two, three = (jnp.where(pierced, area, 0.0) for area in areas)
        return one, two, three

    def mean_mm(self) -> Float[Array, " draw"]:
        """Return the mean depth reached [draw], mm (the area under the share of deeper channels)."""
        return self.areas_deeper(jnp.zeros_like(self.fraction))[0]
