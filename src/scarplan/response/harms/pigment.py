"""Risk of new dark patches (post-inflammatory hyperpigmentation) in a course.

    logit P = b0 + study + b_type (type - 4) + b_sun + b_density ln(rho / rho_ref) + b_length ln(L / L_ref)
              + ln(sessions / sessions_ref)

Counts of published needling trials anchor b0; they differ far beyond chance, hence the study effect. No trial gives
rates by skin type: the direction is published, the size assumed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from scarplan.injury import Dose
from scarplan.units import MM2_PER_CM2

if TYPE_CHECKING:
    from scarplan.response.harms.draws import HarmDraws


def pigment_risk(
    needle_length_mm: Float[Array, ""], sessions: Int[Array, ""], dose: Dose, draws: HarmDraws
) -> Float[Array, " draw"]:
    """Return the probability of new dark patches in a course [draw]; exactly 0 without needling."""
    density = dose.density_per_mm2 * MM2_PER_CM2 / draws.reference_channels_per_cm2
    length = needle_length_mm / draws.reference_needle_length_mm
    log_odds = (
        draws.pigment_log_odds
        + draws.pigment_between_studies
        + draws.pigment_per_skin_type * draws.skin_types_above_base
        + draws.pigment_sun
        + draws.pigment_per_log_density * jnp.log(density)
        + draws.pigment_per_log_length * jnp.log(length)
        + jnp.log(sessions / draws.pigment_reference_sessions)
    )
    return jax.nn.sigmoid(log_odds)
