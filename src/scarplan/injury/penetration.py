"""How deep needles reach: a distribution, not the needle length setting.

    D ~ Normal(phi L, cv phi L), truncated to 0 <= D <= L

phi is the reached fraction (the most frequent depth relative to the setting L), cv the spread from channel to
channel. No needle reaches deeper than it stands out, so the mean depth is below phi L where phi is near 1.
"""

from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float

# Below this length nothing is pierced; it also keeps the ratios finite at a length of 0.
_SHORTEST_MM = 1e-9

# Gauss-Legendre nodes along the needle length, for the mean depth.
_MEAN_NODES, _MEAN_WEIGHTS = (
    0.5 * (x + s) for x, s in zip(np.polynomial.legendre.leggauss(16), (1.0, 0.0), strict=True)
)


def _normal_survival(score: Array) -> Array:
    # One erfc, exact to rounding in the upper tail, which is the one that is needed here.
    return 0.5 * lax.erfc(score / np.sqrt(2.0))


class ReachedDepth(eqx.Module):
    """Distribution of the depth reached in each draw, mm below the skin surface of the scar's floor.

    length_mm   needle length setting, mm
    fraction    phi [draw]
    cv          spread relative to phi * length [draw]
    """

    length_mm: Float[Array, ""]
    fraction: Float[Array, " draw"]
    cv: Float[Array, " draw"]

    def share_deeper(self, depth_mm: Float[Array, "draw ..."]) -> Float[Array, "draw ..."]:
        """Return the share of channels that reach deeper than `depth_mm` [draw ...]: 1 at 0, 0 from the length on."""
        length = jnp.maximum(self.length_mm, _SHORTEST_MM)
        extra = (1,) * (depth_mm.ndim - 1)
        fraction, cv = self.fraction.reshape(-1, *extra), self.cv.reshape(-1, *extra)
        relative = jnp.clip(depth_mm / length, 0.0, 1.0)
        above = _normal_survival((relative - fraction) / (cv * fraction))
        top, bottom = _normal_survival(-1.0 / cv), _normal_survival((1.0 - fraction) / (cv * fraction))
        share = jnp.clip((above - bottom) / (top - bottom), 0.0, 1.0)
        return jnp.where(self.length_mm > _SHORTEST_MM, share, 0.0)

    def mean_mm(self) -> Float[Array, " draw"]:
        """Return the mean depth reached [draw], mm (the area under the share of deeper channels)."""
        nodes = jnp.broadcast_to(_MEAN_NODES * self.length_mm, (self.fraction.shape[0], _MEAN_NODES.size))
        return self.length_mm * jnp.sum(self.share_deeper(nodes) * _MEAN_WEIGHTS, axis=-1)
