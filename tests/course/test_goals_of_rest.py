"""Goals of a course as they stand for the rest of it: what was given counts, days count from its first session."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pytest

from scarplan.course.rest import (
    chance_of_rest,
    explain_departure,
    goals_of_rest,
    plan_rest,
    prices_of_rest,
    refuse_where_nothing_can_be_paid,
    rest_goal_in_words,
)
from scarplan.devices import device
from scarplan.errors import Refused
from scarplan.forecast.scar_draws import ScarDraws
from scarplan.planning.grid import Grid, ZoneTarget
from scarplan.planning.objective import ZoneOutcome
from scarplan.planning.prescribe import Setting
from scarplan.planning.reach import CourseOutcome
from scarplan.planning.schedule import Schedule
from scarplan.planning.zones import offer_zones
from scarplan.records.clinic_protocol import ClinicPrices
from scarplan.records.goal import CostGoal, DepthGoal, DowntimeGoal, Goal, SessionsGoal, VolumeGoal

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


PRICES = ClinicPrices(currency="EUR", session=200, prp=150)
COST = CostGoal(kind="cost", strength="limit", at_most=1000)


def plan_toy(*, goals: tuple[Goal, ...] = (), decided: int, risk: float, prices: ClinicPrices | None = None) -> Grid:
    """Plan a rest in which every session takes off a twentieth of the depth, and raises the risk alike."""
    scars = make_outcome(left=1.0).scars
    (zone,) = offer_zones(scars.ids_by_place(), device=device("skinpen"), clinic=None, is_strict=False)

    def evaluate(target: ZoneTarget, setting: Setting, schedule: Schedule, days: Sequence[int]) -> ZoneOutcome:
        del setting
        left = target.scars.depth_mm * (1 - 0.05 * schedule.sessions)
        return ZoneOutcome(
            residual_mm=np.repeat(left[:, None], len(days), axis=1),
            erythema_days=np.full(2, 2.0),
            pigment_risk=np.full(2, risk * schedule.sessions),
            downtime_days=np.full(2, 2.0),
        )

    return plan_rest(
        [ZoneTarget(zone, scars)],
        goals,
        evaluate=evaluate,
        intervals_days=(42, 28),
        most=4,
        judge_after_days=91,
        decided=decided,
        prices=prices,
    )


def test_a_limit_of_cost_counts_what_was_paid_and_the_clinics_prices() -> None:
    (rest,) = goals_of_rest((COST,), given=2, start_day=100, paid=400)
    assert isinstance(rest, CostGoal)
    assert rest.at_most == 600
    words = rest_goal_in_words(COST, rest, given=2, start_day=100, paid=400)
    assert words.endswith("in all, 400 of it for the sessions given (2), by the clinic's own prices of today")
    # Every session is worth it; only three can be paid, and with plasma one.
    assert plan_toy(goals=(rest,), decided=4, risk=0.0, prices=PRICES).chosen.schedule.sessions == 3
    with_plasma = prices_of_rest(PRICES, ("prp", "subcision"))
    assert plan_toy(goals=(rest,), decided=4, risk=0.0, prices=with_plasma).chosen.schedule.sessions == 1
    assert prices_of_rest(ClinicPrices(currency="EUR", session=200), ("prp",)) is None
    with pytest.raises(Refused, match="named no prices"):
        plan_toy(goals=(rest,), decided=4, risk=0.0)
    refuse_where_nothing_can_be_paid((COST,), paid=999, given=5)
    with pytest.raises(Refused, match="is used up: 1000 by"):
        refuse_where_nothing_can_be_paid((COST,), paid=1000, given=5)
    (none_left,) = goals_of_rest((COST,), given=5, start_day=100, paid=1000)
    with pytest.raises(Refused, match="no plan keeps all limits"):
        plan_toy(goals=(none_left,), decided=4, risk=0.0, prices=PRICES)


def test_the_rest_keeps_what_the_update_decided_unless_another_is_clearly_better() -> None:
    # A session brings 5 % and costs 1.5 %, 0.345 % of time and half of its risk: 6 % of risk leave 0.155 % of gain.
    for decided in (1, 2, 3):
        grid = plan_toy(decided=decided, risk=0.06)
        assert grid.chosen.schedule == Schedule(decided, 42)
        assert explain_departure(grid) is None
    grid = plan_toy(decided=3, risk=0.1)
    assert grid.chosen.schedule.sessions == 1
    said = explain_departure(grid)
    assert said is not None
    assert said.startswith("1 session where the update decided for 3")
    assert (
        "better by 3.7 % of the present depth (95 % left against 85 %, risk of darker patches 10 % against 30 %)"
        in said
    )
