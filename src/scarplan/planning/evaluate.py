"""Evaluate one setting on one schedule through injury and response, for the deepest place of each scar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scarplan.devices import EnergyDevice
from scarplan.errors import BadInput
from scarplan.forecast.columns import residual_depth
from scarplan.forecast.courses import ZoneHealer
from scarplan.planning.grid import FEW_DAYS, ZoneTarget
from scarplan.planning.objective import ZoneOutcome
from scarplan.planning.prescribe import Setting
from scarplan.planning.schedule import Schedule
from scarplan.records.protocol import ZoneSetting


@dataclass(frozen=True)
class ModelEvaluation:
    """Evaluates candidates of a plan with the model, with `adjuncts` done besides."""

    healer: ZoneHealer
    adjuncts: tuple[str, ...] = ()

    def __call__(self, target: ZoneTarget, setting: Setting, schedule: Schedule, days: Sequence[int]) -> ZoneOutcome:
        """Return what `setting` on `schedule` does on `days`."""
        course = self.healer.heal(
            make_setting(target, setting, self.healer),
            session_days=schedule.session_days,
            days=days,
            adjuncts=self.adjuncts,
            rows=FEW_DAYS,
        )
        scars = target.scars
        residual = [
            residual_depth(course, scars.depth_mm, scars.width_mm, scars.tethered, day_index=index)
            for index in range(len(days))
        ]
        return ZoneOutcome(
            residual_mm=np.stack(residual, axis=1),
            erythema_days=np.asarray(course.harms.erythema_days),
            pigment_risk=np.asarray(course.harms.pigment_risk),
            downtime_days=np.asarray(course.harms.downtime_days),
        )


def make_setting(target: ZoneTarget, setting: Setting, healer: ZoneHealer) -> ZoneSetting:
    """Return the setting that the skin of one zone receives. Raises BadInput for an impossible channel density."""
    device = healer.device
    if isinstance(device, EnergyDevice):
        raise BadInput(
            "a course of needling is not planned with a device that heats or vaporises",
            code="E-PLAN-031",
            got=device.name,
            allowed="a roller, pen or stamp",
            do="choose one of `scarplan devices`",
        )
    density = setting.passes * device.channels_per_cm2_per_pass
    most = ZoneSetting.model_fields["channels_per_cm2"].metadata[-1].le
    if density > most:
        raise BadInput(
            f"so many passes of {device.name} are not possible",
            code="E-PLAN-007",
            got=f"{setting.passes} passes, {density:.0f} channels per cm2",
            allowed=f"at most {most:.0f} channels per cm2",
            do="lower `passes` in the clinic protocol",
        )
    return ZoneSetting(
        zone=str(target.options.zone),
        needle_length_mm=setting.needle_length_mm,
        channels_per_cm2=density,
        passes=setting.passes,
        mode=target.options.mode,
    )
