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
from scarplan.errors import Refused
from scarplan.forecast.scar_draws import Place
from scarplan.planning.grid import Evaluate, Grid, TriedCourse, ZoneTarget, search_grid
from scarplan.planning.objective import ZoneOutcome
from scarplan.planning.prescribe import Setting
from scarplan.planning.reach import CourseOutcome, chance_of
from scarplan.planning.schedule import Schedule
from scarplan.records.clinic_protocol import ClinicPrices, ClinicProtocol
from scarplan.records.goal import CostGoal, DepthGoal, DowntimeGoal, Goal, SessionsGoal, VolumeGoal, goal_in_words
from scarplan.records.plan import Additions
from scarplan.records.protocol import ZoneSetting

#: A goal lies at least so many days ahead, as in any plan.
_LEAST_DAYS = 28
#: A goal of money is more than nothing; where all was spent, what is left is less than any price.
_LEAST_MONEY = 0.001


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


def prices_of_rest(prices: ClinicPrices | None, adjuncts: Additions) -> ClinicPrices | None:
    """Return the clinic's prices as one session of the rest costs: with plasma where the plan has it at every session.

    Subcision was done at the first one. None where a price that is needed was not named.
    """
    if prices is None or "prp" not in adjuncts:
        return prices
    if prices.prp is None:
        return None
    return prices.model_copy(update={"session": prices.session + prices.prp})


def goals_of_rest(goals: Sequence[Goal], *, given: int, start_day: int, paid: float | None = None) -> tuple[Goal, ...]:
    """Return the goals as they stand for the rest: sessions and money less those given, days from its first session.

    `paid` is what the sessions so far cost by the clinic's own prices; None without them.
    """
    rest: list[Goal] = []
    for goal in goals:
        if isinstance(goal, SessionsGoal):
            goal = goal.model_copy(update={"at_most": max(1, goal.at_most - given)})
        elif isinstance(goal, DepthGoal | VolumeGoal):
            goal = goal.model_copy(update={"by_day": max(_LEAST_DAYS, goal.by_day - start_day)})
        elif isinstance(goal, CostGoal) and paid is not None:
            goal = goal.model_copy(update={"at_most": max(_LEAST_MONEY, goal.at_most - paid)})
        rest.append(goal)
    return tuple(rest)


def refuse_where_nothing_can_be_paid(goals: Sequence[Goal], *, paid: float | None, given: int) -> None:
    """Refuse to plan further sessions where those given used up what a limit allows to pay."""
    for goal in goals:
        if isinstance(goal, CostGoal) and goal.strength == "limit" and paid is not None and paid >= goal.at_most:
            raise Refused(
                f"the limit '{goal_in_words(goal)}' is used up: {paid:g} by the clinic's own prices of today for the "
                f"sessions given ({given})",
                code="R-COURSE-006",
                do="judge the result, or agree on more and say so in the goals (`scarplan plan --goals`)",
            )


def rest_goal_in_words(goal: Goal, rest: Goal, *, given: int, start_day: int, paid: float | None = None) -> str:
    """Return a `goal` of the course as it stands for the `rest` of it, in words that count from its first session."""
    words = goal_in_words(goal)
    if isinstance(goal, SessionsGoal) and isinstance(rest, SessionsGoal):
        return f"{words} in all, {given} of them given"
    if isinstance(goal, CostGoal) and paid is not None:
        return f"{words} in all, {paid:g} of it for the sessions given ({given}), by the clinic's own prices of today"
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
    evaluate: Evaluate,
    intervals_days: Sequence[int],
    most: int,
    judge_after_days: int,
    decided: int,
    prices: ClinicPrices | None = None,
) -> Grid:
    """Return the search for the rest: 1 to `most` sessions, the first of `intervals_days` apart or another of them.

    The `decided` number of sessions of the update stays unless another course is better by a margin. `prices` are those
    of the rest. Raises Refused when no course keeps all limits.
    """
    schedules = [
        Schedule(number, days)
        for number in range(1, most + 1)
        for days in (intervals_days if number > 1 else intervals_days[:1])
    ]
    return search_grid(
        targets,
        schedules,
        goals,
        evaluate=evaluate,
        judge_after_days=judge_after_days,
        prices=prices,
        default=Schedule(max(1, min(decided, most)), intervals_days[0]),
        default_is="what the update decided",
    )


def explain_departure(grid: Grid) -> str | None:
    """Return why the rest has another number of sessions than the update decided; None where it has the same."""
    chosen, decided = grid.chosen, next(one for one in grid.courses if one.schedule == grid.default)
    wanted = decided.schedule.sessions
    if chosen.schedule.sessions == wanted:
        return None
    start = f"{_sessions(chosen.schedule.sessions)} where the update decided for {wanted}: it weighed the depth of all "
    start += "scars together against sessions and time; here redness, risk of darker patches and goals count as well, "
    start += "each scar counts alike, ice-picks not"
    if decided.broken:
        return f"{start}, and {_sessions(wanted)} would break a limit"
    risks = [100 * float(course.outcome.pigment_risk.mean()) for course in (chosen, decided)]
    return (
        f"{start}; so it is better by {decided.price - chosen.price:.1f} % of the present depth "
        f"({chosen.left_percent:.0f} % left against {decided.left_percent:.0f} %, risk of darker patches "
        f"{risks[0]:.0f} % against {risks[1]:.0f} %)"
    )


def _sessions(number: int) -> str:
    return f"{number} session{'' if number == 1 else 's'}"
