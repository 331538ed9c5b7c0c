"""The rest of a course, planned from what was learned: settings and further sessions, after the sessions as given.

The search is that of `planning`: the same prices, limits and goals. Only what a candidate does comes from the patient's
own draws, and its days count from the first of the further sessions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scarplan.course.delivered import CourseSession
from scarplan.course.own_response import OwnResponse
from scarplan.course.predictor import CoursePredictor
from scarplan.devices import Device
from scarplan.forecast.scar_draws import Place
from scarplan.planning.grid import Grid, TriedCourse, ZoneTarget, search_grid
from scarplan.planning.objective import ZoneOutcome
from scarplan.planning.prescribe import Setting
from scarplan.planning.reach import CourseOutcome, chance_of
from scarplan.planning.schedule import Schedule
from scarplan.records.clinic_protocol import ClinicProtocol
from scarplan.records.goal import CostGoal, DepthGoal, DowntimeGoal, Goal, SessionsGoal, VolumeGoal, goal_in_words
from scarplan.records.protocol import ZoneSetting

#: A goal lies at least so many days ahead, as in any plan.
_LEAST_DAYS = 28


@dataclass(frozen=True)
class OwnEvaluation:
    """Evaluates candidates for the rest of a course with the patient's own draws.

    given       the sessions so far; `start_day` is the day of the first further one
    own         as many draws as a forecast has
    """

    predictor: CoursePredictor
    own: OwnResponse
    given: tuple[CourseSession, ...]
    start_day: int
    device: Device

    def __call__(self, target: ZoneTarget, setting: Setting, schedule: Schedule, days: Sequence[int]) -> ZoneOutcome:
        """Return what `setting` on `schedule` does on `days`, counted from the first further session."""
        place = target.options.zone, target.options.side
        made = self._made(target, setting)
        further = [CourseSession(self.start_day + day, ((place, made),), planned=True) for day in schedule.session_days]
        sessions, later = (*self.given, *further), [self.start_day + day for day in days]
        here = self.predictor.scars.is_in(*place)
        left = self.own.left(self.predictor, sessions, later)[:, :, here]
        harms = self.predictor.course(self.own.scores, sessions, made, later, place=place).harms
        return ZoneOutcome(
            residual_mm=left,
            erythema_days=np.asarray(harms.erythema_days),
            pigment_risk=np.asarray(harms.pigment_risk),
            downtime_days=np.asarray(harms.downtime_days),
        )

    def sessions_of(self, course: TriedCourse) -> tuple[CourseSession, ...]:
        """Return the further sessions that a course of the grid means."""
        places: list[Place] = [(row.target.options.zone, row.target.options.side) for row in course.settings]
        made = [self._made(row.target, row.setting) for row in course.settings]
        settings = tuple(zip(places, made, strict=True))
        return tuple(
            CourseSession(self.start_day + day, settings, planned=True) for day in course.schedule.session_days
        )

    def _made(self, target: ZoneTarget, setting: Setting) -> ZoneSetting:
        if target.options.zone is None:
            raise ValueError("a zone without a name has no setting")
        return ZoneSetting(
            zone=target.options.zone,
            needle_length_mm=setting.needle_length_mm,
            channels_per_cm2=setting.passes * self.device.channels_per_cm2_per_pass,
            passes=setting.passes,
            mode=target.options.mode or "glide",
        )


def goals_of_rest(goals: Sequence[Goal], *, given: int, start_day: int) -> tuple[Goal, ...]:
    """Return the goals as they stand for the rest: sessions less those that were given, days from its first session."""
    rest: list[Goal] = []
    for goal in goals:
        if isinstance(goal, SessionsGoal):
            goal = goal.model_copy(update={"at_most": max(1, goal.at_most - given)})
        elif isinstance(goal, DepthGoal | VolumeGoal):
            goal = goal.model_copy(update={"by_day": max(_LEAST_DAYS, goal.by_day - start_day)})
        rest.append(goal)
    return tuple(rest)


def rest_goal_in_words(goal: Goal, rest: Goal, *, given: int, start_day: int) -> str:
    """Return a `goal` of the course as it stands for the `rest` of it, in words that count from its first session."""
    words = goal_in_words(goal)
    if isinstance(goal, SessionsGoal) and isinstance(rest, SessionsGoal):
        return f"{words} in all, {given} of them given"
    if isinstance(goal, DowntimeGoal | CostGoal):
        return f"{words}; the chance is of the sessions still to come, what was lived or paid before is not counted"
    if isinstance(goal, DepthGoal | VolumeGoal) and isinstance(rest, DepthGoal | VolumeGoal):
        asked = start_day + rest.by_day
        if asked > goal.by_day:
            late = "is over by then" if goal.by_day < start_day else "is too soon after the next session"
            return f"{words} of the course; that day {late}, so the chance is of day {asked}"
        return f"{words} of the course"
    return words


def chance_of_rest(goal: Goal, rest: Goal, outcome: CourseOutcome, schedule: Schedule, *, given: int) -> float | None:
    """Return the chance that the `rest` of a `goal` is reached, as `chance_of`; 0 for sessions that are used up.

    The rest of a goal has one session at least, since no plan has fewer; that one is too many where all were given.
    """
    if isinstance(goal, SessionsGoal) and goal.at_most <= given:
        return 0.0
    return chance_of(rest, outcome, schedule)


def sessions_left(goals: Sequence[Goal], clinic: ClinicProtocol | None, *, given: int, most: int) -> int:
    """Return how many more sessions every limit allows; 0 where they are used up."""
    limits = [goal.at_most for goal in goals if isinstance(goal, SessionsGoal) and goal.strength == "limit"]
    if clinic is not None and clinic.max_sessions is not None:
        limits.append(clinic.max_sessions)
    return max(0, min([most, *limits]) - given)


def plan_rest(
    targets: Sequence[ZoneTarget],
    goals: Sequence[Goal],
    *,
    evaluate: OwnEvaluation,
    intervals_days: Sequence[int],
    most: int,
    judge_after_days: int,
) -> Grid:
    """Return the search for the rest: 1 to `most` sessions, the first of `intervals_days` apart or another of them.

    Raises Refused when no course keeps all limits.
    """
    schedules = [
        Schedule(number, days)
        for number in range(1, most + 1)
        for days in (intervals_days if number > 1 else intervals_days[:1])
    ]
    return search_grid(targets, schedules, goals, evaluate=evaluate, judge_after_days=judge_after_days)
