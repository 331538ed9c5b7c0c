"""Dose: what one session does to each layer of one zone; the interface of everything that injures skin."""

from __future__ import annotations

import abc

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from scarplan.injury.draws import NeedlingDraws
from scarplan.injury.field import injured_fraction, only_outside
from scarplan.injury.layers import DepthLayers
from scarplan.injury.penetration import ReachedDepth
from scarplan.injury.profile import RadiusProfile


class Dose(eqx.Module):
    """The injury of one session on one zone.

    edges_mm           borders of the layers [k], mm below the top of the dermis
    injured_fraction   injured volume fraction of each layer [draw z]: opened or crushed, removed, and heated
    thermal_fraction   the part of it that is heated and neither opened nor removed [draw z]; 0 for needles
    removed_fraction   the part of it that is vaporised [draw z]; 0 for needles
    removed_surface    share of the skin's surface that is vaporised [draw]; 0 for needles
    density_per_mm2    channels or columns made [draw], 1/mm2
    mean_depth_mm      mean depth reached [draw], mm below the skin surface
    bleeding_share     share of channels deep enough for pinpoint bleeding [draw]; 0 where heat seals
    beyond_dermis      share of channels that pass the dermis [draw]
    scar_risk          index 0-1 [draw]
    """

    edges_mm: Float[Array, " k"]
    injured_fraction: Float[Array, "draw z"]
    thermal_fraction: Float[Array, "draw z"]
    removed_fraction: Float[Array, "draw z"]
    removed_surface: Float[Array, " draw"]
    density_per_mm2: Float[Array, " draw"]
    mean_depth_mm: Float[Array, " draw"]
    bleeding_share: Float[Array, " draw"]
    beyond_dermis: Float[Array, " draw"]
    scar_risk: Float[Array, " draw"]

    @property
    def depth_mm(self) -> Float[Array, " z"]:
        """Depth of the middle of each layer, mm below the top of the dermis."""
        return 0.5 * (self.edges_mm[1:] + self.edges_mm[:-1])

    @property
    def cold_fraction(self) -> Float[Array, "draw z"]:
        """The part of the injury that is not thermal [draw z]: opened, crushed or removed."""
        return self.injured_fraction - self.thermal_fraction


class AbstractInjury(eqx.Module):
    """A way of injuring the skin: a setting in, the injury of each layer out.

    length_mm         the length or depth that is set, mm; one number or [draw]
    density_per_mm2   channels or columns that the setting asks for, all passes together, 1/mm2; one number or [draw]
    """

    length_mm: eqx.AbstractVar[Float[Array, "*draw"]]
    density_per_mm2: eqx.AbstractVar[Float[Array, "*draw"]]

    @abc.abstractmethod
    def reached(self, draws: NeedlingDraws) -> ReachedDepth:
        """Return how deep the channels reach."""

    @abc.abstractmethod
    def outline(self, draws: NeedlingDraws) -> RadiusProfile:
        """Return the shape of all that one channel injures."""

    @abc.abstractmethod
    def core(self, draws: NeedlingDraws) -> RadiusProfile:
        """Return the shape of what one channel opens, crushes or removes; the rest of the outline is heated."""

    @abc.abstractmethod
    def deliver(self, layers: DepthLayers, draws: NeedlingDraws) -> Dose:
        """Return the injury of one session."""


def below_surface_mm(layers: DepthLayers, draws: NeedlingDraws) -> Float[Array, "draw k"]:
    """Return the borders of the layers, mm below the skin surface."""
    return draws.epidermis_mm[:, None] + layers.edges_mm


def of_needles(density: Float[Array, " draw"], area: Float[Array, "draw z"]) -> dict[str, Array]:
    """Return the fractions of a dose that needles alone make, with the area of one channel."""
    injured = injured_fraction(density, area)
    none = jnp.zeros_like(injured)
    return {
        "injured_fraction": injured,
        "thermal_fraction": none,
        "removed_fraction": none,
        "removed_surface": jnp.zeros_like(density),
    }


def with_heat(
    density: Float[Array, " draw"], area: Float[Array, "draw z"], core: Float[Array, "draw z"]
) -> dict[str, Array]:
    """Return the fractions of a dose of channels with an opened or removed core and a heated rim."""
    return {
        "injured_fraction": injured_fraction(density, area),
        "thermal_fraction": only_outside(density, area, core),
    }
