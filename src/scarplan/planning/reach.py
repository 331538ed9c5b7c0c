"""How likely a course reaches a goal, and whether it keeps a limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from scarplan.evidence.library import value_of
from scarplan.forecast.scar_draws import ScarDraws
from scarplan.planning.schedule import Schedule
from scarplan.records.goal import DepthGoal, Goal, PigmentGoal, SessionsGoal

# A share that is exactly the one asked for must not fail by the last bit of a sum.
_ROUNDING = 1e-12


@dataclass(frozen=True)
class CourseOutcome:
    """All zones of one course together.

    scars [s] as the draws take them, residual_mm [draw t s], days [t];
    erythema_days and pigment_risk are those of the worst zone of each draw [draw]
    """

    days: Int[np.ndarray, " t"]
    scars: ScarDraws
    residual_mm: Float[np.ndarray, "draw t s"]
    erythema_days: Float[np.ndarray, " draw"]
    pigment_risk: Float[np.ndarray, " draw"]


def chance_of(goal: Goal, outcome: CourseOutcome, schedule: Schedule) -> float | None:
    """Return the share of draws that reach `goal`, 0-1; None where there is no scar of its kind to treat."""
    if isinstance(goal, SessionsGoal):
        return float(schedule.sessions <= goal.at_most)
    if isinstance(goal, PigmentGoal):
        return float((100 * outcome.pigment_risk <= goal.percent_at_most).mean())
    if isinstance(goal, DepthGoal):
        return _chance_of_depth(goal, outcome)
    return float((outcome.erythema_days <= goal.days_at_most).mean())


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


def _chance_of_depth(goal: DepthGoal, outcome: CourseOutcome) -> float | None:
    chosen = outcome.scars.is_of(goal.scar_kind)
    if not chosen.any():
        return None
    # The last day simulated at or before the day asked for, so that nothing later counts.
    index = int(np.searchsorted(outcome.days, goal.by_day, side="right")) - 1
    left = outcome.scars.pick(chosen).share_left(outcome.residual_mm[:, index, chosen])
    return float((left <= 1 - goal.percent / 100 + _ROUNDING).mean())
