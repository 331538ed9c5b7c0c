"""The operator's hand: speed, overlap of lanes, misses and pressure.

    delivered density / density of the setting = (1 - missed) / (1 - overlap) / speed

speed, relative to the device's usual one, counts for a gliding pen alone: rho_1 = N f / (w v). A roller leaves the same
however fast it rolls, and a stamp does not glide. Pressure scales the depth reached; no needle reaches deeper than it
stands out. Where the hand is not described, `delivered_density_ratio` of the draws stands for all of it together.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, TypeVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from scarplan.devices import PenDensity
from scarplan.errors import BadInput
from scarplan.injury.draws import NeedlingDraws
from scarplan.injury.priors import Sampler

if TYPE_CHECKING:
    from scarplan.devices import Device

_AnyDraws = TypeVar("_AnyDraws", bound=NeedlingDraws)

#: What can be stated of a hand, and what is allowed.
_STATED = {
    "speed_ratio": (0.0, 10.0, "a ratio above 0, up to 10"),
    "overlap_share": (-1e-9, 0.9, "a share from 0 to 0.9"),
    "missed_share": (-1e-9, 0.9, "a share from 0 to 0.9"),
    "pressure_ratio": (0.0, 3.0, "a ratio above 0, up to 3"),
}


class Operator(eqx.Module):
    """One hand in each draw; every field is an array [draw]. Meaning and unit: quantities `injury.operator_<field>`."""

    speed_ratio: Float[Array, " draw"]
    overlap_share: Float[Array, " draw"]
    missed_share: Float[Array, " draw"]
    pressure_ratio: Float[Array, " draw"]

    def density_ratio(self, *, is_gliding_pen: bool) -> Float[Array, " draw"]:
        """Return channels made, relative to the setting [draw]."""
        speed = self.speed_ratio if is_gliding_pen else jnp.ones_like(self.speed_ratio)
        return (1.0 - self.missed_share) / (1.0 - self.overlap_share) / speed


def draw_operator(sampler: Sampler, **stated: float) -> Operator:
    """Return hands drawn from their priors; what is `stated` (a field by name) is taken as it is.

    Raises BadInput for a field that there is not, or a value that cannot be.
    """
    for name, value in stated.items():
        lowest, highest, allowed = _STATED.get(name, (0.0, 0.0, ", ".join(_STATED)))
        if not lowest < value <= highest:
            raise BadInput(
                f"the operator's {name} cannot be so",
                code="E-INJ-004",
                got=value,
                allowed=allowed,
                do="correct it, or leave it out: then it is drawn from its prior",
            )
    return Operator(
        **{
            name: jnp.asarray(
                np.full(sampler.count, stated[name]) if name in stated else sampler.draw(f"injury.operator_{name}")
            )
            for name in _STATED
        }
    )


def speed_ratio_of(device: Device, speed_mm_per_s: float) -> float:
    """Return a speed of gliding relative to the device's usual one; 1 where the device has none."""
    return speed_mm_per_s / device.density.glide_speed_mm_per_s if isinstance(device.density, PenDensity) else 1.0


def with_operator(draws: _AnyDraws, operator: Operator, *, is_gliding_pen: bool) -> _AnyDraws:
    """Return `draws` in the hands of `operator`: density delivered and depth reached are theirs."""
    return dataclasses.replace(
        draws,
        delivered_density_ratio=operator.density_ratio(is_gliding_pen=is_gliding_pen),
        reached_fraction=jnp.minimum(draws.reached_fraction * operator.pressure_ratio, 1.0),
    )
