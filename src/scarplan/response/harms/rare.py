"""Rare harms that follow from the injury: infection through open skin, and scars made by the treatment itself.

    infection   1 - (1 - p h / h_ref)^n   p of one session of the reference, h the hours that the barrier is open
    scarring    1 - (1 - index)^k         index of the injury (`injury/scar_risk.py`), k > 1 with a history of keloids

The first is a probability with a wide prior; the second orders settings and patients and is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from scarplan.injury import Dose

if TYPE_CHECKING:
    from scarplan.response.harms.draws import HarmDraws


def infection_risk(
    open_hours: Float[Array, " draw"], sessions: Int[Array, ""], draws: HarmDraws
) -> Float[Array, " draw"]:
    """Return the probability of an infection of the skin in a course."""
    one = jnp.clip(draws.infection_per_session * open_hours / draws.infection_reference_hours, 0.0, 1.0)
    return 1.0 - (1.0 - one) ** sessions


def scarring_index(dose: Dose, draws: HarmDraws) -> Float[Array, " draw"]:
    """Return the index of scars by the treatment itself, 0-1."""
    return 1.0 - (1.0 - dose.scar_risk) ** draws.keloid_factor
