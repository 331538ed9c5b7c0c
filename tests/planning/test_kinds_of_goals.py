"""Every kind of goal has a chance of its own: by kind and zone of scar, downtime of the whole course, cost."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from planning.example_plan import make_plan
from scarplan.forecast.scar_draws import ScarDraws
from scarplan.planning.reach import CourseOutcome, broken_limits, chance_of, days_of_goals
from scarplan.planning.schedule import Schedule
from scarplan.records.goal import CostGoal, DepthGoal, DowntimeGoal, Goal, VolumeGoal, goal_in_words
from scarplan.records.plan import PlannedGoal

DRAWS = 60
SCHEDULE = Schedule(3, 28)
#: The name of the plan below before goals had zones, taken from the program as it was then.
FORMER_NAME = "459e74321d52d98b"


def read_goal(**values: Any) -> Goal:
    return TypeAdapter(Goal).validate_python(values)


def make_outcome(seed: int = 0, *, cost: float | None = None) -> CourseOutcome:
    random = np.random.default_rng(seed)
    kinds = ("rolling", "rolling", "boxcar_shallow", "icepick")
    shape = (DRAWS, len(kinds))
    depth = random.uniform(0.2, 0.8, len(kinds)) * np.ones(shape)
    residual = depth[:, None] * random.uniform(0.5, 1.0, (DRAWS, 2, len(kinds)))
    scars = ScarDraws(
        ids=np.arange(1, len(kinds) + 1),
        kinds=kinds,
        places=(("cheek", "left"), ("cheek", "right"), ("cheek", "left"), ("temple", "left")),
        depth_mm=depth,
        width_mm=random.uniform(1.0, 4.0, shape),
        tethered=np.zeros(shape),
        present=np.ones(shape, dtype=bool),
    )
    return CourseOutcome(
        days=np.array([90, 180]),
        scars=scars,
        residual_mm=residual,
        erythema_days=random.uniform(1, 6, DRAWS),
        pigment_risk=random.uniform(0, 0.3, DRAWS),
        downtime_days=random.uniform(1, 40, DRAWS),
        cost=cost,
    )


#: A goal and the same goal asking for more: the key that is raised or lowered.
HARDER = [
    ({"kind": "depth", "by_day": 180}, "percent", (1.0, 60.0), +1),
    ({"kind": "depth", "by_day": 180, "scar_kind": "rolling", "zone": "cheek"}, "percent", (1.0, 60.0), +1),
    ({"kind": "volume", "by_day": 90, "zone": "cheek", "side": "left"}, "percent", (1.0, 60.0), +1),
    ({"kind": "pigment"}, "percent_at_most", (0.5, 40.0), -1),
    ({"kind": "redness"}, "days_at_most", (0.5, 8.0), -1),
    ({"kind": "downtime"}, "days_at_most", (1.0, 120.0), -1),
    ({"kind": "cost"}, "at_most", (100.0, 900.0), -1),
]


@pytest.mark.parametrize(("fixed", "key", "span", "sign"), HARDER, ids=lambda value: str(value)[:40])
@given(data=st.data())
def test_a_harder_goal_is_never_likelier(
    fixed: dict[str, Any], key: str, span: tuple[float, float], sign: int, data: st.DataObject
) -> None:
    first, second = sorted(data.draw(st.tuples(st.floats(*span), st.floats(*span))))
    easy, hard = (first, second) if sign > 0 else (second, first)
    outcome = make_outcome(data.draw(st.integers(0, 20)), cost=500.0)
    chances = [chance_of(read_goal(**fixed, **{key: value}), outcome, SCHEDULE) for value in (easy, hard)]
    assert chances[0] is not None
    assert chances[1] is not None
    assert 0 <= chances[1] <= chances[0] <= 1


def test_the_scars_of_a_goal_are_those_of_its_kind_zone_and_side() -> None:
    outcome = make_outcome()
    residual = outcome.scars.depth_mm[:, None] * np.array([0.5, 1.0, 1.0, 1.0]) * np.ones((DRAWS, 2, 1))
    outcome = replace(outcome, residual_mm=residual)

    def chance(**about: Any) -> float | None:
        return chance_of(DepthGoal(kind="depth", percent=40, by_day=180, **about), outcome, SCHEDULE)

    assert chance(scar_kind="rolling", zone="cheek", side="left") == 1.0
    assert chance(scar_kind="rolling", zone="cheek", side="right") == 0.0
    assert chance(side="right") == 0.0
    assert chance(scar_kind="icepick", zone="cheek") is None
    assert chance(zone="chin") is None


def test_volume_weighs_wide_scars_more_than_depth_does() -> None:
    outcome = make_outcome()
    width = np.array([8.0, 1.0, 1.0, 1.0]) * np.ones((DRAWS, 1))
    depth = np.full((DRAWS, 4), 0.4)
    left = depth[:, None] * np.array([0.5, 1.0, 1.0, 1.0]) * np.ones((DRAWS, 2, 1))
    outcome = replace(outcome, scars=replace(outcome.scars, width_mm=width, depth_mm=depth), residual_mm=left)
    # 64 of 67 parts of the space lie in the wide one, which is half filled: 47.8 % of the space, 12.5 % of the depth.
    assert outcome.scars.share_of_volume_left(outcome.residual_mm[:, 1]) == pytest.approx(1 - 0.5 * 64 / 67)
    assert chance_of(VolumeGoal(kind="volume", percent=47, by_day=180), outcome, SCHEDULE) == 1.0
    assert chance_of(DepthGoal(kind="depth", percent=47, by_day=180), outcome, SCHEDULE) == 0.0


def test_downtime_adds_up_over_sessions_and_never_counts_a_day_twice() -> None:
    outcome = replace(make_outcome(), downtime_days=np.array([2.0, 5.0, 40.0]))

    def chance(days: float, sessions: int = 3) -> float | None:
        goal = DowntimeGoal(kind="downtime", days_at_most=days)
        return chance_of(goal, outcome, Schedule(sessions, 28))

    assert chance(5.9) == 0.0
    assert chance(6) == pytest.approx(1 / 3)
    assert chance(15) == pytest.approx(2 / 3)
    assert chance(28 + 28 + 40 - 0.5) == pytest.approx(2 / 3)
    assert chance(28 + 28 + 40) == 1.0
    assert chance(1, sessions=0) == 1.0
    assert (
        chance_of(DowntimeGoal(kind="downtime", days_at_most=9), replace(outcome, downtime_days=None), SCHEDULE) is None
    )


def test_a_cost_without_the_clinics_prices_is_unknown_and_a_limit_on_it_is_not_kept() -> None:
    wish = CostGoal(kind="cost", at_most=500)
    assert chance_of(wish, make_outcome(), SCHEDULE) is None
    assert chance_of(wish, make_outcome(cost=499.0), SCHEDULE) == 1.0
    assert chance_of(wish, make_outcome(cost=501.0), SCHEDULE) == 0.0
    limit = CostGoal(kind="cost", at_most=500, strength="limit")
    assert broken_limits([limit], make_outcome(), SCHEDULE) == (limit,)
    assert broken_limits([wish], make_outcome(), SCHEDULE) == ()


def test_days_are_those_of_goals_for_scars() -> None:
    goals = [
        read_goal(kind="volume", percent=10, by_day=300),
        read_goal(kind="depth", percent=10, by_day=90),
        read_goal(kind="depth", percent=20, by_day=300),
        read_goal(kind="downtime", days_at_most=3),
    ]
    assert days_of_goals(goals) == (90, 300)


def test_new_goals_read_as_sentences() -> None:
    words = goal_in_words(
        DepthGoal(kind="depth", scar_kind="rolling", zone="cheek", side="left", percent=30, by_day=180)
    )
    assert words == "the rolling scars, cheek left, on average 30 % shallower by day 180"
    assert "together 20 % less hollow space" in goal_in_words(VolumeGoal(kind="volume", percent=20, by_day=180))
    assert "9 days of downtime in the whole course" in goal_in_words(DowntimeGoal(kind="downtime", days_at_most=9))
    assert "clinic's prices" in goal_in_words(CostGoal(kind="cost", at_most=900))


def test_a_plan_with_a_goal_for_all_zones_keeps_the_name_it_had() -> None:
    """Zone and side came later: a plan signed before them must not look damaged."""
    goal = DepthGoal(kind="depth", percent=20, by_day=180)
    plan = make_plan().model_copy(update={"goals": (PlannedGoal(goal=goal, words="w", probability=0.5),)})
    zoned = goal.model_copy(update={"zone": "cheek"})
    other = plan.model_copy(update={"goals": (PlannedGoal(goal=zoned, words="w", probability=0.5),)})
    assert plan.content_hash != other.content_hash
    assert plan.content_hash == FORMER_NAME
