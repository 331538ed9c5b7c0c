"""Which goals cannot all be met, and the smallest relaxation with which they could: found among the plans searched.

Every plan attains something of each goal: the percent it reaches, or the days, risk, visits or money it keeps to, with
the chance that was asked. A plan would meet all goals if each that it misses were relaxed to what it attains. The
smallest relaxation is that of the plan for which the parts by which goals must give way sum to least.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from scarplan.canonical import make_plain
from scarplan.planning.inverse import FrontPlan
from scarplan.planning.reach import CourseOutcome, asked_chance, chance_of, downtime_of_course, share_left_of
from scarplan.planning.schedule import Schedule
from scarplan.records.goal import (
    AbstractScarGoal,
    CostGoal,
    DowntimeGoal,
    Goal,
    PigmentGoal,
    SessionsGoal,
    goal_in_words,
)

# Steps in which a relaxed figure is told: no finer than people read it. Rounded so that the plan still meets it.
_STEP = {"pigment": 0.5, "redness": 0.1, "downtime": 0.5, "cost": 1.0, "sessions": 1.0, "depth": 0.5, "volume": 0.5}


@dataclass(frozen=True)
class Relaxation:
    """One goal and what it would have to be instead."""

    goal: Goal
    instead: Goal


@dataclass(frozen=True, eq=False)
class Conflict:
    """Goals that no plan meets together, and what the nearest plan asks of them.

    together   the fewest goals that no plan meets at once; one alone is out of reach by itself
    relaxed    the smallest relaxation; empty where a goal cannot be answered at all
    plan       the plan that meets everything then
    """

    together: tuple[Goal, ...]
    relaxed: tuple[Relaxation, ...]
    plan: FrontPlan | None


def find_conflict(plans: Sequence[FrontPlan], goals: Sequence[Goal]) -> Conflict | None:
    """Return what stands against meeting all `goals`; None where some plan meets them, or nothing was searched."""
    if not plans or not goals:
        return None
    met = np.array([[_is_met(goal, plan.outcome, plan.schedule) for goal in goals] for plan in plans])
    if met.all(axis=1).any():
        return None
    together = _fewest_apart(met, goals)
    costs = [_relaxation(plan.outcome, plan.schedule, goals) for plan in plans]
    possible = [(_size(found), number) for number, found in enumerate(costs) if found is not None]
    if not possible:
        return Conflict(together, (), None)
    best = min(possible)[1]
    return Conflict(together, costs[best] or (), plans[best])


def relax_to(outcome: CourseOutcome, schedule: Schedule, goals: Sequence[Goal]) -> tuple[Relaxation, ...] | None:
    """Return how `goals` must give way for one course, in the draws of `outcome`; None where one has no answer."""
    return _relaxation(outcome, schedule, goals)


def smaller(one: tuple[Relaxation, ...], other: tuple[Relaxation, ...]) -> tuple[Relaxation, ...]:
    """Return that of two relaxations by which less is given way; the one that there is where the other is empty."""
    return min((rows for rows in (one, other) if rows), key=_size, default=())


def meets_all(outcome: CourseOutcome, schedule: Schedule, goals: Sequence[Goal]) -> bool:
    """Whether a course reaches every goal with the chance asked."""
    return all(_is_met(goal, outcome, schedule) for goal in goals)


def shortfall(outcome: CourseOutcome, schedule: Schedule, goals: Sequence[Goal]) -> float:
    """Return by how much a course misses `goals`, each relative to its own figure; infinite where nothing answers."""
    missed = [(_attained(goal, outcome, schedule), _figure(goal)) for goal in goals]
    return sum(math.inf if attained is None else abs(attained - asked) / asked for attained, asked in missed)


def conflict_in_words(conflict: Conflict) -> str:
    """Return a conflict as one sentence with its numbers."""
    names = " and ".join(goal_in_words(goal) for goal in conflict.together)
    start = f"no plan reaches this: {names}" if len(conflict.together) == 1 else f"these exclude each other: {names}"
    if not conflict.relaxed:
        return f"{start}; nothing here can answer it, so no relaxation would help"
    ways = " and ".join(f"{goal_in_words(row.instead)} instead of {_figure(row.goal):g}" for row in conflict.relaxed)
    return f"{start}; the smallest relaxation found is {ways}"


def describe_conflict(conflict: Conflict | None) -> dict[str, Any] | None:
    """Return goals that cannot all be met, with the smallest relaxation found; None where there are none."""
    if conflict is None:
        return None
    return {
        "goals": [goal_in_words(goal) for goal in conflict.together],
        "relax": [
            {
                "goal": goal_in_words(row.goal),
                "instead": goal_in_words(row.instead),
                "asked": make_plain(row.goal),
                "relaxed": make_plain(row.instead),
            }
            for row in conflict.relaxed
        ],
        "words": conflict_in_words(conflict),
    }


def _is_met(goal: Goal, outcome: CourseOutcome, schedule: Schedule) -> bool:
    return (chance_of(goal, outcome, schedule) or 0.0) >= asked_chance(goal)


def _fewest_apart(met: np.ndarray, goals: Sequence[Goal]) -> tuple[Goal, ...]:
    """Return the fewest goals of which no plan meets all; the first of equals."""
    for size in range(1, len(goals) + 1):
        for chosen in combinations(range(len(goals)), size):
            if not met[:, chosen].all(axis=1).any():
                return tuple(goals[number] for number in chosen)
    return tuple(goals)


def _relaxation(outcome: CourseOutcome, schedule: Schedule, goals: Sequence[Goal]) -> tuple[Relaxation, ...] | None:
    found = []
    for goal in goals:
        if _is_met(goal, outcome, schedule):
            continue
        instead = _relax(goal, outcome, schedule)
        if instead is None:
            return None
        found.append(Relaxation(goal, instead))
    return tuple(found)


def _relax(goal: Goal, outcome: CourseOutcome, schedule: Schedule) -> Goal | None:
    """Return the goal at the nearest figure that a course meets; None where there is none."""
    attained = _attained(goal, outcome, schedule)
    if attained is None:
        return None
    step = _STEP[goal.kind]
    if isinstance(goal, AbstractScarGoal):
        percent = step * math.floor(attained / step + _ROUNDING)
        return goal.model_copy(update={"percent": percent}) if percent > 0 else None
    name = _field(goal)
    figure = step * math.ceil(attained / step - _ROUNDING)
    return goal.model_copy(update={name: int(figure) if isinstance(goal, SessionsGoal) else round(figure, 6)})


# A figure that is a whole number of steps stays one, whatever the last bit of a quotient says.
_ROUNDING = 1e-9


def _attained(goal: Goal, outcome: CourseOutcome, schedule: Schedule) -> float | None:
    """Return the figure of a goal that a course keeps to with the chance asked."""
    chance = asked_chance(goal)
    if isinstance(goal, SessionsGoal):
        return schedule.sessions
    if isinstance(goal, CostGoal):
        return outcome.cost
    if isinstance(goal, AbstractScarGoal):
        left = share_left_of(goal, outcome)
        return None if left is None else 100 * (1 - _kept_with(left, chance))
    if isinstance(goal, PigmentGoal):
        return 100 * _kept_with(outcome.pigment_risk, chance)
    if isinstance(goal, DowntimeGoal):
        days = outcome.downtime_days
        return None if days is None else _kept_with(downtime_of_course(days, schedule), chance)
    return _kept_with(outcome.erythema_days, chance)


def _kept_with(values: np.ndarray, chance: float) -> float:
    """Return the least figure that a share `chance` of the draws does not exceed."""
    ordered = np.sort(values)
    return float(ordered[max(0, math.ceil(chance * len(ordered) - _ROUNDING) - 1)])


def _size(relaxed: Sequence[Relaxation]) -> float:
    """Return how much is given way altogether, each goal by its own figure."""
    return sum(abs(_figure(row.instead) - _figure(row.goal)) / _figure(row.goal) for row in relaxed)


def _figure(goal: Goal) -> float:
    return float(getattr(goal, _field(goal)))


def _field(goal: Goal) -> str:
    if isinstance(goal, AbstractScarGoal):
        return "percent"
    if isinstance(goal, PigmentGoal):
        return "percent_at_most"
    return "at_most" if isinstance(goal, SessionsGoal | CostGoal) else "days_at_most"
