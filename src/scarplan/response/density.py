"""How the yield of a session rises with channel density: the correction of the course model by the unit cell.

The cascade treats a layer as well mixed. Between channels the growth factor of each one fades, and close to a channel
there is more of it than fibroblasts can answer to; so at low density a session yields less than the cascade says. The
yield table (`yield_table.py`) holds E, the yield of the 3-D unit cell relative to the cascade at the same dose, and

    eps = E(density, radius, reach, strength) / E(reference density, reference radius, reach, strength)

Reach is drawn and strength follows from drawn rates: how far and how strongly growth factor acts is not known, and
published decay rates differ 40-fold. eps is 1 for the reference needle at the reference density, where the synthesis
rate was calibrated, whatever the draw; it is finite at density 0 and does not fall with density.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax.numpy as jnp
from jaxtyping import Array, Float

from scarplan.response.unit_cell import strength_of
from scarplan.response.yield_table import read_yield_table
from scarplan.units import MM2_PER_CM2

if TYPE_CHECKING:
    from scarplan.injury import RadiusProfile
    from scarplan.response.draws import ResponseDraws


def density_yield(
    density_per_mm2: Float[Array, " draw"], outline: RadiusProfile, draws: ResponseDraws
) -> Float[Array, " draw"]:
    """Return the yield relative to the well-mixed cascade at a channel density; 1 at the reference density and needle.

    `outline` is the shape of all that one channel injures; its greatest radius counts.
    """
    table = read_yield_table()
    strength, reach = strength_of(draws), draws.signal_reach_mm
    radius = jnp.broadcast_to(_widest_mm(outline), reach.shape)
    reference_density = draws.harms.reference_channels_per_cm2
    here = table.at_density(table.by_density(strength, reach, radius), density_per_mm2 * MM2_PER_CM2)
    reference = table.at_density(table.by_density(strength, reach, draws.reference_outline_mm), reference_density)
    return here / reference


def _widest_mm(outline: RadiusProfile) -> Float[Array, " draw"]:
    return jnp.maximum(jnp.max(outline.below_mm, axis=1), jnp.max(outline.above_mm, axis=1))
