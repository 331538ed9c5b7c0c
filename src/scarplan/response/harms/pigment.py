"""Risk of new dark patches (post-inflammatory hyperpigmentation) in a course.

    logit P = b0 + study + b_type (type - 4) + b_sun + b_density ln(rho / rho_ref) + b_length ln(L / L_ref)
              + ln(sessions / sessions_ref)

Of an energy device density and length give way to log odds of its own and to b_injury ln(v / v_ref), v the injured
volume and v_ref that of a usual session of its class: the columns of a laser are no channels of needles.

    seen(t) = sum over sessions of P / sessions ((1 - f_d) 2^(-t / h) + f_d 2^(-t / h_d))

h the half-time of pigment in the epidermis, h_d that of the share f_d in the dermis.

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

_DAYS_PER_WEEK = 7.0


def pigment_risk(
    needle_length_mm: Float[Array, "*draw"], sessions: Int[Array, ""], dose: Dose, draws: HarmDraws
) -> Float[Array, " draw"]:
    """Return the probability of new dark patches in a course [draw]; exactly 0 without treatment."""
    if draws.heat is not None:
        volume = jnp.sum(dose.injured_fraction * jnp.diff(dose.edges_mm), axis=-1)
        return jax.nn.sigmoid(
            draws.pigment_log_odds
            + draws.pigment_between_studies
            + draws.pigment_per_skin_type * draws.skin_types_above_base
            + draws.pigment_sun
            + draws.heat.pigment_device
            + draws.pigment_per_log_injury * jnp.log(volume / draws.heat.reference_injury_mm)
            + jnp.log(sessions / draws.pigment_reference_sessions)
        )
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


def pigment_seen(
    risk: Float[Array, " draw"],
    draws: HarmDraws,
    *,
    session_days: Int[Array, " session"],
    days: Int[Array, " t"],
) -> Float[Array, "draw t"]:
    """Return the probability that dark patches of the course are there on each day; on a session day just before it.

    Negative session days are no sessions; each session has its share of the risk of the course.
    """
    weeks = (days[None, :] - session_days[:, None]) / _DAYS_PER_WEEK
    happened = (weeks > 0.0) & (session_days >= 0)[:, None]
    dermal = draws.pigment_dermal_share[:, None, None]
    left = (1.0 - dermal) * 2.0 ** (-jnp.maximum(weeks, 0.0) / draws.pigment_clearing_half_weeks[:, None, None])
    left = left + dermal * 2.0 ** (-jnp.maximum(weeks, 0.0) / draws.pigment_dermal_half_weeks[:, None, None])
    each = risk / jnp.maximum(jnp.sum(session_days >= 0), 1)
    return each[:, None] * jnp.sum(left * happened, axis=1)
