"""Goals of a course as they stand for the rest of it: what was given counts, days count from its first session."""

from __future__ import annotations

import re

import pytest

from scarplan.course.rest import goals_of_rest, rest_goal_in_words
from scarplan.records.goal import DepthGoal, DowntimeGoal, Goal, SessionsGoal, VolumeGoal

DEPTH = DepthGoal(kind="depth", strength="goal", percent=15, by_day=270)
VOLUME = VolumeGoal(kind="volume", strength="goal", percent=10, by_day=300)
SESSIONS = SessionsGoal(kind="sessions", strength="limit", at_most=4)


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


def test_downtime_that_was_lived_is_not_counted_and_that_is_told() -> None:
    goal = DowntimeGoal(kind="downtime", strength="goal", days_at_most=15)
    (rest,) = goals_of_rest((goal,), given=3, start_day=100)
    told = rest_goal_in_words(goal, rest, given=3, start_day=100)
    assert told.startswith(
        "at most 15 days of downtime in the whole course; the chance is of the sessions still to come"
    )
