"""Shape of one channel or column: its radius at a height above its tip, and the area it injures in each layer.

    A(z) = pi E_D[ r(D - z)^2 ]        r(u) radius at height u above the tip; 0 below the lowest knot

r is linear between knots and may jump at a knot. With S(z) the share of channels deeper than z, every jump of r^2
adds (above^2 - below^2) S(z + u), and every slope adds int 2 r r' S(z + u) du. Their mean over a layer is exact, from
the areas S1, S2 and S3 under S (`penetration.py`): by parts, for a slope s from (a, ra) to (b, rb),

    int_a^b 2 s r S(z + u) du = 2 s [ra S1(z + a) - rb S1(z + b)] + 2 s^2 [S2(z + a) - S2(z + b)]
"""

from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from scarplan.injury.penetration import ReachedDepth


class RadiusProfile(eqx.Module):
    """Radius of one channel by height above its tip, in each draw.

    height_mm   heights of the knots [draw knot], rising; a knot below 0 lies under the tip
    below_mm    radius just below each knot [draw knot]; 0 at the first
    above_mm    radius just above each knot [draw knot]; above the last it stays
    """

    height_mm: Float[Array, "draw knot"]
    below_mm: Float[Array, "draw knot"]
    above_mm: Float[Array, "draw knot"]

    def layer_area_mm2(self, edges_mm: Float[Array, "draw k"], reached: ReachedDepth) -> Float[Array, "draw z"]:
        """Return the area that one channel injures, mean over depth reached and over each layer, mm2.

        `edges_mm` are the borders of the layers, mm below the skin surface.
        """
        depths = edges_mm[:, :, None] + self.height_mm[:, None, :]
        between = tuple(area[:, :-1] - area[:, 1:] for area in reached.areas_deeper(depths))
        return self._summed(*between) / jnp.diff(edges_mm, axis=1)

    def area_mm2(self, depth_mm: Float[Array, "draw z"], reached: ReachedDepth) -> Float[Array, "draw z"]:
        """Return the area that one channel injures at depths below the skin surface, mean over depth reached, mm2."""
        depths = depth_mm[:, :, None] + self.height_mm[:, None, :]
        one, two, _ = reached.areas_deeper(depths)
        return self._summed(reached.share_deeper(depths), one, two)

    def _summed(
        self, share: Float[Array, "draw z knot"], one: Float[Array, "draw z knot"], two: Float[Array, "draw z knot"]
    ) -> Float[Array, "draw z"]:
        """Return pi times jumps and slopes, from S and its areas, or from the areas between the borders of layers."""
        jump = jnp.sum((self.above_mm**2 - self.below_mm**2)[:, None, :] * share, axis=-1)
        start, stop = self.above_mm[:, :-1], self.below_mm[:, 1:]
        run = jnp.diff(self.height_mm, axis=1)
        # Two knots at one height have no slope between them.
        slope = jnp.where(run > 0.0, (stop - start) / jnp.where(run > 0.0, run, 1.0), 0.0)[:, None, :]
        first = start[:, None, :] * one[..., :-1] - stop[:, None, :] * one[..., 1:]
        along = 2.0 * slope * first + 2.0 * slope**2 * (two[..., :-1] - two[..., 1:])
        # A difference of rounding errors below the deepest channel is no injury.
        return jnp.pi * jnp.maximum(jump + jnp.sum(along, axis=-1), 0.0)

    def radius_mm(self, above_tip_mm: Float[Array, "draw ..."]) -> Float[Array, "draw ..."]:
        """Return the radius at heights above the tip [draw ...], mm."""
        extra = (1,) * (above_tip_mm.ndim - 1)
        radius = jnp.zeros_like(above_tip_mm)
        count = self.height_mm.shape[1]
        for knot in range(count):
            at = self.height_mm[:, knot].reshape(-1, *extra)
            here = self.above_mm[:, knot].reshape(-1, *extra)
            if knot + 1 < count:
                run = self.height_mm[:, knot + 1].reshape(-1, *extra) - at
                rise = self.below_mm[:, knot + 1].reshape(-1, *extra) - here
                here = here + rise * (above_tip_mm - at) / jnp.where(run > 0.0, run, 1.0)
            radius = jnp.where(above_tip_mm > at, here, radius)
        return radius


def tapered(
    radius_mm: Float[Array, " draw"], *, taper_mm: Float[Array, " draw"], margin_mm: Float[Array, " draw"]
) -> RadiusProfile:
    """Return a cone over the taper, a cylinder above it, and a rim of `margin_mm` around both, down to the tip."""
    nothing = jnp.zeros_like(taper_mm)
    wide = jnp.broadcast_to(radius_mm, taper_mm.shape) + margin_mm
    return RadiusProfile(
        height_mm=jnp.stack([nothing, taper_mm], axis=1),
        below_mm=jnp.stack([nothing, wide], axis=1),
        above_mm=jnp.stack([margin_mm, wide], axis=1),
    )
