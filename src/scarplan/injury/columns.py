"""Columns of a fractional laser or plasma: a tapered core, vaporised or heated, with a heated rim.

    D ~ Normal(phi L, cv phi L), truncated to 0 <= D <= 2 L      L the depth that is set
    core  r(u) = R clip(u / (s phi L), 0, 1),    outline r(u) + c down to the tip

R and c are the class's (or the device's own) radius and rim, s the share of the depth along which a column narrows.
Ablative columns remove the core; non-ablative ones heat all of it. What is heated below the tip is left out: it is as
thick as the rim. Columns are placed at random here; a scanner sets them on a grid, where one pass without overlap
covers rho A instead of 1 - exp(-rho A), some 5 % more at a tenth of the skin (`needle_by_needle` shows it).
"""

from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from scarplan.injury.dose import AbstractInjury, Dose, below_surface_mm, with_heat
from scarplan.injury.draws import EnergyDraws, NeedlingDraws
from scarplan.injury.end_point import beyond_dermis_share
from scarplan.injury.field import injured_fraction
from scarplan.injury.layers import DepthLayers
from scarplan.injury.penetration import ReachedDepth
from scarplan.injury.profile import RadiusProfile, tapered
from scarplan.injury.rf_needling import energy_draws
from scarplan.injury.scar_risk import scar_risk_index

# No column is deeper than this many times the depth that is set; with the priors of depth that is 2.5 spreads or more
# above the most frequent depth.
_LIMIT = 2.0
# Far below the resolution of anything here, and far above rounding.
_SHORTEST_TAPER_MM = 1e-6


class FractionalColumns(AbstractInjury):
    """Columns of a laser or of plasma.

    length_mm          depth of a column that is set, mm below the surface
    density_per_mm2    columns that the setting asks for, all passes together, 1/mm2
    ablates            1 where the core is vaporised, 0 where all is heated only
    column_radius_mm   radius of the core, where the device states it, mm; None: the class's, drawn
    rim_mm             width of the heated rim, where the device states it, mm; None: the class's, drawn
    """

    length_mm: Float[Array, "*draw"]
    density_per_mm2: Float[Array, "*draw"]
    ablates: Float[Array, ""]
    column_radius_mm: Float[Array, ""] | None = None
    rim_mm: Float[Array, ""] | None = None

    def reached(self, draws: NeedlingDraws) -> ReachedDepth:
        """Return how deep the columns reach."""
        return ReachedDepth(_LIMIT * self.length_mm, draws.reached_fraction / _LIMIT, draws.reached_depth_cv)

    def core(self, draws: NeedlingDraws) -> RadiusProfile:
        """Return what is vaporised; no radius where nothing is. Raises BadInput for draws of a needling device."""
        radius, rim = self._sizes(energy_draws(draws))
        return tapered(self.ablates * radius, taper_mm=self._taper_mm(draws), margin_mm=jnp.zeros_like(rim))

    def outline(self, draws: NeedlingDraws) -> RadiusProfile:
        """Return the column with its heated rim. Raises BadInput for draws of a needling device."""
        radius, rim = self._sizes(energy_draws(draws))
        return tapered(radius, taper_mm=self._taper_mm(draws), margin_mm=rim)

    def deliver(self, layers: DepthLayers, draws: NeedlingDraws) -> Dose:
        """Return the injury of one session. Raises BadInput for draws of a device without energy."""
        return self._deliver(layers, energy_draws(draws))

    @eqx.filter_jit
    def _deliver(self, layers: DepthLayers, draws: EnergyDraws) -> Dose:
        reached, core = self.reached(draws), self.core(draws)
        density = self.density_per_mm2 * draws.delivered_density_ratio
        edges = below_surface_mm(layers, draws)
        area = self.outline(draws).layer_area_mm2(edges, reached)
        removed = core.layer_area_mm2(edges, reached)
        surface = jnp.zeros((*draws.reached_fraction.shape, 1))
        radius, rim = self._sizes(draws)
        return Dose(
            edges_mm=layers.edges_mm,
            **with_heat(density, area, removed),
            removed_fraction=injured_fraction(density, removed),
            removed_surface=injured_fraction(density, core.area_mm2(surface, reached))[:, 0],
            density_per_mm2=density,
            mean_depth_mm=reached.mean_mm(),
            bleeding_share=jnp.zeros_like(density),
            beyond_dermis=beyond_dermis_share(reached, draws),
            scar_risk=scar_risk_index(density, reached, radius_mm=radius + rim, drag_mm=draws.drag_mm, draws=draws),
        )

    def _sizes(self, draws: EnergyDraws) -> tuple[Float[Array, " draw"], Float[Array, " draw"]]:
        every = draws.reached_fraction.shape
        radius = draws.column_radius_mm if self.column_radius_mm is None else jnp.full(every, self.column_radius_mm)
        rim = draws.coagulated_rim_mm if self.rim_mm is None else jnp.full(every, self.rim_mm)
        return radius, rim

    def _taper_mm(self, draws: NeedlingDraws) -> Float[Array, " draw"]:
        # A column of no depth has no taper either; a taper of 0 would divide by nothing.
        share = energy_draws(draws).column_taper_share
        return jnp.maximum(share * draws.reached_fraction * self.length_mm, _SHORTEST_TAPER_MM)
