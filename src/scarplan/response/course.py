"""ZoneCourse: how one zone answers a course of sessions, day by day and draw by draw."""

from __future__ import annotations

import equinox as eqx
from jaxtyping import Array, Float

from scarplan.injury import Dose
from scarplan.response.harms.course import HarmCourse


class ZoneCourse(eqx.Module):
    """The course of one zone. A value of a session day is the one just before the session.

    days                 days since the start of the course [t]
    edges_mm             depth below the top of the dermis [k], mm
    surplus_mm           thickness gained by scar tissue down to each edge [draw t k], mm, as the surface shows it
    surplus_normal_mm    thickness gained by the healthy skin beside it [draw t], mm
    tether_release       share of the tethers released, 0-1 [draw t], as the surface shows it
    heated_mm            heated thickness above each edge of one session [draw k], mm; 0 for needles
    contraction          share of that by which walls are shortened [draw t]; 0 for needles
    edge_release         share of the edges taken off, 0-1 [draw t]; 0 for needles
    edge_share           share of a scar's depth that its edge holds [draw kind], kinds as in `heat.EDGED_KINDS`
    deepening            growth of a scar's depth by ageing of the face, relative to its depth [draw t]
    dermis_mm            thickness of the dermis beside the scar [draw], mm
    lateral_sigma_mm     lateral smoothing by the dermis [draw], mm
    tether_share         share of a rolling scar's depth held by tethers [draw]
    fibroblast_activity  activated fibroblasts, mean over layers [draw t], for display
    type_iii_share       share of type III in the new collagen [draw t], for display
    dose                 the injury of one session
    harms                redness, swelling, barrier and pigment
    """

    days: Float[Array, " t"]
    edges_mm: Float[Array, " k"]
    surplus_mm: Float[Array, "draw t k"]
    surplus_normal_mm: Float[Array, "draw t"]
    tether_release: Float[Array, "draw t"]
    heated_mm: Float[Array, "draw k"]
    contraction: Float[Array, "draw t"]
    edge_release: Float[Array, "draw t"]
    edge_share: Float[Array, "draw kind"]
    deepening: Float[Array, "draw t"]
    dermis_mm: Float[Array, " draw"]
    lateral_sigma_mm: Float[Array, " draw"]
    tether_share: Float[Array, " draw"]
    fibroblast_activity: Float[Array, "draw t"]
    type_iii_share: Float[Array, "draw t"]
    dose: Dose
    harms: HarmCourse

    @property
    def erythema(self) -> Float[Array, "draw t"]:
        """Redness relative to the peak after the reference session [draw t]."""
        return self.harms.erythema
