"""What is other about the harms of heat and ablation, drawn by class of energy device; None for needles."""

from __future__ import annotations

from dataclasses import fields

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from scarplan.devices import COMPARATOR_CLASSES
from scarplan.devices.energy_device import ABLATIVE_CLASSES
from scarplan.injury import Sampler


class HeatHarmDraws(eqx.Module):
    """Parameters of the harms of heat; every field is an array [draw].

    redness_clearing_per_day   rate at which redness of heated skin fades: the quantity
                               `harms.redness_clearing_ablative_per_day` where the surface is vaporised, else
                               `harms.redness_clearing_heated_per_day`
    crust_days                 days of crusts; 0 where the surface stays whole
    The rest are the quantities `harms.<field>_<class>`.
    """

    redness_clearing_per_day: Float[Array, " draw"]
    crust_days: Float[Array, " draw"]
    barrier_half_hours: Float[Array, " draw"]
    closure_hours: Float[Array, " draw"]
    pigment_device: Float[Array, " draw"]
    reference_injury_mm: Float[Array, " draw"]
    pain_vas: Float[Array, " draw"]


_OF_KIND = ("redness_clearing_per_day", "crust_days")


def draw_heat_harms(sampler: Sampler, *, device_class: str) -> HeatHarmDraws | None:
    """Return draws for a class of energy device; None for needles. Classes share their random numbers."""
    if device_class not in COMPARATOR_CLASSES:
        return None
    ablates = device_class in ABLATIVE_CLASSES
    clearing = "redness_clearing_ablative_per_day" if ablates else "redness_clearing_heated_per_day"
    names = [field.name for field in fields(HeatHarmDraws) if field.name not in _OF_KIND]
    return HeatHarmDraws(
        redness_clearing_per_day=jnp.asarray(
            sampler.draw(f"harms.{clearing}", stream="harms.redness_clearing_heated_per_day")
        ),
        crust_days=jnp.asarray(sampler.draw("harms.crust_days")) if ablates else jnp.zeros(sampler.count),
        **{
            name: jnp.asarray(sampler.draw(f"harms.{name}_{device_class}", stream=f"harms.{name}_energy"))
            for name in names
        },
    )
