"""Index of the risk that needling itself leaves scars: wide, deep patches; never depth alone.

A straight cut scars when it is deeper than about 0.56 mm or a third of the skin (Dunkin 2007). A puncture is far
narrower than a cut and heals without a scar, so only patches that many channels make together count:

    index = ( 1 - exp(-rho S(z*) pi a^2) ) ^ n,    n = max(1, (w/2)^2 / a^2),    a = R + m + drag / 2

the chance that a spot of width w is injured throughout, thought of as n places of a channel's size that are
injured independently of each other. rho S(z*) is the density of channels deeper than the threshold z*. That
punctures scar by merging is an inference, not a measurement: the index orders settings, it is not a probability.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax.numpy as jnp
from jaxtyping import Array, Float

from scarplan.injury.penetration import ReachedDepth

if TYPE_CHECKING:
    from scarplan.injury.draws import NeedlingDraws


def scar_risk_index(
    density_per_mm2: Float[Array, " draw"],
    reached: ReachedDepth,
    *,
    radius_mm: Float[Array, " draw"],
    drag_mm: Float[Array, " draw"],
    draws: NeedlingDraws,
) -> Float[Array, " draw"]:
    """Return the index in 0-1 [draw]; `drag_mm` is by how much gliding widens a channel."""
    skin = draws.epidermis_mm + draws.dermis_mm
    threshold = jnp.minimum(draws.scar_threshold_depth_mm, draws.scar_threshold_share * skin)
    deep_per_mm2 = density_per_mm2 * reached.share_deeper(threshold)
    channel = radius_mm + draws.crush_margin_mm + 0.5 * drag_mm
    places = jnp.maximum((0.5 * draws.wide_patch_mm / channel) ** 2, 1.0)
    injured = -jnp.expm1(-deep_per_mm2 * jnp.pi * channel**2)
    return injured**places
