"""RF needles: a channel as of any needle, and a coagulated zone around the bare part of the needle.

The zone is a cylinder of the channel's injured radius and a rim, from a rim below the tip to the upper end of the bare
part; bare needles coagulate up to the surface, insulated ones near the tip only, in a band. In such a band the heated
fraction rises with depth before it falls: the law that injury never rises with depth holds for the channel, and for
bare needles, not for a band.
"""

from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from scarplan.errors import BadInput
from scarplan.injury.channels import full_radius_mm
from scarplan.injury.dose import AbstractInjury, Dose, below_surface_mm, with_heat
from scarplan.injury.draws import EnergyDraws, NeedlingDraws
from scarplan.injury.end_point import beyond_dermis_share, bleeding_share
from scarplan.injury.layers import DepthLayers
from scarplan.injury.penetration import ReachedDepth
from scarplan.injury.profile import RadiusProfile, tapered
from scarplan.injury.scar_risk import scar_risk_index


def energy_draws(draws: NeedlingDraws) -> EnergyDraws:
    """Return `draws` where they are of an energy device. Raises BadInput otherwise."""
    if not isinstance(draws, EnergyDraws):
        raise BadInput(
            "the parameters drawn are those of needles, not of an energy device",
            code="E-INJ-003",
            got="draws of a roller, pen or stamp",
            allowed="draws of the device's own class",
            do="draw them with the device's class",
        )
    return draws


class RfNeedling(AbstractInjury):
    """Needles that heat: a mechanical channel and a coagulated zone.

    length_mm            needle length setting, mm
    density_per_mm2      channels that the setting asks for, all pulses together, 1/mm2
    needle_diameter_mm   mm
    bare_mm              length of the needle above its tip that is not insulated, mm; the needle's length: all of it
    rim_mm               width of the coagulated zone, where the device states it, mm; None: the class's, drawn
    """

    length_mm: Float[Array, "*draw"]
    density_per_mm2: Float[Array, "*draw"]
    needle_diameter_mm: Float[Array, ""]
    bare_mm: Float[Array, "*draw"]
    rim_mm: Float[Array, ""] | None = None

    def deliver(self, layers: DepthLayers, draws: NeedlingDraws) -> Dose:
        """Return the injury of one session. Raises BadInput for draws of a device without energy."""
        return self._deliver(layers, energy_draws(draws))

    @eqx.filter_jit
    def _deliver(self, layers: DepthLayers, draws: EnergyDraws) -> Dose:
        reached = self.reached(draws)
        density = self.density_per_mm2 * draws.delivered_density_ratio
        radius = full_radius_mm(self.needle_diameter_mm, draws)
        edges = below_surface_mm(layers, draws)
        core = self.core(draws).layer_area_mm2(edges, reached)
        area = self.outline(draws).layer_area_mm2(edges, reached)
        return Dose(
            edges_mm=layers.edges_mm,
            **with_heat(density, area, core),
            removed_fraction=jnp.zeros_like(core),
            removed_surface=jnp.zeros_like(density),
            density_per_mm2=density,
            mean_depth_mm=reached.mean_mm(),
            bleeding_share=bleeding_share(reached, draws),
            beyond_dermis=beyond_dermis_share(reached, draws),
            scar_risk=scar_risk_index(
                density, reached, radius_mm=radius + self._rim_mm(draws), drag_mm=draws.drag_mm, draws=draws
            ),
        )

    def reached(self, draws: NeedlingDraws) -> ReachedDepth:
        """Return how deep the needles reach."""
        return ReachedDepth(self.length_mm, draws.reached_fraction, draws.reached_depth_cv)

    def core(self, draws: NeedlingDraws) -> RadiusProfile:
        """Return the channel with its crushed rim."""
        radius = full_radius_mm(self.needle_diameter_mm, draws)
        return tapered(radius, taper_mm=draws.channel_taper_mm, margin_mm=draws.crush_margin_mm)

    def outline(self, draws: NeedlingDraws) -> RadiusProfile:
        """Return the channel and the heated zone. Raises BadInput for draws of a device without energy."""
        draws = energy_draws(draws)
        radius = full_radius_mm(self.needle_diameter_mm, draws)
        rim, margin, taper = self._rim_mm(draws), draws.crush_margin_mm, draws.channel_taper_mm
        full = jnp.broadcast_to(radius, rim.shape) + margin
        hot = full + rim
        top = jnp.broadcast_to(self.bare_mm, rim.shape)
        # Above the bare part the channel goes on, as wide as it is there.
        leaves = margin + (full - margin) * jnp.clip(top / taper, 0.0, 1.0)
        return RadiusProfile(
            height_mm=jnp.stack([-rim, top, jnp.maximum(top, taper)], axis=1),
            below_mm=jnp.stack([jnp.zeros_like(rim), hot, full], axis=1),
            above_mm=jnp.stack([hot, leaves, full], axis=1),
        )

    def _rim_mm(self, draws: EnergyDraws) -> Float[Array, " draw"]:
        drawn = draws.coagulated_rim_mm
        return drawn if self.rim_mm is None else jnp.full(drawn.shape, self.rim_mm)
