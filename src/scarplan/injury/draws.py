"""The uncertain parameters of needling and of energy devices, drawn from their priors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from scipy import special

from scarplan.devices import COMPARATOR_CLASSES, DEVICE_CLASSES
from scarplan.errors import BadInput
from scarplan.injury.layers import DEEPEST_MM
from scarplan.injury.priors import Draws, Sampler
from scarplan.units import MM2_PER_CM2

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


class EnergyDraws(NeedlingDraws):
    """What an energy device needs besides; every field is an array [draw].

    Of a laser `reached_fraction` and `reached_depth_cv` are of the depth that is set, and nothing is a needle's.

    coagulated_rim_mm     width of the heated rim
    column_radius_mm      radius of a column's core; 0 for RF needles
    column_taper_share    share of its depth along which a column narrows; 0 for RF needles
    usual_length_mm       needle length or depth of columns where a trial or a maker states none
    usual_density_per_mm2 channels or columns of one session where none is stated, 1/mm2
    """

    coagulated_rim_mm: Float[Array, " draw"]
    column_radius_mm: Float[Array, " draw"]
    column_taper_share: Float[Array, " draw"]
    usual_length_mm: Float[Array, " draw"]
    usual_density_per_mm2: Float[Array, " draw"]


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
    """Return draws for a class of device and the skin layers of a zone; EnergyDraws for an energy device.

    Another class of device shares the random numbers, so that devices are compared on the same skin and hand.
    Raises BadInput for a class of device whose injury is not modelled.
    """
    if device_class not in DEVICE_CLASSES:
        raise BadInput(
            "the injury of this class of device is not modelled",
            code="E-INJ-001",
            got=device_class,
            allowed=", ".join(DEVICE_CLASSES),
            do="name one of these classes",
        )
    is_needling = device_class not in COMPARATOR_CLASSES
    drawn = {name: sampler.draw(f"injury.{name}") for name in _SAME_FOR_ALL_DEVICES}
    fraction = sampler.draw(f"injury.reached_fraction_{device_class}", stream="injury.reached_fraction")
    drag = sampler.draw(f"injury.drag_{device_class}_mm", stream="injury.drag") if is_needling else _none(sampler)
    epidermis = _draw_layer(sampler, "injury.epidermis_mm", layers.epidermis_mm, layers.epidermis_sd_mm)
    dermis = _draw_layer(sampler, "injury.dermis_mm", layers.dermis_mm, layers.dermis_sd_mm)
    skin = {"epidermis_mm": epidermis, "dermis_mm": np.minimum(dermis, DEEPEST_MM)}
    every = drawn | skin | {"reached_fraction": fraction, "drag_mm": drag}
    kind = NeedlingDraws if is_needling else EnergyDraws
    every |= {} if is_needling else _draw_energy(sampler, device_class)
    return kind(**{name: jnp.asarray(values) for name, values in every.items()})


def _draw_energy(sampler: Sampler, device_class: str) -> dict[str, Draws]:
    rim = sampler.draw(f"injury.coagulated_rim_{device_class}_mm", stream="injury.coagulated_rim")
    length = sampler.draw(f"injury.usual_length_{device_class}_mm", stream="injury.usual_length")
    if device_class == "fractional_rf":
        radius = taper = _none(sampler)
        per_cm2 = sampler.draw("injury.usual_channels_fractional_rf_per_cm2", stream="injury.usual_coverage")
        density = per_cm2 / MM2_PER_CM2
    else:
        radius = sampler.draw(f"injury.column_radius_{device_class}_mm", stream="injury.column_radius")
        taper = sampler.draw("injury.column_taper_share")
        coverage = sampler.draw(f"injury.usual_coverage_{device_class}", stream="injury.usual_coverage")
        density = density_of_coverage(coverage, radius + rim)
    return {
        "coagulated_rim_mm": rim,
        "column_radius_mm": radius,
        "column_taper_share": taper,
        "usual_length_mm": length,
        "usual_density_per_mm2": density,
    }


def density_of_coverage(coverage: Draws, radius_mm: Draws) -> Draws:
    """Return the columns per mm2 whose outlines, side by side, cover the share `coverage` of the skin's surface."""
    return coverage / (np.pi * radius_mm**2)


def _none(sampler: Sampler) -> Draws:
    return np.zeros(sampler.count)


def _draw_layer(sampler: Sampler, name: str, mean_mm: float, sd_mm: float) -> Draws:
    # Lognormal with this mean and spread: the spread is up to half of the mean, and thickness is positive.
    if sampler.central or sd_mm == 0.0:
        return np.full(sampler.count, mean_mm)
    log_variance = np.log1p((sd_mm / mean_mm) ** 2)
    normal = special.ndtri(sampler.uniform(name))
    return mean_mm * np.exp(np.sqrt(log_variance) * normal - 0.5 * log_variance)
