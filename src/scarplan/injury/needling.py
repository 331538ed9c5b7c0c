"""Needling: from a setting on a zone to the injury of each layer of its dermis."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from scarplan.errors import BadInput
from scarplan.evidence.library import value_of
from scarplan.injury.channels import full_radius_mm
from scarplan.injury.draws import NeedlingDraws
from scarplan.injury.end_point import beyond_dermis_share, bleeding_share
from scarplan.injury.field import injured_area_mm2, injured_fraction, layer_mean, layer_nodes_mm
from scarplan.injury.layers import DepthLayers
from scarplan.injury.penetration import ReachedDepth
from scarplan.injury.scar_risk import scar_risk_index
from scarplan.units import density_per_mm2

if TYPE_CHECKING:
    from scarplan.devices import Device
    from scarplan.records.protocol import ZoneSetting


class Dose(eqx.Module):
    """The injury of one session on one zone.

    edges_mm           borders of the layers [k], mm below the top of the dermis
    injured_fraction   injured volume fraction of each layer [draw z]
    density_per_mm2    channels made [draw], 1/mm2
    mean_depth_mm      mean depth reached [draw], mm below the skin surface
    bleeding_share     share of channels deep enough for pinpoint bleeding [draw]
    beyond_dermis      share of channels that pass the dermis [draw]
    scar_risk          index 0-1 [draw]
    """

    edges_mm: Float[Array, " k"]
    injured_fraction: Float[Array, "draw z"]
    density_per_mm2: Float[Array, " draw"]
    mean_depth_mm: Float[Array, " draw"]
    bleeding_share: Float[Array, " draw"]
    beyond_dermis: Float[Array, " draw"]
    scar_risk: Float[Array, " draw"]

    @property
    def depth_mm(self) -> Float[Array, " z"]:
        """Depth of the middle of each layer, mm below the top of the dermis."""
        return 0.5 * (self.edges_mm[1:] + self.edges_mm[:-1])


class AbstractNeedling(eqx.Module):
    """A way of injuring the skin: a setting in, the injury of each layer out."""

    @abc.abstractmethod
    def deliver(self, layers: DepthLayers, draws: NeedlingDraws) -> Dose:
        """Return the injury of one session."""


class MechanicalNeedling(AbstractNeedling):
    """Needles only: roller, pen or stamp.

    length_mm            needle length setting, mm
    density_per_mm2      channels that the setting asks for, all passes together, 1/mm2
    needle_diameter_mm   mm
    glides               whether the device glides (drag) or is set down and lifted
    """

    length_mm: Float[Array, ""]
    density_per_mm2: Float[Array, ""]
    needle_diameter_mm: Float[Array, ""]
    glides: Float[Array, ""]

    @eqx.filter_jit
    def deliver(self, layers: DepthLayers, draws: NeedlingDraws) -> Dose:
        """Return the injury of one session."""
        reached = ReachedDepth(self.length_mm, draws.reached_fraction, draws.reached_depth_cv)
        density = self.density_per_mm2 * draws.delivered_density_ratio
        radius = full_radius_mm(self.needle_diameter_mm, draws)

        below_surface = draws.epidermis_mm[:, None] + layer_nodes_mm(layers.edges_mm)
        area = injured_area_mm2(
            below_surface, reached, radius_mm=radius, margin_mm=draws.crush_margin_mm, taper_mm=draws.channel_taper_mm
        )
        drag = self.glides * draws.drag_mm
        return Dose(
            edges_mm=layers.edges_mm,
            injured_fraction=injured_fraction(density, layer_mean(area)),
            density_per_mm2=density,
            mean_depth_mm=reached.mean_mm(),
            bleeding_share=bleeding_share(reached, draws),
            beyond_dermis=beyond_dermis_share(reached, draws),
            scar_risk=scar_risk_index(density, reached, radius_mm=radius, drag_mm=drag, draws=draws),
        )


def deliver(setting: ZoneSetting, device: Device, layers: DepthLayers, draws: NeedlingDraws) -> Dose:
    """Return the injury that `setting` makes with `device` in one session.

    Raises BadInput when the needle length setting is beyond what the device reaches.
    """
    return needling_of(setting, device).deliver(layers, draws)


def needling_of(setting: ZoneSetting, device: Device) -> MechanicalNeedling:
    """Return the needling that `setting` asks of `device`.

    `setting.channels_per_cm2` is what the skin receives in all passes together; without a pass there is none.
    Raises BadInput when the needle length setting is beyond what the device reaches.
    """
    if device.max_mm is not None and setting.needle_length_mm > device.max_mm:
        raise BadInput(
            f"the needle length setting is beyond what {device.name} reaches",
            code="E-INJ-002",
            got=f"{setting.needle_length_mm} mm",
            allowed=f"0 to {device.max_mm} mm",
            do="choose a shorter setting or another device",
        )
    density = setting.channels_per_cm2 if setting.passes > 0 else 0.0
    diameter = device.needle_diameter_mm or value_of("injury.needle_diameter_mm")
    return MechanicalNeedling(
        length_mm=jnp.asarray(setting.needle_length_mm, dtype=float),
        density_per_mm2=jnp.asarray(density_per_mm2(density), dtype=float),
        needle_diameter_mm=jnp.asarray(diameter, dtype=float),
        glides=jnp.asarray(1.0 if setting.mode == "glide" else 0.0),
    )
