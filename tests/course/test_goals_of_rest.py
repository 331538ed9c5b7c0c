"""Goals of a course as they stand for the rest of it: what was given counts, days count from its first session."""

from __future__ import annotations

import re

import numpy as np
import pytest

from scarplan.course.rest import chance_of_rest, goals_of_rest, rest_goal_in_words
from scarplan.forecast.scar_draws import ScarDraws
from scarplan.planning.reach import CourseOutcome
from scarplan.planning.schedule import Schedule
from scarplan.records.goal import DepthGoal, DowntimeGoal, Goal, SessionsGoal, VolumeGoal

DEPTH = DepthGoal(kind="depth", strength="goal", percent=15, by_day=270)
VOLUME = VolumeGoal(kind="volume", strength="goal", percent=10, by_day=300)
SESSIONS = SessionsGoal(kind="sessions", strength="limit", at_most=4)


def make_outcome(*, left: float) -> CourseOutcome:
    """Return what is left of one scar in two draws, without harms."""
    depth, none = np.full((2, 1), 0.5), np.zeros((2, 1))
    scars = ScarDraws(
        ids=np.array([1]), kinds=("rolling",), places=(("cheek", "left"),), depth_mm=depth, width_mm=depth,
        tethered=none, present=none == 0.0,
    )  # fmt: skip
    residual = left * depth[:, None]
    return CourseOutcome(
        days=np.array([28]), scars=scars, residual_mm=residual, erythema_days=none[:, 0], pigment_risk=none[:, 0]
    )


@pytest.mark.parametrize(
    ("goal", "start", "days", "words"),
    [
        (DEPTH, 168, 102, "by day 270 of the course$"),
        (VOLUME, 168, 132, "by day 300 of the course$"),
        (DEPTH, 260, 28, "by day 270 of the course; that day is too soon after .* the chance is of day 288$"),
        (DEPTH, 400, 28, "by day 270 of the course; that day is over by then, so the chance is of day 428$"),
    ],
)
def test_a_day_of_the_course_is_told_as_one(goal: DepthGoal | VolumeGoal, start: int, days: int, words: str) -> None:
    (rest,) = goals_of_rest((goal,), given=3, start_day=start)
    assert isinstance(rest, DepthGoal | VolumeGoal)
    assert rest.by_day == days
    assert re.search(words, rest_goal_in_words(goal, rest, given=3, start_day=start))


def test_sessions_are_told_in_all() -> None:
    goals: tuple[Goal, ...] = (SESSIONS,)
    (rest,) = goals_of_rest(goals, given=3, start_day=100)
    assert isinstance(rest, SessionsGoal)
    assert rest.at_most == 1
    assert rest_goal_in_words(SESSIONS, rest, given=3, start_day=100) == "at most 4 sessions in all, 3 of them given"


@pytest.mark.parametrize(("at_most", "given", "chance"), [(3, 3, 0.0), (2, 3, 0.0), (4, 3, 1.0), (4, 2, 1.0)])
def test_a_goal_whose_sessions_were_all_given_is_not_reached(at_most: int, given: int, chance: float) -> None:
    goal = SessionsGoal(kind="sessions", strength="goal", at_most=at_most)
    (rest,) = goals_of_rest((goal,), given=given, start_day=100)
    outcome = make_outcome(left=0.8)
    assert chance_of_rest(goal, rest, outcome, Schedule(1, 28), given=given) == chance
    (rest,) = goals_of_rest((DEPTH,), given=given, start_day=100)
    assert chance_of_rest(DEPTH, rest, outcome, Schedule(1, 28), given=given) == 1.0  # 20 % shallower, 15 were asked


def test_downtime_that_was_lived_is_not_counted_and_that_is_told() -> None:
    goal = DowntimeGoal(kind="downtime", strength="goal", days_at_most=15)
    (rest,) = goals_of_rest((goal,), given=3, start_day=100)
    told = rest_goal_in_words(goal, rest, given=3, start_day=100)
    assert told.startswith(
        "at most 15 days of downtime in the whole course; the chance is of the sessions still to come"
    )
