"""The uncertain parameters of needling, drawn from their priors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from scipy import special

from scarplan.devices import NEEDLING_CLASSES
from scarplan.errors import BadInput
from scarplan.injury.layers import DEEPEST_MM
from scarplan.injury.priors import Draws, Sampler

if TYPE_CHECKING:
    from scarplan.anatomy import SkinLayers


class NeedlingDraws(eqx.Module):
    """Parameters of penetration, channels and skin layers; every field is an array [draw]."""

    reached_fraction: Float[Array, " draw"]
    reached_depth_cv: Float[Array, " draw"]
    recoil_ratio: Float[Array, " draw"]
    channel_taper_mm: Float[Array, " draw"]
    crush_margin_mm: Float[Array, " draw"]
    delivered_density_ratio: Float[Array, " draw"]
    drag_mm: Float[Array, " draw"]
    epidermis_mm: Float[Array, " draw"]
    dermis_mm: Float[Array, " draw"]
    bleeding_depth_below_epidermis_mm: Float[Array, " draw"]
    scar_threshold_depth_mm: Float[Array, " draw"]
    scar_threshold_share: Float[Array, " draw"]
    wide_patch_mm: Float[Array, " draw"]


_SAME_FOR_ALL_DEVICES = (
    "reached_depth_cv",
    "recoil_ratio",
    "channel_taper_mm",
    "crush_margin_mm",
    "delivered_density_ratio",
    "bleeding_depth_below_epidermis_mm",
    "scar_threshold_depth_mm",
    "scar_threshold_share",
    "wide_patch_mm",
)


def draw_needling(sampler: Sampler, *, device_class: str, layers: SkinLayers) -> NeedlingDraws:
    """Return draws for a class of device and the skin layers of a zone.

    Another class of device shares the random numbers, so that devices are compared on the same skin and hand.
    Raises BadInput for a class of device whose injury is not modelled.
    """
    if device_class not in NEEDLING_CLASSES:
        raise BadInput(
            "the injury of this class of device is not modelled",
            code="E-INJ-001",
            got=device_class,
            allowed=", ".join(NEEDLING_CLASSES),
            do="forecast a needling device; other devices are shown with their published results only",
        )
    drawn = {name: sampler.draw(f"injury.{name}") for name in _SAME_FOR_ALL_DEVICES}
    fraction = sampler.draw(f"injury.reached_fraction_{device_class}", stream="injury.reached_fraction")
    drag = sampler.draw(f"injury.drag_{device_class}_mm", stream="injury.drag")
    epidermis = _draw_layer(sampler, "injury.epidermis_mm", layers.epidermis_mm, layers.epidermis_sd_mm)
    dermis = _draw_layer(sampler, "injury.dermis_mm", layers.dermis_mm, layers.dermis_sd_mm)
    skin = {"epidermis_mm": epidermis, "dermis_mm": np.minimum(dermis, DEEPEST_MM)}
    every = drawn | skin | {"reached_fraction": fraction, "drag_mm": drag}
    return NeedlingDraws(**{name: jnp.asarray(values) for name, values in every.items()})


def _draw_layer(sampler: Sampler, name: str, mean_mm: float, sd_mm: float) -> Draws:
    # Lognormal with this mean and spread: the spread is up to half of the mean, and thickness is positive.
    if sampler.central or sd_mm == 0.0:
        return np.full(sampler.count, mean_mm)
    log_variance = np.log1p((sd_mm / mean_mm) ** 2)
    normal = special.ndtri(sampler.uniform(name))
    return mean_mm * np.exp(np.sqrt(log_variance) * normal - 0.5 * log_variance)
