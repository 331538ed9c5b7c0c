"""Bands that tether a rolling scar to the layer below: each session cuts some, subcision most.

session:  Q *= exp(-q v(z_tether)),    Q = 1 before treatment, 0 when fully released
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from scarplan.injury import Dose

if TYPE_CHECKING:
    from scarplan.response.draws import ResponseDraws


def kept_by_session(dose: Dose, draws: ResponseDraws) -> Float[Array, " draw"]:
    """Return the share of the tethers that one session leaves."""
    in_dermis = jnp.maximum(draws.tether_depth_mm - draws.needling.epidermis_mm, 0.0)
    injured = jax.vmap(jnp.interp, in_axes=(0, None, 0))(in_dermis, dose.depth_mm, dose.injured_fraction)
    return jnp.exp(-draws.tether_release_per_injury * injured)
