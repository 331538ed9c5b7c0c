"""The outcomes of a plan made from an examination: each drawn scar followed as one column, without maps or a scanner.

Nothing was measured, so nothing is told in millimetres: only how the depth changes relative to what it is now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from scarplan.forecast.columns import edge_shares, residual_depth
from scarplan.forecast.courses import ZoneHealer
from scarplan.forecast.outcomes import Timetable, make_timetable, zone_setting
from scarplan.forecast.scar_draws import Place, ScarDraws
from scarplan.records.plan import Plan
from scarplan.response import ZoneCourse


@dataclass(frozen=True, eq=False)
class ColumnOutcomes:
    """Visible depth left of the drawn scars on each day, with and without maintenance [draw t s], mm.

    courses   the course of each zone and side that is treated
    """

    timetable: Timetable
    scars: ScarDraws
    residual_mm: Float[np.ndarray, "draw t s"]
    maintained_mm: Float[np.ndarray, "draw t s"]
    courses: Mapping[Place, ZoneCourse]

    def percent_change(self, chosen: Bool[np.ndarray, " s"]) -> Float[np.ndarray, "draw t"]:
        """Return by how much the depth of the chosen scars together changes, percent; negative is shallower."""
        return 100 * (self.scars.pick(chosen).share_left(self.residual_mm[:, :, chosen]) - 1)

    def total_change(self, *, maintained: bool = False) -> Float[np.ndarray, "draw t"]:
        """Return by how much the depth of all scars together changes, percent."""
        return 100 * (self.scars.share_left(self.maintained_mm if maintained else self.residual_mm) - 1)


def follow_columns(plan: Plan, scars: ScarDraws, *, healer: ZoneHealer) -> ColumnOutcomes:
    """Return the outcomes of `plan` for `scars`, each of which lies in a zone with a setting."""
    table = make_timetable(plan)
    shape = (scars.depth_mm.shape[0], len(table.days), scars.depth_mm.shape[1])
    residual, maintained = np.empty(shape), np.empty(shape)
    courses: dict[Place, ZoneCourse] = {}
    for place in scars.ids_by_place():
        setting = zone_setting(plan, *place)
        if setting is None:
            raise ValueError(f"there is no setting for {place}")
        here = scars.is_in(*place)
        courses[place] = healer.heal(setting, session_days=table.session_days, days=table.days, adjuncts=plan.adjuncts)
        kept = healer.heal(setting, session_days=table.maintained_days, days=table.days, adjuncts=plan.adjuncts)
        residual[:, :, here] = _residuals(courses[place], scars.pick(here), table.indices)
        maintained[:, :, here] = _residuals(kept, scars.pick(here), table.indices)
    return ColumnOutcomes(table, scars, residual, maintained, courses)


def _residuals(course: ZoneCourse, scars: ScarDraws, indices: Sequence[int]) -> Float[np.ndarray, "draw t s"]:
    edged = edge_shares(course, scars.kinds)
    days = [
        residual_depth(course, scars.depth_mm, scars.width_mm, scars.tethered, day_index=index, edged=edged)
        for index in indices
    ]
    return np.stack(days, axis=1)
