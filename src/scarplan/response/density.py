"""How the yield of a session rises with channel density.

The cascade treats a layer as well mixed, so its yield levels off early. Between channels the growth factor of each
one fades, and how far it reaches (lambda, drawn) is not known: published decay rates differ 40-fold. The correction is

    eps(rho) = h(rho; rho_50) / h(rho; rho_mixed),   h(rho; a) = rho / (a + rho),   eps = 1 at the reference density
    rho_50   = max(rho_mixed, rho_ref (lambda_ref / lambda)^n)

so the yield has its half at rho_50 instead of rho_mixed: short reach, more passes still help; long reach, they do not.
eps is finite at density 0 and never falls. At the reference density, where the starting values were found, nothing
changes. rho_ref, lambda_ref and n were read off three runs of a spatial prototype.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax.numpy as jnp
from jaxtyping import Array, Float

from scarplan.units import MM2_PER_CM2

if TYPE_CHECKING:
    from scarplan.response.draws import ResponseDraws


def density_yield(density_per_mm2: Float[Array, " draw"], draws: ResponseDraws) -> Float[Array, " draw"]:
    """Return the yield relative to the well-mixed cascade at a channel density; 1 at the reference density."""
    reference = draws.harms.reference_channels_per_cm2
    return _ratio(density_per_mm2 * MM2_PER_CM2, draws) / _ratio(reference, draws)


def _ratio(density_per_cm2: Float[Array, " draw"], draws: ResponseDraws) -> Float[Array, " draw"]:
    mixed = draws.well_mixed_half_density_per_cm2
    shorter = draws.half_effect_reach_mm / draws.signal_reach_mm
    half = jnp.maximum(mixed, draws.half_effect_density_per_cm2 * shorter**draws.half_effect_exponent)
    return (mixed + density_per_cm2) / (half + density_per_cm2)
