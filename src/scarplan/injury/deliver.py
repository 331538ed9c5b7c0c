"""From a setting on a zone, with any device, to its injury."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax.numpy as jnp

from scarplan.devices import EnergyDevice
from scarplan.errors import BadInput
from scarplan.evidence.library import value_of
from scarplan.injury.columns import FractionalColumns
from scarplan.injury.dose import AbstractInjury, Dose
from scarplan.injury.draws import NeedlingDraws
from scarplan.injury.layers import DepthLayers
from scarplan.injury.needling import MechanicalNeedling
from scarplan.injury.rf_needling import RfNeedling, energy_draws
from scarplan.units import density_per_mm2

if TYPE_CHECKING:
    from jaxtyping import Array, Float

    from scarplan.devices import Device
    from scarplan.records.protocol import ZoneSetting


def deliver(setting: ZoneSetting, device: Device | EnergyDevice, layers: DepthLayers, draws: NeedlingDraws) -> Dose:
    """Return the injury that `setting` makes with `device` in one session.

    Raises BadInput when the length or depth set is beyond what the device reaches, or `draws` are of another class.
    """
    return needling_of(setting, device).deliver(layers, draws)


def needling_of(setting: ZoneSetting, device: Device | EnergyDevice) -> AbstractInjury:
    """Return the way of injuring that `setting` asks of `device`.

    `setting.channels_per_cm2` is what the skin receives in all passes together, channels or columns; without a pass
    there is none. For a laser `needle_length_mm` is the depth of a column that is set.
    Raises BadInput when the length or depth set is beyond what the device reaches.
    """
    if device.max_mm is not None and setting.needle_length_mm > device.max_mm:
        raise BadInput(
            f"the needle length setting is beyond what {device.name} reaches",
            code="E-INJ-002",
            got=f"{setting.needle_length_mm} mm",
            allowed=f"0 to {device.max_mm} mm",
            do="choose a shorter setting or another device",
        )
    length = jnp.asarray(setting.needle_length_mm, dtype=float)
    density = jnp.asarray(density_per_mm2(setting.channels_per_cm2 if setting.passes > 0 else 0.0), dtype=float)
    if isinstance(device, EnergyDevice):
        return _energy(device, length, density)
    return MechanicalNeedling(
        length_mm=length,
        density_per_mm2=density,
        needle_diameter_mm=jnp.asarray(device.needle_diameter_mm or value_of("injury.needle_diameter_mm"), dtype=float),
        glides=jnp.asarray(1.0 if setting.mode == "glide" else 0.0),
    )


def usual_injury(device: EnergyDevice, draws: NeedlingDraws) -> AbstractInjury:
    """Return one session of an energy device where nobody stated its setting: length and density are drawn [draw].

    Raises BadInput for draws of a device without energy.
    """
    drawn = energy_draws(draws)
    return _energy(device, drawn.usual_length_mm, drawn.usual_density_per_mm2)


def _energy(device: EnergyDevice, length: Float[Array, "*draw"], density: Float[Array, "*draw"]) -> AbstractInjury:
    if device.device_class == "fractional_rf":
        diameter = device.needle_diameter_mm or value_of("injury.needle_diameter_mm")
        bare = length if device.bare_mm is None else jnp.minimum(length, device.bare_mm)
        return RfNeedling(
            length_mm=length,
            density_per_mm2=density,
            needle_diameter_mm=jnp.asarray(diameter, dtype=float),
            bare_mm=bare,
            rim_mm=_given(device.coagulated_rim_mm),
        )
    return FractionalColumns(
        length_mm=length,
        density_per_mm2=density,
        ablates=jnp.asarray(1.0 if device.ablates else 0.0),
        column_radius_mm=_given(device.column_radius_mm),
        rim_mm=_given(device.coagulated_rim_mm),
    )


def _given(value: float | None) -> Float[Array, ""] | None:
    return None if value is None else jnp.asarray(value, dtype=float)
