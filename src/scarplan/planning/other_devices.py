"""Courses with the clinic's energy devices, looked at beside the front: forecast, weighed, and never picked.

A laser, plasma or RF needles take the place of the needles at every session. Length and density are those that the
class is used with (drawn; nobody states them here), so a course says what such a treatment brings, and its settings are
the clinic's within the manual of its device. What may be looked at is settled first: the clinic has the device, the
screening is clear, no answer speaks against heat, no ablative device where the stricter plan is made, and every limit
is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from scarplan.devices import EnergyDevice, energy_device
from scarplan.forecast.columns import edge_shares, residual_depth
from scarplan.forecast.courses import ZoneHealer
from scarplan.forecast.scar_draws import join_scars
from scarplan.injury import usual_injury
from scarplan.planning.grid import FEW_DAYS, ZoneTarget, days_to_look_at, left_by_draw
from scarplan.planning.inverse import mean_left
from scarplan.planning.merits import Merits, merits_of
from scarplan.planning.objective import ZoneOutcome
from scarplan.planning.offer import Planner
from scarplan.planning.reach import CourseOutcome, broken_limits
from scarplan.planning.schedule import Schedule
from scarplan.planning.screening import ScreeningForPlan
from scarplan.records.goal import goal_in_words
from scarplan.response import prepare_healing

# Rules of the screening that speak against heating or vaporising skin, unless answered no: stricter than for needles,
# since no guideline of ours says how long to wait.
_AGAINST_HEAT = {
    "isotretinoin_current": "isotretinoin",
    "isotretinoin_recent": "isotretinoin",
    "keloid_history": "keloids",
    "hypertrophic_scar_tendency": "raised scars",
    "koebner_vitiligo": "vitiligo",
    "melasma_pih_present": "dark patches",
    "tan_or_sunburn": "a tan or sunburn",
    "photosensitising_drugs": "drugs that make skin sensitive to light",
    "recent_laser_energy": "a treatment with laser, light or radiofrequency not long ago",
}
_AGAINST_CURRENT = {
    "cardiac_abnormality": "the heart",
    "pacemaker_icd": "a pacemaker or defibrillator",
    "metal_implant_rf_field": "metal in the field",
}
_WITH_CURRENT = ("fractional_rf", "fractional_microplasma_rf")


@dataclass(frozen=True, eq=False)
class EnergyCourse:
    """One course with an energy device in every zone, in all draws of the forecast.

    is_efficient   whether no plan of the front is as good in everything that both are compared by
    """

    device: EnergyDevice
    schedule: Schedule
    outcome: CourseOutcome
    left_percent: Float[np.ndarray, " draw"]
    merits: Merits
    is_efficient: bool


@dataclass(frozen=True)
class NotOffered:
    """A device of the clinic that no course is offered with, and why."""

    device: EnergyDevice
    why: str


@dataclass(frozen=True)
class OtherDevices:
    """Courses with the clinic's energy devices, and those devices that are not offered."""

    courses: tuple[EnergyCourse, ...] = ()
    not_offered: tuple[NotOffered, ...] = ()


def offer_other_devices(
    device_ids: Sequence[str],
    planner: Planner,
    *,
    usual: Schedule,
    front: Sequence[Merits],
    screening: ScreeningForPlan,
    not_cleared_because: Sequence[str],
) -> OtherDevices:
    """Return courses of one session, and of as many as `usual` has, with each energy device that the clinic names.

    Sessions are as far apart as any that was compared. Raises BadInput for a device that the library does not know.
    """
    courses: list[EnergyCourse] = []
    refused: list[NotOffered] = []
    apart = max(schedule.interval_days for schedule in planner.schedules)
    schedules = [Schedule(sessions, apart) for sessions in sorted({1, usual.sessions})]
    for name in dict.fromkeys(device_ids):
        device = energy_device(name)
        why = _speaks_against(device, screening, not_cleared_because)
        found = [] if why else [_follow(device, planner, schedule, front) for schedule in schedules]
        for course in found:
            broken = broken_limits(planner.goals, course.outcome, course.schedule)
            why = "; ".join(f"it would break a limit: {goal_in_words(goal)}" for goal in broken) or why
            courses += [] if broken else [course]
        if why and not any(course.device == device for course in courses):
            refused.append(NotOffered(device, why))
    return OtherDevices(tuple(courses), tuple(refused))


