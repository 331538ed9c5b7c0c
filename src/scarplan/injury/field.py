"""Injured fraction of each layer: channels at random places, a Boolean model of stochastic geometry.

    v = 1 - exp(-rho A)                            rho channels per mm2, A area of one channel, mean over the layer
    v_removed = 1 - exp(-rho A_removed)            what is vaporised
    v_thermal = exp(-rho A_core) (1 - exp(-rho (A - A_core)))      what is heated and neither opened nor removed

A spot that one channel opens or removes and another heats counts as opened or removed. Passes add in the exponent:
several passes injure as much as one pass of their summed density, exactly, because the area of a channel is averaged
over a layer before it enters the exponent.
"""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float


def injured_fraction(
    density_per_mm2: Float[Array, " draw"], area_mm2: Float[Array, "draw z"]
) -> Float[Array, "draw z"]:
    """Return the injured volume fraction of a layer from channel density and the area of one channel."""
    return -jnp.expm1(-density_per_mm2[:, None] * area_mm2)


def only_outside(
    density_per_mm2: Float[Array, " draw"], area_mm2: Float[Array, "draw z"], core_mm2: Float[Array, "draw z"]
) -> Float[Array, "draw z"]:
    """Return the fraction that lies in the area of a channel but in the core of none."""
    density = density_per_mm2[:, None]
    return jnp.exp(-density * core_mm2) * -jnp.expm1(-density * jnp.maximum(area_mm2 - core_mm2, 0.0))
