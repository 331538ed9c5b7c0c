"""The barrier defect that needling leaves, and how long channels stay open.

B(0) = 1 - exp(-channels / channels_B),   half-time = shallow + rise * depth reached
hours until B is below the share that counts as intact;  closing of the channels: a straight line in the length

Heated or vaporised skin has half-times and closing times of its own, by class of device.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax.numpy as jnp
from jaxtyping import Array, Float

from scarplan.injury import Dose
from scarplan.units import MM2_PER_CM2

if TYPE_CHECKING:
    from scarplan.response.harms.draws import HarmDraws


def barrier_defect(dose: Dose, draws: HarmDraws) -> Float[Array, " draw"]:
    """Return the share of the barrier that is open just after a session."""
    opened = dose.density_per_mm2 * MM2_PER_CM2 / draws.barrier_density_per_cm2
    return jnp.where(dose.mean_depth_mm > 0.0, -jnp.expm1(-opened), 0.0)


def barrier_half_hours(dose: Dose, draws: HarmDraws) -> Float[Array, " draw"]:
    """Return the half-time of the barrier defect, hours."""
    if draws.heat is not None:
        return draws.heat.barrier_half_hours
    return draws.barrier_half_hours_shallow + draws.barrier_half_hours_per_mm * dose.mean_depth_mm


def barrier_hours(dose: Dose, draws: HarmDraws) -> Float[Array, " draw"]:
    """Return the hours until the barrier counts as intact."""
    ratio = jnp.maximum(barrier_defect(dose, draws) / draws.barrier_intact_share, 1.0)
    return barrier_half_hours(dose, draws) * jnp.log2(ratio)


def closure_hours(needle_length_mm: Float[Array, ""], dose: Dose, draws: HarmDraws) -> Float[Array, " draw"]:
    """Return the hours until the channels have closed; 0 where none were made."""
    if draws.heat is not None:
        return jnp.where((dose.mean_depth_mm > 0.0) & (dose.density_per_mm2 > 0.0), draws.heat.closure_hours, 0.0)
    hours = draws.closure_hours_at_zero + draws.closure_hours_per_mm * needle_length_mm
    return jnp.where((dose.mean_depth_mm > 0.0) & (dose.density_per_mm2 > 0.0), hours, 0.0)