def _speaks_against(device: EnergyDevice, screening: ScreeningForPlan, not_cleared_because: Sequence[str]) -> str:
    """Return why a device is not offered whatever it would bring; empty where nothing speaks against it."""
    if not_cleared_because:
        return "questions of the screening are open"
    rules = _AGAINST_HEAT | (_AGAINST_CURRENT if device.device_class in _WITH_CURRENT else {})
    found = dict.fromkeys(words for rule, words in rules.items() if screening.answer(rule) != "no")
    if found:
        return f"the screening names, or does not rule out: {', '.join(found)}"
    if device.ablates and screening.is_strict:
        return "the skin type is IV to VI or not known, and the device vaporises skin"
    return ""


def _follow(device: EnergyDevice, planner: Planner, schedule: Schedule, front: Sequence[Merits]) -> EnergyCourse:
    own = planner.healer
    healer = ZoneHealer(device, own.patient, own.count, own.seed, own.sex)
    days = days_to_look_at(schedule, planner.goals, planner.judge_after_days)
    rows = [_heal(healer, device, target, schedule, days) for target in planner.targets]
    judged = days.index(schedule.last_day + planner.judge_after_days)
    weights = [target.expected for target in planner.targets]
    each = [mean_left(target, row, judged) for target, row in zip(planner.targets, rows, strict=True)]
    downtime = np.max([row.downtime_days for row in rows if row.downtime_days is not None], axis=0)
    risk = np.max([row.pigment_risk for row in rows], axis=0)
    merits = merits_of(
        float(np.average(each, weights=weights)),
        downtime_days=downtime,
        pigment_percent=100 * risk,
        schedule=schedule,
        adjuncts=(),
        prices=None,
    )
    outcome = CourseOutcome(
        days=np.asarray(days),
        scars=join_scars([target.scars for target in planner.targets]),
        residual_mm=np.concatenate([row.residual_mm for row in rows], axis=2),
        erythema_days=np.max([row.erythema_days for row in rows], axis=0),
        pigment_risk=risk,
        downtime_days=downtime,
    )
    return EnergyCourse(
        device=device,
        schedule=schedule,
        outcome=outcome,
        left_percent=left_by_draw(planner.targets, rows, judged),
        merits=merits,
        is_efficient=not any(_as_good(plan, merits) for plan in front),
    )


def _as_good(plan: Merits, merits: Merits) -> bool:
    names = ("left_percent", "sessions", "course_days", "downtime_days", "pigment_percent", "procedures")
    return all(getattr(plan, name) <= getattr(merits, name) for name in names)


def _heal(
    healer: ZoneHealer, device: EnergyDevice, target: ZoneTarget, schedule: Schedule, days: Sequence[int]
) -> ZoneOutcome:
    draws = healer.draw(str(target.options.zone), count=healer.count)
    course = prepare_healing(usual_injury(device, draws.needling), draws=draws).heal(
        session_days=schedule.session_days, days=days, rows=FEW_DAYS
    )
    scars = target.scars
    edged = edge_shares(course, ["boxcar" if kind == "raised" else kind for kind in scars.kinds])
    edged = np.where(scars.is_of("raised"), 0.0, edged)
    residual = [
        residual_depth(course, scars.depth_mm, scars.width_mm, scars.tethered, day_index=index, edged=edged)
        for index in range(len(days))
    ]
    return ZoneOutcome(
        residual_mm=np.stack(residual, axis=1),
        erythema_days=np.asarray(course.harms.erythema_days),
        pigment_risk=np.asarray(course.harms.pigment_risk),
        downtime_days=np.asarray(course.harms.downtime_days),
    )
