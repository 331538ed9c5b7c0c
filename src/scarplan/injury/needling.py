"""Needles only: roller, pen or stamp."""

from __future__ import annotations

import equinox as eqx
from jaxtyping import Array, Float

from scarplan.injury.channels import full_radius_mm
from scarplan.injury.dose import AbstractInjury, Dose, below_surface_mm, of_needles
from scarplan.injury.draws import NeedlingDraws
from scarplan.injury.end_point import beyond_dermis_share, bleeding_share
from scarplan.injury.layers import DepthLayers
from scarplan.injury.penetration import ReachedDepth
from scarplan.injury.profile import RadiusProfile, tapered
from scarplan.injury.scar_risk import scar_risk_index


class MechanicalNeedling(AbstractInjury):
    """Needles only: roller, pen or stamp.

    length_mm            needle length setting, mm
    density_per_mm2      channels that the setting asks for, all passes together, 1/mm2
    needle_diameter_mm   mm
    glides               whether the device glides (drag) or is set down and lifted
    """

    length_mm: Float[Array, "*draw"]
    density_per_mm2: Float[Array, "*draw"]
    needle_diameter_mm: Float[Array, ""]
    glides: Float[Array, ""]

    def reached(self, draws: NeedlingDraws) -> ReachedDepth:
        """Return how deep the channels reach."""
        return ReachedDepth(self.length_mm, draws.reached_fraction, draws.reached_depth_cv)

    def outline(self, draws: NeedlingDraws) -> RadiusProfile:
        """Return the open channel with its crushed rim."""
        radius = full_radius_mm(self.needle_diameter_mm, draws)
        return tapered(radius, taper_mm=draws.channel_taper_mm, margin_mm=draws.crush_margin_mm)

    def core(self, draws: NeedlingDraws) -> RadiusProfile:
        """Return the outline: nothing is heated."""
        return self.outline(draws)

    @eqx.filter_jit
    def deliver(self, layers: DepthLayers, draws: NeedlingDraws) -> Dose:
        """Return the injury of one session."""
        reached = self.reached(draws)
        density = self.density_per_mm2 * draws.delivered_density_ratio
        radius = full_radius_mm(self.needle_diameter_mm, draws)
        area = self.outline(draws).layer_area_mm2(below_surface_mm(layers, draws), reached)
        drag = self.glides * draws.drag_mm
        return Dose(
            edges_mm=layers.edges_mm,
            **of_needles(density, area),
            density_per_mm2=density,
            mean_depth_mm=reached.mean_mm(),
            bleeding_share=bleeding_share(reached, draws),
            beyond_dermis=beyond_dermis_share(reached, draws),
            scar_risk=scar_risk_index(density, reached, radius_mm=radius, drag_mm=drag, draws=draws),
        )
