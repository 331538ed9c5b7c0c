"""Growth factor spreads from the layer where it is released, and is reflected at the top of the dermis.

    s(z) = int v(z') [ K(|z - z'|) + K(z + z') ] dz',    K(x) = exp(-x / lambda) / (2 lambda)

the steady solution of diffusion with decay, lambda = sqrt(diffusion / decay). Averaged exactly over layers, so
that nothing is lost between layers; what leaves at the bottom goes to the fat.
"""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float


def spread_over_depth(
    released: Float[Array, "draw z"], edges_mm: Float[Array, " k"], reach_mm: Float[Array, " draw"]
) -> Float[Array, "draw z"]:
    """Return the amount that arrives in each layer when `released` spreads with reach `reach_mm`."""
    thickness = jnp.diff(edges_mm)
    direct = _second_difference(edges_mm[:, None] - edges_mm[None, :], reach_mm)
    reflected = -_second_difference(edges_mm[:, None] + edges_mm[None, :], reach_mm)
    kernel = (direct + reflected) / thickness[None, :, None]
    return jnp.einsum("dij,dj->di", kernel, released)


def _second_difference(distance_mm: Float[Array, "k k"], reach_mm: Float[Array, " draw"]) -> Float[Array, "draw z z"]:
    # The second antiderivative of K along a difference of two positions; differences over the borders of the
    # receiving and the sending layer integrate K over both layers exactly.
    reach = reach_mm[:, None, None]
    size = jnp.abs(distance_mm)[None]
    antiderivative = -0.5 * (size + reach * jnp.exp(-size / reach))
    return jnp.diff(jnp.diff(antiderivative, axis=1), axis=2)
