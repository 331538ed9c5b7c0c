"""How likely a course reaches a goal, and whether it keeps a limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from scarplan.evidence.library import value_of
from scarplan.forecast.scar_draws import ScarDraws
from scarplan.planning.schedule import Schedule
from scarplan.records.goal import (
    AbstractScarGoal,
    CostGoal,
    DepthGoal,
    DowntimeGoal,
    Goal,
    PigmentGoal,
    SessionsGoal,
)

# A share that is exactly the one asked for must not fail by the last bit of a sum.
_ROUNDING = 1e-12


@dataclass(frozen=True)
class CourseOutcome:
    """All zones of one course together.

    scars [s] as the draws take them, residual_mm [draw t s], days [t];
    erythema_days, pigment_risk and downtime_days (after one session) are those of the worst zone of each draw [draw]
    cost  by the clinic's own prices; None without them
    """

    days: Int[np.ndarray, " t"]
    scars: ScarDraws
    residual_mm: Float[np.ndarray, "draw t s"]
    erythema_days: Float[np.ndarray, " draw"]
    pigment_risk: Float[np.ndarray, " draw"]
    downtime_days: Float[np.ndarray, " draw"] | None = None
    cost: float | None = None


def chance_of(goal: Goal, outcome: CourseOutcome, schedule: Schedule) -> float | None:
    """Return the share of draws that reach `goal`, 0-1.

    None where nothing can answer: no scar of its kind lies there, the clinic named no prices, downtime was not told.
    """
    match goal:
        case SessionsGoal():
            return float(schedule.sessions <= goal.at_most)
        case PigmentGoal():
            return float((100 * outcome.pigment_risk <= goal.percent_at_most).mean())
        case AbstractScarGoal():
            return _chance_of_scars(goal, outcome)
        case DowntimeGoal():
            return _chance_of_downtime(goal, outcome, schedule)
        case CostGoal():
            return None if outcome.cost is None else float(outcome.cost <= goal.at_most)
        case _:
            return float((outcome.erythema_days <= goal.days_at_most).mean())


def downtime_of_course(downtime_days: Float[np.ndarray, " draw"], schedule: Schedule) -> Float[np.ndarray, " draw"]:
    """Return the days of downtime of the whole course [draw]; a day is counted once where two sessions share it."""
    earlier = np.minimum(downtime_days, schedule.interval_days) * max(0, schedule.sessions - 1)
    return earlier + downtime_days * min(1, schedule.sessions)


def days_of_goals(goals: Sequence[Goal]) -> tuple[int, ...]:
    """Return the days on which goals ask for the scars, in order."""
    return tuple(sorted({goal.by_day for goal in goals if isinstance(goal, AbstractScarGoal)}))


def asked_chance(goal: Goal) -> float:
    """Return the chance with which a goal is to be reached, or a limit to be kept."""
    if goal.chance is not None:
        return goal.chance
    return value_of("planning.chance_of_limit" if goal.strength == "limit" else "planning.chance_of_goal")


def broken_limits(goals: Sequence[Goal], outcome: CourseOutcome, schedule: Schedule) -> tuple[Goal, ...]:
    """Return the limits that a course does not keep; a limit that nothing can answer is not kept either."""
    return tuple(
        goal
        for goal in goals
        if goal.strength == "limit" and (chance_of(goal, outcome, schedule) or 0.0) < asked_chance(goal)
    )


def share_left_of(goal: AbstractScarGoal, outcome: CourseOutcome) -> Float[np.ndarray, " draw"] | None:
    """Return what is left of the depth, or the hollow space, of a goal's scars on its day, 0-1; None without any."""
    chosen = scars_of(goal, outcome.scars)
    if not chosen.any():
        return None
    # The last day simulated at or before the day asked for, so that nothing later counts.
    index = int(np.searchsorted(outcome.days, goal.by_day, side="right")) - 1
    if index < 0:
        return None
    scars, residual = outcome.scars.pick(chosen), outcome.residual_mm[:, index, chosen]
    return scars.share_left(residual) if isinstance(goal, DepthGoal) else scars.share_of_volume_left(residual)


def _chance_of_scars(goal: AbstractScarGoal, outcome: CourseOutcome) -> float | None:
    left = share_left_of(goal, outcome)
    return None if left is None else float((left <= 1 - goal.percent / 100 + _ROUNDING).mean())


def scars_of(goal: AbstractScarGoal, scars: ScarDraws) -> Bool[np.ndarray, " s"]:
    """Return which scars a goal is about."""
    chosen = scars.is_of(goal.scar_kind)
    for number, (zone, side) in enumerate(scars.places):
        if (goal.zone is not None and zone != goal.zone) or (goal.side is not None and side != goal.side):
            chosen[number] = False
    return chosen


def _chance_of_downtime(goal: DowntimeGoal, outcome: CourseOutcome, schedule: Schedule) -> float | None:
    if outcome.downtime_days is None:
        return None
    return float((downtime_of_course(outcome.downtime_days, schedule) <= goal.days_at_most).mean())
