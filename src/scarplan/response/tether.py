"""Bands that tether a rolling scar to the layer below: each session cuts some, subcision most.

session:  Q *= exp(-q v_cut(z_tether)),    Q = 1 before treatment, 0 when fully released

v_cut is what needles open or crush. Columns of lasers and heat pass between the bands: the release is a needle's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax.numpy as jnp
from jaxtyping import Array, Float

from scarplan.injury import Dose

if TYPE_CHECKING:
    from scarplan.response.draws import ResponseDraws


def kept_by_session(dose: Dose, draws: ResponseDraws) -> Float[Array, " draw"]:
    """Return the share of the tethers that one session leaves."""
    middle, thickness = dose.depth_mm, dose.edges_mm[1] - dose.edges_mm[0]
    in_dermis = jnp.clip(draws.tether_depth_mm - draws.needling.epidermis_mm, middle[0], middle[-1])
    weight = jnp.maximum(1.0 - jnp.abs(in_dermis[:, None] - middle) / thickness, 0.0)
    cut = dose.injured_fraction
    if draws.heat is not None:
        cut = dose.cold_fraction - dose.removed_fraction
    return jnp.exp(-draws.tether_release_per_injury * jnp.sum(weight * cut, axis=-1))
