"""Pain during a session, on a scale of 0 to 10, with numbing cream and without.

    with cream     P = P_device + P_length (L - L_ref), within 0-10; of an energy device its own figure
    without        P + P_cream, within 0-10

Needling hurts more the longer the needles are set. Trials print pain with a numbing cream, mostly without saying so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax.numpy as jnp
from jaxtyping import Array, Float

from scarplan.injury import Dose

if TYPE_CHECKING:
    from scarplan.response.harms.draws import HarmDraws

_WORST = 10.0


def pain_of_session(
    length_mm: Float[Array, "*draw"], dose: Dose, draws: HarmDraws
) -> tuple[Float[Array, " draw"], Float[Array, " draw"]]:
    """Return the pain of a session with numbing cream and without it; 0 where nothing is injured."""
    if draws.heat is None:
        numbed = draws.pain_vas + draws.pain_per_mm * (length_mm - draws.reference_needle_length_mm)
    else:
        numbed = draws.heat.pain_vas
    hurts = (dose.mean_depth_mm > 0.0) & (dose.density_per_mm2 > 0.0)
    plain = numbed + draws.pain_saved_by_cream
    return _on_scale(numbed, hurts), _on_scale(plain, hurts)


def _on_scale(pain: Float[Array, " draw"], hurts: Array) -> Float[Array, " draw"]:
    return jnp.where(hurts, jnp.clip(pain, 0.0, _WORST), 0.0)
