"""Where the slopes lead: for each zone of a course the step of the device nearest to the best point by slope."""

from __future__ import annotations

from collections.abc import Sequence

import jax
import numpy as np
from jaxtyping import Int

from scarplan.forecast.courses import ZoneHealer
from scarplan.planning.evaluate import make_setting
from scarplan.planning.grid import TriedCourse, TriedSetting
from scarplan.planning.many import lay_injuries, needling_device, pick_draws
from scarplan.planning.prescribe import Setting
from scarplan.planning.settle import ZoneSteps
from scarplan.planning.smooth import SmoothZone, follow_slope, smooth_zone


def lead_by_slope(
    course: TriedCourse,
    steps: Sequence[ZoneSteps],
    *,
    rows: Int[np.ndarray, " few"],
    healer: ZoneHealer,
    judge_after_days: int,
) -> tuple[tuple[Setting, ...], int]:
    """Return a setting for each zone, and how many values with slopes were worked out, in the draws `rows`.

    Zones are apart here and limits are not seen; plasma is left out, and subcision, which differ little by setting.
    """
    per_pass = needling_device(healer).channels_per_cm2_per_pass
    day = course.schedule.last_day + judge_after_days
    settings, slopes = [], 0
    for row, zone in zip(course.settings, steps, strict=True):
        if zone.count == 1:
            settings.append(row.setting)
            continue
        best = follow_slope(
            _smooth(row, rows, healer, day=day),
            (row.setting.needle_length_mm, row.setting.passes * per_pass),
            low=(zone.lengths_mm[0], zone.passes[0] * per_pass),
            high=(zone.lengths_mm[-1], zone.passes[-1] * per_pass),
        )
        settings.append(zone.nearest(best.length_mm, best.channels_per_cm2 / per_pass))
        slopes += best.slopes
    return tuple(settings), slopes


def _smooth(row: TriedSetting, rows: Int[np.ndarray, " few"], healer: ZoneHealer, *, day: int) -> SmoothZone:
    target = row.target
    injury = lay_injuries([make_setting(target, row.setting, healer)], needling_device(healer), count=1)
    every = healer.draw(str(target.options.zone), count=healer.count)
    return smooth_zone(
        jax.tree.map(lambda values: np.asarray(values)[rows], every),
        pick_draws(target.scars.pick(target.counted), rows),
        session_days=row.schedule.session_days,
        day=day,
        needle_diameter_mm=float(injury.needle_diameter_mm[0]),
        glides=bool(injury.glides[0]),
    )
